//===- Bundle.h - A validated .dsv4 file ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_BUNDLE_H
#define DSV4RUN_BUNDLE_BUNDLE_H

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Bundle/BundleSchema.h"

namespace dsv4run {

/// A bundle, memory-mapped. Whoever holds one may use every index, offset, size
/// and enumerator of the manifest unchecked: Open has validated them all. The
/// code objects are checksummed, not understood; they are trusted like any
/// executable.
class Bundle {
public:
  /// Errors name the file and the field, what was expected and what was found:
  /// NOT_FOUND and the like for files that cannot be read, INVALID_ARGUMENT for
  /// contents that are no bundle of this version, DATA_LOSS for truncation and
  /// checksums.
  static absl::StatusOr<Bundle> Open(absl::string_view path);

  /// The same for a file that is already in memory, which is copied. `name` is
  /// what messages call it.
  static absl::StatusOr<Bundle> FromBytes(absl::string_view name,
                                          absl::Span<const std::byte> bytes);

  const schema::Manifest &manifest() const { return *manifest_; }
  /// Code object `index` of the manifest, 4096-byte aligned.
  absl::Span<const std::byte> CodeObject(size_t index) const;
  const std::string &path() const { return path_; }
  size_t file_bytes() const { return bytes_.size(); }

private:
  Bundle(std::string path, std::shared_ptr<const void> owner,
         absl::Span<const std::byte> bytes, const schema::Manifest *manifest)
      : path_(std::move(path)), owner_(std::move(owner)), bytes_(bytes),
        manifest_(manifest) {}

  static absl::StatusOr<Bundle> Parse(std::string path,
                                      std::shared_ptr<const void> owner,
                                      absl::Span<const std::byte> bytes);

  std::string path_;
  std::shared_ptr<const void> owner_;
  absl::Span<const std::byte> bytes_;
  const schema::Manifest *manifest_;
};

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_BUNDLE_H
