//===- CacheRows.cpp - Keys in the paged pool -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CacheRows.h"
#include "dsv4run/Abi/StepAbi.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

CacheRows::CacheRows(KernelWriter &w, Value cache)
    : type(cast<dsv4::CacheType>(cache.getType())), w(w), cache(cache) {
  bool window = type.getKind() == dsv4::CacheKind::Window;
  width = type.getKeys().getShape().back();
  bool fp4 = isa<Float4E2M1FNType>(type.getKeys().getElementType());
  codeColumns = fp4 ? width / 2 : width;
  rowsPerPage = type.getPage() / type.getRatio();
  poolRows = (window ? w.pool.windowPages : w.pool.entryPages) * rowsPerPage;
}

Value CacheRows::codes(bool writes) {
  Type element = type.getKeys().getElementType();
  if (isa<Float4E2M1FNType>(element))
    element = w.b.getI8Type();
  return w.buffer(cache, exec::Part::Codes, {poolRows, codeColumns}, element,
                  writes);
}

Value CacheRows::scales(bool writes) {
  return w.buffer(cache, exec::Part::Scales,
                  {poolRows, width / type.getKeys().getBlock().back()},
                  type.getKeys().getScaleType(), writes);
}

Value CacheRows::tail(bool writes) {
  return w.buffer(cache, exec::Part::Tail, {poolRows, type.getTail()},
                  w.b.getBF16Type(), writes);
}

Value CacheRows::locate(Value slot, Value logical) {
  TileBuilder &b = w.b;
  Value rows = b.splat(logical, {1});
  Value exists = b.cmp(arith::CmpIPredicate::sge, rows, b.fillIndex({1}, 0));
  return b.extract(locate(slot, rows, exists), {b.index(0)});
}

Value CacheRows::locate(Value slot, Value logical, Value exists) {
  TileBuilder &b = w.b;
  int64_t count = TileBuilder::shapeOf(logical)[0];
  bool window = type.getKind() == dsv4::CacheKind::Window;
  int64_t columns =
      window ? w.pool.windowPagesPerSequence : w.pool.entryPagesPerSequence;
  Value table =
      w.input(window ? dsv4run::abi::kWindowPages : dsv4run::abi::kEntryPages,
              {w.pool.maxBatch * columns});
  Value none = b.fillIndex({count}, -1);
  Value page = b.divIndex(logical, rowsPerPage);
  if (window)
    page = b.remIndex(page, columns);
  Value base = b.splat(b.mulIndex(slot, columns), {count});
  Value position = b.select(exists, b.addIndex(base, page), none);
  Value physical = b.toIndex(b.gather(table, position, {}, {count}));
  Value row = b.addIndex(b.mulIndex(physical, rowsPerPage),
                         b.remIndex(logical, rowsPerPage));
  return b.select(exists, row, none);
}

void CacheRows::write(Value row, Value key) {
  TileBuilder &b = w.b;
  Value zero = b.index(0);
  Value head = key;
  if (type.getTail() > 0) {
    head = b.slice(key, {b.getIndexAttr(0), b.getIndexAttr(0)}, {1, width});
    Value rest = b.slice(key, {b.getIndexAttr(0), b.getIndexAttr(width)},
                         {1, type.getTail()});
    b.store(rest, tail(true), {row, zero});
  }
  Quantized tiles = quantize(b, head, type.getKeys());
  b.store(tiles.codes, codes(true), {row, zero});
  b.store(tiles.scales, scales(true), {row, zero});
}

Quantized CacheRows::gather(Value rows) {
  TileBuilder &b = w.b;
  int64_t count = TileBuilder::shapeOf(rows)[0];
  Value zero = b.index(0);
  int64_t blocks = width / type.getKeys().getBlock().back();
  return {b.gather(codes(false), rows, {zero}, {count, codeColumns}),
          b.gather(scales(false), rows, {zero}, {count, blocks})};
}

CacheRows::Keys CacheRows::read(Value rows) {
  TileBuilder &b = w.b;
  int64_t count = TileBuilder::shapeOf(rows)[0];
  Value head = dequantize(b, gather(rows), type.getKeys());
  if (type.getTail() == 0)
    return {head, {}};
  return {head, b.toF32(b.gather(tail(false), rows, {b.index(0)},
                                 {count, type.getTail()}))};
}

std::pair<Value, Value> CacheRows::readHalves(Value rows) {
  return dequantizeHalves(w.b, gather(rows), type.getKeys());
}
