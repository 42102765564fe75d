//===- CompressorOps.cpp - Compressed entries
//-------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpChecks.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

/// u and s are the rows that `rows` keeps.
static LogicalResult verifyRowOperands(Constraint constraint, Type u, Type s,
                                       OpenRowsType rows) {
  int64_t sizes[] = {ShapedType::kDynamic, rows.getWidth()};
  if (failed(constraint.shape("u", u, {"T", "w"}, sizes, Element::F32)))
    return failure();
  return constraint.shape("s", s, {"T", "w"}, sizes, Element::F32);
}

/// [compress_c3], [compress_c4]
static LogicalResult verifyWidths(CompressOp op, CacheType cache) {
  int64_t channels = cache.getRowWidth(), ratio = cache.getRatio();
  if (failed(Constraint(op, "[compress_c3]")
                 .shape("norm", op.getNorm().getType(), {"c"}, {channels},
                        Element::BF16)))
    return failure();
  OpenRowsType rows = op.getRows().getType();
  bool plain = rows.getSlots() == ratio && rows.getWidth() == channels;
  bool overlapping =
      rows.getSlots() == 2 * ratio && rows.getWidth() == 2 * channels;
  if (!plain && !overlapping)
    return Constraint(op, "[compress_c4]").fail()
           << "rows must be " << ratio << " x " << channels
           << ", or, overlapping, " << 2 * ratio << " x " << 2 * channels
           << ", got " << rows;
  return success();
}

LogicalResult CompressOp::verify() {
  CacheType cache = getCache().getType();
  Constraint c1(*this, "[compress_c1]");
  if (cache.getKind() == CacheKind::Window)
    return c1.fail() << "cache must hold entries or an index, got " << cache;
  if (failed(c1.sameType("result", getResult().getType(), "cache", cache)))
    return failure();
  OpenRowsType rows = getRows().getType();
  if (failed(verifyRowOperands({*this, "[compress_c2]"}, getU().getType(),
                               getS().getType(), rows)) ||
      failed(verifyWidths(*this, cache)))
    return failure();
  if (failed(Constraint(*this, "[compress_c5]")
                 .shape("ape", getApe().getType(), {"ratio", "w"},
                        {cache.getRatio(), rows.getWidth()}, Element::F32)))
    return failure();
  Constraint c6(*this, "[compress_c6]");
  Type table = getTable().getType();
  if (failed(c6.rank("table", table, {"positions", "2 P"}, Element::F32)))
    return failure();
  int64_t width = getShapeOf(table)[1];
  if (width % 2 != 0 || width > cache.getRowWidth())
    return c6.fail() << "table must be of an even width of at most "
                     << cache.getRowWidth() << ", got " << width;
  return Constraint(*this, "[compress_c7]").positive("eps", getEps());
}

LogicalResult CommitRowsOp::verify() {
  OpenRowsType rows = getRows().getType();
  Constraint c1(*this, "[commit_rows_c1]");
  if (failed(verifyRowOperands(c1, getU().getType(), getS().getType(), rows)) ||
      failed(c1.sameType("result", getResult().getType(), "rows", rows)))
    return failure();
  Constraint c2(*this, "[commit_rows_c2]");
  int64_t ratio = getAfter().getType().getRatio();
  if (failed(c2.shape("ape", getApe().getType(), {"ratio", "w"},
                      {ratio, rows.getWidth()}, Element::F32)))
    return failure();
  if (rows.getSlots() != ratio && rows.getSlots() != 2 * ratio)
    return c2.fail() << "rows must have " << ratio << " or " << 2 * ratio
                     << " slots, got " << rows.getSlots();
  return success();
}
