//===- PackOp.cpp - Verifier of exec.pack ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Exec/IR/PackGeometry.h"

using namespace mlir;
using namespace dsv4c::exec;

LogicalResult PackOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto verifyBuffer = [&](FlatSymbolRefAttr name, Part part) -> BufferOp {
    auto buffer = symbols.lookupNearestSymbolFrom<BufferOp>(*this, name);
    // [pack_c1]
    if (!buffer) {
      emitOpError() << "[pack_c1] no exec.buffer " << name;
      return {};
    }
    if (buffer.getSpace() != Space::Weights) {
      emitOpError() << "[pack_c1] " << name << " is of space "
                    << stringifySpace(buffer.getSpace()) << ", not weights";
      return {};
    }
    // [pack_c4]
    if (buffer.getPart() != part) {
      emitOpError() << "[pack_c4] " << name << " is the part "
                    << stringifyPart(buffer.getPart()) << ", not "
                    << stringifyPart(part);
      return {};
    }
    return buffer;
  };
  // [pack_c6]
  auto verifyBytes = [&](BufferOp buffer, int64_t bytes) -> LogicalResult {
    if (buffer.getBytes() == bytes)
      return success();
    return emitOpError() << "[pack_c6] @" << buffer.getSymName() << " has "
                         << buffer.getBytes() << " bytes, the packed weight "
                         << bytes;
  };

  bool scaled = getKind() == PackKind::Scaled;
  BufferOp buffer =
      verifyBuffer(getBufferAttr(), scaled ? Part::Codes : Part::Whole);
  if (!buffer)
    return failure();
  FailureOr<PackGeometry> geometry = getPackGeometry(*this, buffer.getHolds());
  if (failed(geometry) || failed(verifyBytes(buffer, geometry->bytes)))
    return failure();
  if (!scaled)
    return success();
  BufferOp scales = verifyBuffer(getScalesAttr(), Part::Scales);
  if (!scales)
    return failure();
  // [pack_c4]
  if (scales.getHolds() != buffer.getHolds())
    return emitOpError() << "[pack_c4] the codes are of " << buffer.getHolds()
                         << ", the scales of " << scales.getHolds();
  return verifyBytes(scales, geometry->scaleBytes);
}
