//===- Bundle.h - A validated .dsv4 file ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_BUNDLE_H
#define DSV4RUN_BUNDLE_BUNDLE_H

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Bundle/BundleSchema.h"

namespace dsv4run {

/// A bundle, memory-mapped. Whoever holds one may use every index, offset, size
/// and enumerator of the manifests unchecked: Open has validated them all. The
/// code objects are checksummed, not understood; they are trusted like any
/// executable.
///
/// A bundle has an image per target. One of them is selected, the first to
/// begin with, and is what the bundle is asked about. Copies share the file.
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

  size_t images() const { return contents_->images.size(); }
  size_t selected() const { return selected_; }
  /// The same bundle with image `index` < images() selected.
  Bundle Select(size_t index) const { return Bundle(contents_, index); }

  /// Of the selected image.
  const schema::Manifest &manifest() const { return *image().manifest; }
  /// Code object `index` of the selected manifest, 4096-byte aligned.
  absl::Span<const std::byte> CodeObject(size_t index) const {
    return image().sections[index];
  }
  const std::string &path() const { return contents_->path; }
  size_t file_bytes() const { return contents_->bytes.size(); }

private:
  struct Image {
    const schema::Manifest *manifest;
    std::vector<absl::Span<const std::byte>> sections;
  };
  struct Contents {
    std::string path;
    std::shared_ptr<const void> owner;
    absl::Span<const std::byte> bytes;
    std::vector<Image> images;
  };

  Bundle(std::shared_ptr<const Contents> contents, size_t selected)
      : contents_(std::move(contents)), selected_(selected) {}

  const Image &image() const { return contents_->images[selected_]; }

  static absl::StatusOr<Bundle> Parse(std::string path,
                                      std::shared_ptr<const void> owner,
                                      absl::Span<const std::byte> bytes);

  std::shared_ptr<const Contents> contents_;
  size_t selected_;
};

/// "gfx942 (fnuz), host x86-64-v3 (ocp)": the code objects of all images, for
/// messages.
std::string DescribeTargets(const Bundle &bundle);

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_BUNDLE_H
