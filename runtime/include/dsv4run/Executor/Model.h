//===- Model.h - A bundle with weights on a device ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_EXECUTOR_MODEL_H
#define DSV4RUN_EXECUTOR_MODEL_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Bundle/ResolveLaunches.h"
#include "dsv4run/Device/Device.h"
#include "dsv4run/Executor/PagedPool.h"
#include "dsv4run/Executor/PoolFit.h"
#include "dsv4run/Executor/StepPlan.h"

namespace dsv4run {

/// The bundle with the first image selected whose code object is for the
/// device, or else whose source the device compiles; FAILED_PRECONDITION, with
/// the targets that the bundle has, if there is none.
absl::StatusOr<Bundle> SelectImage(const Bundle &bundle, Device &device);

/// The code of the selected image on a device.
struct LoadedCode {
  std::unique_ptr<DeviceCode> code;
  size_t index; ///< of the bundle's code object
  bool from_source = false;
};

/// The first code object that the device loads, or else the first whose source
/// it compiles; FAILED_PRECONDITION with every reason why not. The bundle must
/// outlive the code.
absl::StatusOr<LoadedCode> LoadCode(const Bundle &bundle, Device &device);

/// Everything that sequences share: the programs with their kernels resolved,
/// and the packed weights. Immutable; sessions run on it.
class Model {
public:
  /// A program with one kernel chosen per launch.
  struct Program {
    const schema::Program *program = nullptr;
    std::vector<uint32_t> kernels;     ///< index into the manifest's kernels
    std::vector<const void *> handles; ///< the device's
    /// Input buffers that a launch of this program reads.
    std::vector<uint32_t> input_buffers;

    ProgramSize size() const {
      return {program->tokens(), program->output_rows()};
    }
  };

  /// Of the selected image: `weights` holds what its pack programs wrote and
  /// `facts` what they returned. The device must outlive the model.
  /// FAILED_PRECONDITION if the bundle has no code object that the device runs.
  /// The pool is sized from the memory that the weights have left, see FitPool
  /// for its errors.
  static absl::StatusOr<std::unique_ptr<Model>>
  Create(Bundle bundle, Device &device, std::unique_ptr<DeviceMemory> weights,
         absl::Span<const PackFacts> facts, const PoolLimits &limits = {});

  const Bundle &bundle() const { return bundle_; }
  const schema::Manifest &manifest() const { return bundle_.manifest(); }
  Device &device() const { return device_; }
  const DeviceMemory &weights() const { return *weights_; }
  /// The code object that was loaded.
  const schema::CodeObject &code_object() const {
    return *manifest().code_objects()->Get(code_object_);
  }
  /// Of the state that a session holds, at most that of the bundle.
  const PoolGeometry &pool_geometry() const { return pool_; }

  const std::vector<Program> &programs() const { return programs_; }
  /// Indices of the programs of an entry, smallest bucket first; NOT_FOUND,
  /// with a hint where --observe would have made it, if there is none.
  absl::StatusOr<absl::Span<const int>> Entry(absl::string_view name) const;
  bool HasEntry(absl::string_view name) const {
    return entries_.contains(name);
  }
  /// The largest number of tokens that one program of the entry takes.
  absl::StatusOr<int64_t> LargestStep(absl::string_view entry) const;

  /// A buffer of `program` by its name in the graph: an input, other than the
  /// step's tokens, or an output. The graph's name may carry a prefix that ends
  /// in a dot; NOT_FOUND lists what there is.
  absl::StatusOr<uint32_t> FindInput(int program, absl::string_view name) const;
  absl::StatusOr<uint32_t> FindOutput(int program,
                                      absl::string_view name) const;

private:
  Model(Bundle bundle, Device &device, std::unique_ptr<DeviceMemory> weights,
        std::unique_ptr<DeviceCode> code, size_t code_object)
      : bundle_(std::move(bundle)), device_(device),
        weights_(std::move(weights)), code_(std::move(code)),
        code_object_(code_object) {}

  absl::StatusOr<uint32_t> FindByName(int program, absl::string_view what,
                                      absl::Span<const uint32_t> buffers,
                                      absl::string_view name) const;

  Bundle bundle_;
  Device &device_;
  std::unique_ptr<DeviceMemory> weights_;
  std::unique_ptr<DeviceCode> code_;
  size_t code_object_;
  PoolGeometry pool_;
  std::vector<Program> programs_;
  absl::flat_hash_map<std::string, std::vector<int>> entries_;
};

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_MODEL_H
