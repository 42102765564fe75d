//===- GpuKernels.h - Compile for gfx942 and run in the emulator ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TEST_UNIT_TARGET_GPUKERNELS_H
#define DSV4C_TEST_UNIT_TARGET_GPUKERNELS_H

#include "dsv4emu/Device.h"
#include <string>
#include <vector>

namespace dsv4c::test {

/// A gpu.module, compiled and loaded into the emulator.
class GpuKernels {
public:
  /// Throws std::runtime_error, which fails the test.
  explicit GpuKernels(const std::string &text);

  /// Applies the elementwise kernel `name`, which takes the addresses of inputs
  /// and outputs, to vectors of four elements a lane. Pads the last workgroup
  /// with zeros. Any finding of the emulator's checks throws.
  template <typename Out, typename In>
  std::vector<Out> map(const std::string &name, std::vector<In> in) {
    size_t count = in.size();
    in.resize((count + kElements - 1) / kElements * kElements);
    std::vector<Out> out(in.size());
    run(name, in.data(), in.size() * sizeof(In), out.data(),
        out.size() * sizeof(Out), in.size() / kElements);
    out.resize(count);
    return out;
  }

  /// A kernel for `map`: `body` computes %y from %x, vectors of four.
  static std::string elementwise(const std::string &name,
                                 const std::string &input,
                                 const std::string &output,
                                 const std::string &body);

private:
  /// Elements of a workgroup.
  static constexpr size_t kElements = 256;
  void run(const std::string &name, const void *in, size_t inBytes, void *out,
           size_t outBytes, size_t workgroups);

  dsv4emu::Device device;
  const dsv4emu::Program *program = nullptr;
};

} // namespace dsv4c::test

#endif // DSV4C_TEST_UNIT_TARGET_GPUKERNELS_H
