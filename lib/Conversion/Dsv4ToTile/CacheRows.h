//===- CacheRows.h - Keys in the paged pool ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the rows of a cache lie, how they are read and written.

#ifndef DSV4C_CONVERSION_DSV4TOTILE_CACHEROWS_H
#define DSV4C_CONVERSION_DSV4TOTILE_CACHEROWS_H

#include "KernelWriter.h"
#include "dsv4c/Kernels/Fragments.h"

namespace dsv4c {

class CacheRows {
public:
  CacheRows(KernelWriter &w, mlir::Value cache);

  /// Physical row of row `logical` (a position, or the number of an entry) of
  /// the sequence in `slot`; both index scalars.
  mlir::Value locate(mlir::Value slot, mlir::Value logical);
  /// The same for a tile of rows [N]; rows where `exists` [N] is false become
  /// -1.
  mlir::Value locate(mlir::Value slot, mlir::Value logical, mlir::Value exists);

  /// Quantises a key [1, width + tail] bf16 and stores it.
  void write(mlir::Value row, mlir::Value key);

  /// Keys as f32 [N, width] and [N, tail], the latter null without a tail.
  struct Keys {
    mlir::Value head, tail;
  };
  /// The keys at `rows` [N]; zeros where the row is -1. E4M3 only.
  Keys read(mlir::Value rows);
  /// Even and odd channels of e2m1 keys, [N, width / 2] each.
  std::pair<mlir::Value, mlir::Value> readHalves(mlir::Value rows);

  dsv4::CacheType type;

private:
  mlir::Value codes(bool writes);
  mlir::Value scales(bool writes);
  mlir::Value tail(bool writes);
  kernels::Quantized gather(mlir::Value rows);

  KernelWriter &w;
  mlir::Value cache;
  int64_t width;
  int64_t codeColumns;
  int64_t poolRows;
  int64_t rowsPerPage;
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_CACHEROWS_H
