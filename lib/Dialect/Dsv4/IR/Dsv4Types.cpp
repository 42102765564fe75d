//===- Dsv4Types.cpp - Verifiers of the dialect's types
//---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

LogicalResult CacheType::verify(function_ref<InFlightDiagnostic()> emitError,
                                CacheKind kind, int64_t ratio, int64_t page,
                                fp8::ScaledType keys, int64_t tail) {
  StringRef name = stringifyCacheKind(kind);
  // [cache_c1]
  if (kind == CacheKind::Window ? ratio != 1 : ratio < 2)
    return emitError() << "[cache_c1] the ratio of a cache of kind '" << name
                       << "' must be "
                       << (kind == CacheKind::Window ? "1" : "at least 2")
                       << ", got " << ratio;
  // [cache_c2]
  if (page < 1 || page % ratio != 0)
    return emitError() << "[cache_c2] a page must hold a positive multiple of "
                       << ratio << " positions, got " << page;
  // [cache_c3]
  ArrayRef<int64_t> shape = keys.getShape();
  if (shape.size() != 2 || !ShapedType::isDynamic(shape[0]) || shape[1] < 1)
    return emitError() << "[cache_c3] keys must be of shape [?, width], got "
                       << keys;
  // [cache_c4]
  if (kind == CacheKind::Index ? tail != 0 : tail < 0)
    return emitError() << "[cache_c4] the tail of a cache of kind '" << name
                       << "' must be "
                       << (kind == CacheKind::Index ? "0" : "at least 0")
                       << ", got " << tail;
  return success();
}

LogicalResult OpenRowsType::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t slots, int64_t width) {
  // [open_rows_c1]
  if (slots < 1 || width < 1)
    return emitError()
           << "[open_rows_c1] slots and width must be positive, got " << slots
           << " x " << width;
  return success();
}
