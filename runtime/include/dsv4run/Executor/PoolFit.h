//===- PoolFit.h - How much state fits a device ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_EXECUTOR_POOLFIT_H
#define DSV4RUN_EXECUTOR_POOLFIT_H

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Bundle/BundleSchema.h"
#include "dsv4run/Executor/PagedPool.h"

namespace dsv4run {

/// Less state than the bundle was compiled for. Kernels take any number of
/// pages up to the bundle's: they reach state through page tables alone, whose
/// columns stay as they are.
struct PoolLimits {
  std::optional<int64_t> max_context, max_batch;
};

/// The pool as the bundle has it.
PoolGeometry BundlePool(const schema::Manifest &manifest);

/// Bytes of each buffer of the manifest for a pool: those of state buffers in
/// proportion to its pages and sequences, others as the manifest has them.
std::vector<uint64_t> BufferBytes(const schema::Manifest &manifest,
                                  const PoolGeometry &pool);

/// The largest pool within the limits. If `free_bytes` are not enough for it
/// next to the buffers of a step, it has fewer entry pages, which sequences
/// share; RESOURCE_EXHAUSTED if there is not one for each sequence.
/// INVALID_ARGUMENT for limits beyond the bundle's pool.
absl::StatusOr<PoolGeometry> FitPool(const schema::Manifest &manifest,
                                     const PoolLimits &limits,
                                     std::optional<uint64_t> free_bytes);

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_POOLFIT_H
