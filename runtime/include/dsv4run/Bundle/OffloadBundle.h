//===- OffloadBundle.h - Code objects as clang bundles them -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The container that clang-offload-bundler (-type=o) lists and unbundles and
// that HIP loads as a module; clang's "Offload Bundler" documentation. Little-
// endian: the magic text, the number of entries, for each the offset and size
// of its code object, the length of its id and the id; then the code objects.
// An id is a kind and a target, "hipv4-amdgcn-amd-amdhsa--gfx942" or
// "cuda-nvptx64-nvidia-cuda--sm_90". The first entry is that of the host, empty where the file is for devices only.

#ifndef DSV4RUN_BUNDLE_OFFLOADBUNDLE_H
#define DSV4RUN_BUNDLE_OFFLOADBUNDLE_H

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

struct OffloadEntry {
  std::string id;
  absl::Span<const std::byte> code;
};

/// "hipv4-amdgcn-amd-amdhsa--gfx942" of "gfx942", "cuda-nvptx64-nvidia-cuda--
/// sm_90" of "sm_90", and that of "host".
std::string OffloadEntryId(absl::string_view target);

/// A bundle of these entries, the host's in front (added if there is none).
/// Code objects are aligned to 4096 bytes.
std::vector<std::byte> WriteOffloadBundle(std::vector<OffloadEntry> entries);

/// The entries of a bundle, in order; views of `bytes`. INVALID_ARGUMENT names
/// the place, what was expected and what was found.
absl::StatusOr<std::vector<OffloadEntry>>
ReadOffloadBundle(absl::Span<const std::byte> bytes);

/// The code object for `target` in a bundle that has it once; INVALID_ARGUMENT
/// lists what there is.
absl::StatusOr<absl::Span<const std::byte>>
FindOffloadEntry(absl::Span<const std::byte> bytes, absl::string_view target);

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_OFFLOADBUNDLE_H
