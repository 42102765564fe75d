//===- PackTask.h - A piece of a pack program -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_PACK_PACKTASK_H
#define DSV4RUN_LIB_PACK_PACKTASK_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dsv4run/Bundle/BundleSchema.h"
#include "dsv4run/Bundle/PackShape.h"
#include "dsv4run/Bundle/ResolveLaunches.h"
#include "dsv4run/Checkpoint/TensorSource.h"

namespace dsv4run::pack {

/// Whole panels of rows of one tensor, small enough to stay in cache between
/// reading and writing.
struct PackTask {
  uint32_t pack = 0;
  uint32_t expert = 0;
  bool scales = false; ///< of the tensor of scales instead of the codes
  uint64_t row_begin = 0;
  uint64_t row_end = 0;
  uint64_t offset = 0; ///< in the weights, of what it writes
  uint64_t bytes = 0;  ///< that it writes, all of them
};

/// What all tasks of a pack share.
struct PackJob {
  const schema::PackProgram *program = nullptr;
  PackShape shape;
  uint64_t buffer = 0; ///< offset in the weights
  std::optional<uint64_t> scales;
};

/// Splits a pack program into tasks, in the order of the tensors.
void AppendTasks(uint32_t pack, const PackJob &job,
                 std::vector<PackTask> &tasks);

/// Runs one task, which writes its bytes to `target`, and merges what it finds
/// into `facts` (scale_min starts at 255, scale_max at 0). `scratch` is reused
/// between tasks of a thread.
absl::Status RunTask(const PackTask &task, const PackJob &job,
                     const TensorSource &source, std::byte *target,
                     std::vector<uint64_t> &scratch, PackFacts &facts);

} // namespace dsv4run::pack

#endif // DSV4RUN_LIB_PACK_PACKTASK_H
