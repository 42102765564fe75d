//===- PtxModules.h - How kernels for NVIDIA GPUs are stored ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The code object of sm_90 is a sequence of PTX modules, each a text that a NUL
// ends: drivers compile them side by side. PTX has no '.' in names, kernels of
// a bundle have: a '$' stands for it. A kernel with more shared memory than PTX
// declares statically (48 KiB) takes it when it is launched; a constant of the
// module that is named after the kernel says how many bytes.

#ifndef DSV4RUN_BUNDLE_PTXMODULES_H
#define DSV4RUN_BUNDLE_PTXMODULES_H

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

/// Behind the PTX name of a kernel: an u32 in constant memory, the bytes of
/// shared memory that a launch adds.
inline constexpr char kPtxSharedBytes[] = "$shared_bytes";

/// Static shared memory of a kernel in PTX.
inline constexpr unsigned kPtxStaticSharedBytes = 48 << 10;

/// The name of a kernel in PTX: "scaled_matmul$t1" of "scaled_matmul.t1".
std::string PtxKernelName(absl::string_view kernel);

/// A code object of these modules, which have no NUL.
std::string JoinPtxModules(const std::vector<std::string> &modules);

/// The modules of a code object; views of `bytes`, each followed by a NUL.
/// INVALID_ARGUMENT if the last one is not ended, or if there is none.
absl::StatusOr<std::vector<absl::string_view>>
SplitPtxModules(absl::Span<const std::byte> bytes);

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_PTXMODULES_H
