//===- BufferOps.cpp - Verifiers of exec.buffer and exec.state ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::exec;

namespace {

bool isBufferElement(Type type) {
  if (type.isInteger(8) || type.isInteger(16) || type.isInteger(32) ||
      type.isInteger(64) || type.isF32() || type.isBF16() || type.isF16())
    return true;
  return isa<Float8E4M3FNType, Float8E4M3FNUZType, Float8E5M2Type,
             Float8E5M2FNUZType, Float8E8M0FNUType, Float4E2M1FNType>(type);
}

/// The parts of a value, in the order of exec.state.
SmallVector<Part> getParts(Type holds) {
  if (isa<fp8::ScaledType>(holds))
    return {Part::Codes, Part::Scales};
  if (auto cache = dyn_cast<dsv4::CacheType>(holds)) {
    SmallVector<Part> parts = {Part::Codes, Part::Scales};
    if (cache.getTail() > 0)
      parts.push_back(Part::Tail);
    return parts;
  }
  if (isa<dsv4::OpenRowsType>(holds))
    return {Part::U, Part::S};
  return {Part::Whole};
}

/// Bytes of one row of each part; a row of open rows is all of a sequence's.
SmallVector<int64_t> getRowBytes(Type type) {
  if (auto rows = dyn_cast<dsv4::OpenRowsType>(type)) {
    int64_t bytes = rows.getSlots() * rows.getWidth() * 4;
    return {bytes, bytes};
  }
  auto cache = cast<dsv4::CacheType>(type);
  fp8::ScaledType keys = cache.getKeys();
  int64_t width = keys.getShape().back();
  SmallVector<int64_t> bytes = {
      width * keys.getElementType().getIntOrFloatBitWidth() / 8,
      static_cast<int64_t>(llvm::divideCeil(width, keys.getBlock().back())) *
          keys.getScaleType().getIntOrFloatBitWidth() / 8};
  if (cache.getTail() > 0)
    bytes.push_back(cache.getTail() * 2);
  return bytes;
}

} // namespace

int64_t BufferOp::getBytes() {
  MemRefType type = getMemRef();
  return llvm::divideCeil(
      type.getNumElements() * type.getElementType().getIntOrFloatBitWidth(), 8);
}

LogicalResult BufferOp::verify() {
  // [buffer_c1]
  auto type = dyn_cast<MemRefType>(getType());
  if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity() ||
      type.getNumElements() == 0 || !isBufferElement(type.getElementType()))
    return emitOpError()
           << "[buffer_c1] expected a memref of static shape with "
              "elements, identity layout and a supported element "
              "type, got "
           << getType();
  // [buffer_c2]
  if (!llvm::is_contained(getParts(getHolds()), getPart()))
    return emitOpError() << "[buffer_c2] there is no part "
                         << stringifyPart(getPart()) << " of " << getHolds();
  // [buffer_c3]
  std::optional<int64_t> offset = getOffset();
  if (!offset)
    return success();
  if (getSpace() != Space::Arena && getSpace() != Space::Weights)
    return emitOpError() << "[buffer_c3] a buffer of space "
                         << stringifySpace(getSpace())
                         << " is an allocation of its own and has no offset";
  if (*offset < 0 || *offset % kAlignment != 0)
    return emitOpError() << "[buffer_c3] offset " << *offset
                         << " is not a non-negative multiple of " << kAlignment;
  return success();
}

LogicalResult StateOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // [state_c2]
  if (!isa<dsv4::CacheType, dsv4::OpenRowsType>(getType()))
    return emitOpError() << "[state_c2] " << getType()
                         << " is no cache and no open rows";
  SmallVector<Part> parts = getParts(getType());
  if (getBuffers().size() != parts.size())
    return emitOpError() << "[state_c2] " << getType() << " has "
                         << parts.size() << " parts, got "
                         << getBuffers().size() << " buffers";
  SmallVector<int64_t> rowBytes = getRowBytes(getType());
  auto cache = dyn_cast<dsv4::CacheType>(getType());
  int64_t pageRows = cache ? cache.getPage() / cache.getRatio() : 1;
  int64_t rows = 0;
  for (auto [index, attr] : llvm::enumerate(getBuffers())) {
    auto name = cast<FlatSymbolRefAttr>(attr);
    auto buffer = symbols.lookupNearestSymbolFrom<BufferOp>(*this, name);
    // [state_c1]
    if (!buffer)
      return emitOpError() << "[state_c1] no exec.buffer " << name;
    if (buffer.getSpace() != Space::State)
      return emitOpError() << "[state_c1] " << name << " is of space "
                           << stringifySpace(buffer.getSpace())
                           << ", not state";
    // [state_c2]
    if (buffer.getPart() != parts[index])
      return emitOpError() << "[state_c2] buffer #" << index << ", " << name
                           << ", is the part "
                           << stringifyPart(buffer.getPart()) << ", not "
                           << stringifyPart(parts[index]);
    // [state_c3]
    if (buffer.getHolds() != getType())
      return emitOpError() << "[state_c3] " << name << " holds "
                           << buffer.getHolds() << ", not " << getType();
    // [state_c4]
    int64_t bufferRows = buffer.getBytes() / rowBytes[index];
    if (index == 0)
      rows = bufferRows;
    if (buffer.getBytes() % rowBytes[index] != 0 || bufferRows != rows ||
        rows % pageRows != 0)
      return emitOpError() << "[state_c4] " << name << " has "
                           << buffer.getBytes() << " bytes for rows of "
                           << rowBytes[index] << ", expected "
                           << (index == 0 ? "a multiple of " : "exactly ")
                           << (index == 0 ? pageRows : rows) << " rows";
  }
  return success();
}
