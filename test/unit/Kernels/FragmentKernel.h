//===- FragmentKernel.h - Run a fragment on arrays --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TEST_UNIT_KERNELS_FRAGMENTKERNEL_H
#define DSV4C_TEST_UNIT_KERNELS_FRAGMENTKERNEL_H

#include "../Tile/KernelLibrary.h"
#include "dsv4c/Kernels/Fragments.h"

namespace dsv4c::test {

/// A kernel of one workgroup, written with a TileBuilder.
class FragmentKernel {
public:
  using Write = llvm::function_ref<void(kernels::TileBuilder &, mlir::ValueRange buffers)>;

  /// `memrefs` are the types of the buffers, such as "memref<4x128xbf16>".
  FragmentKernel(const std::vector<std::string> &memrefs, Write write)
      : library(textOf(memrefs, write)) {}

  void run(std::vector<void *> buffers) const { library.run("fragment", buffers); }

private:
  static std::string textOf(const std::vector<std::string> &memrefs, Write write);

  KernelLibrary library;
};

/// The whole of a buffer as a tile, and back.
mlir::Value loadAll(kernels::TileBuilder &b, mlir::Value buffer);
void storeAll(kernels::TileBuilder &b, mlir::Value tile, mlir::Value buffer);

/// bf16 as its bits, rounded to nearest even.
uint16_t bf16(float value);
float fromBf16(uint16_t bits);
/// Uniform in [-range, range), as bf16.
Array<uint16_t> randomBf16(size_t size, float range, unsigned seed);

} // namespace dsv4c::test

#endif // DSV4C_TEST_UNIT_KERNELS_FRAGMENTKERNEL_H
