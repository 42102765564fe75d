//===- GpuOptions.h - How a GPU is used -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_DEVICE_GPUOPTIONS_H
#define DSV4RUN_DEVICE_GPUOPTIONS_H

namespace dsv4run {

struct GpuOptions {
  /// Replay a graph per program; otherwise enqueue launch by launch. Results
  /// are the same bits.
  bool graphs = true;
  /// Wait after each launch, without graphs, so that an error names the launch
  /// that it comes from.
  bool wait_for_each_launch = false;
  /// Compile the bundle's source even where its code object would load.
  bool compile_source = false;
};

} // namespace dsv4run

#endif // DSV4RUN_DEVICE_GPUOPTIONS_H
