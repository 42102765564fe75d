//===- Distribution.h - Which thread holds which element --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A distribution maps the registers of the threads of a workgroup to elements
// of a tile, dimension by dimension and linearly in the bits of the thread's
// number:
//
//   element(thread, register)[d] =
//       offsets[register][d] + sum over bits b of thread: strides[b][d]
//
// The lowest bits of a thread number its lane, the others its wave. A bit whose
// strides are all zero replicates. `#tile.layout` is the attribute.

#ifndef DSV4C_LIB_CONVERSION_TILETOGPU_DISTRIBUTION_H
#define DSV4C_LIB_CONVERSION_TILETOGPU_DISTRIBUTION_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace dsv4c::tile_to_gpu {

using Coordinates = llvm::SmallVector<int64_t, 4>;

struct Distribution {
  llvm::SmallVector<Coordinates> offsets; // [register][dimension]
  llvm::SmallVector<Coordinates> strides; // [bit of the thread][dimension]
  /// Registers that are handled as one vector; divides their number.
  int64_t group = 1;

  int64_t numRegisters() const { return offsets.size(); }

  /// Every thread holds every element.
  static Distribution replicated(llvm::ArrayRef<int64_t> shape, int64_t bits);

  /// Row-major: `width` neighbours of the last dimension per thread, then the
  /// bits `firstBit` ... of the thread from the last dimension outwards, what
  /// is left over in registers. Bits that find nothing to distribute replicate.
  static Distribution rowMajor(llvm::ArrayRef<int64_t> shape, int64_t bits,
                               int64_t firstBit, int64_t width);

  /// The bits of a thread that replicate, as a mask.
  int64_t replicatedBits() const;
};

} // namespace dsv4c::tile_to_gpu

#endif // DSV4C_LIB_CONVERSION_TILETOGPU_DISTRIBUTION_H
