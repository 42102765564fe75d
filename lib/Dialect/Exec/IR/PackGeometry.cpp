//===- PackGeometry.cpp - Shapes of a pack program ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Exec/IR/PackGeometry.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::exec;

namespace {

/// The dtype under which safetensors stores an element type; empty if none.
StringRef getDType(Type type) {
  if (type.isF32())
    return "F32";
  if (type.isBF16())
    return "BF16";
  if (type.isF16())
    return "F16";
  if (type.isInteger(64))
    return "I64";
  if (type.isInteger(32))
    return "I32";
  if (type.isInteger(8))
    return "I8";
  return "";
}

class GeometryBuilder {
public:
  GeometryBuilder(PackOp op, Type holds) : op(op), holds(holds) {}

  FailureOr<PackGeometry> build() {
    if (failed(verifyOperands()))
      return failure();
    switch (op.getKind()) {
    case PackKind::Tensor:
    case PackKind::IdTable:
      return buildTensor();
    case PackKind::Scaled:
      return buildScaled();
    case PackKind::RopeTable:
      return buildRopeTable();
    }
    llvm_unreachable("covers every kind");
  }

private:
  LogicalResult verifyOperands() {
    PackKind kind = op.getKind();
    // [pack_c2]
    auto verify = [&](StringRef name, bool present,
                      bool wanted) -> LogicalResult {
      if (present == wanted)
        return success();
      return op.emitOpError() << "[pack_c2] " << stringifyPackKind(kind)
                              << (wanted ? " needs " : " takes no ") << name;
    };
    bool scaled = kind == PackKind::Scaled;
    bool rope = kind == PackKind::RopeTable;
    return success(
        succeeded(verify("scales", op.getScales().has_value(), scaled)) &&
        succeeded(
            verify("scales_from", op.getScaleTensors().has_value(), scaled)) &&
        succeeded(verify("tensors", !op.getTensors().empty(), !rope)) &&
        succeeded(verify("source", op.getSource().has_value(), !rope)) &&
        succeeded(verify("limit", op.getLimit().has_value(),
                         kind == PackKind::IdTable)) &&
        succeeded(
            verify("frequencies", op.getFrequencies().has_value(), rope)));
  }

  InFlightDiagnostic emitMismatch(Type source) {
    return op.emitOpError()
           << "[pack_c3] can't pack " << source << " into " << holds;
  }

  /// Takes the experts off a shape and folds all but the last dimension.
  LogicalResult setShape(ArrayRef<int64_t> shape) {
    geometry.experts = op.getTensors().size();
    // [pack_c5]
    if (geometry.experts > 1) {
      if (shape.size() < 2 || shape[0] != geometry.experts)
        return op.emitOpError()
               << "[pack_c5] " << geometry.experts
               << " tensors for a source with leading dimension "
               << (shape.empty() ? 0 : shape[0]);
      shape = shape.drop_front();
    }
    geometry.shape.assign(shape.begin(), shape.end());
    for (int64_t size : shape.empty() ? shape : shape.drop_back())
      geometry.rows *= size;
    geometry.columns = shape.empty() ? 1 : shape.back();
    return success();
  }

  void setSize(int64_t rowBytes) {
    geometry.bytes = geometry.experts * getPaddedRows() * rowBytes;
  }

  int64_t getPaddedRows() const {
    return geometry.panel ? llvm::alignTo(geometry.rows, geometry.panel)
                          : geometry.rows;
  }

  FailureOr<PackGeometry> buildTensor() {
    auto source = dyn_cast<RankedTensorType>(*op.getSource());
    auto packed = dyn_cast<RankedTensorType>(holds);
    bool ids = op.getKind() == PackKind::IdTable;
    // [pack_c3]
    if (!source || !packed || !source.hasStaticShape() ||
        source.getNumElements() == 0 || source.getEncoding() ||
        source.getShape() != packed.getShape() ||
        getDType(source.getElementType()).empty())
      return emitMismatch(*op.getSource());
    Type element = packed.getElementType();
    if (ids ? !source.getElementType().isInteger(64) || !element.isInteger(32)
            : source.getElementType() != element)
      return emitMismatch(source);
    if (failed(setShape(source.getShape())))
      return failure();
    if (Attribute encoding = packed.getEncoding()) {
      auto layout = dyn_cast<fp8::LayoutAttr>(encoding);
      if (!layout || (ids && !layout.isRowMajor()))
        return emitMismatch(source);
      geometry.panel = layout.getWidth();
      geometry.fragment = layout.getFragment();
    }
    int64_t rowBytes = geometry.columns * element.getIntOrFloatBitWidth() / 8;
    // [pack_c3]
    if (geometry.fragment && rowBytes % fp8::LayoutAttr::kFragmentBlock)
      return emitMismatch(source)
             << ": rows of fragments are a multiple of "
             << fp8::LayoutAttr::kFragmentBlock << " bytes, not " << rowBytes;
    // [pack_c2]
    if (ids && (geometry.experts != 1 || *op.getLimit() < 1))
      return op.emitOpError()
             << "[pack_c2] id_table needs one tensor and a positive limit";
    geometry.dtype = getDType(source.getElementType());
    setSize(rowBytes);
    return geometry;
  }

  FailureOr<PackGeometry> buildScaled() {
    auto source = dyn_cast<fp8::ScaledType>(*op.getSource());
    auto packed = dyn_cast<fp8::ScaledType>(holds);
    // [pack_c3]
    if (!source || !packed || source.getShape() != packed.getShape() ||
        source.getScaleType() != packed.getScaleType() ||
        source.getBlock() != packed.getBlock() ||
        source.getShift() != packed.getShift() ||
        !isa<Float8E8M0FNUType>(source.getScaleType()) ||
        !source.getLayout().isRowMajor() || source.getBlock().empty() ||
        source.getBlock().size() > 2 ||
        ShapedType::isDynamicShape(source.getShape()))
      return emitMismatch(*op.getSource());
    bool fp4 = isa<Float4E2M1FNType>(source.getElementType());
    if (!fp4 && !isa<Float8E4M3FNType>(source.getElementType()))
      return emitMismatch(source);
    geometry.recast = source.getElementType() != packed.getElementType();
    if (geometry.recast &&
        (fp4 || !isa<Float8E4M3FNUZType>(packed.getElementType())))
      return emitMismatch(source);
    if (failed(setShape(source.getShape())))
      return failure();
    // [pack_c5]
    if (op.getScaleTensors()->size() != op.getTensors().size())
      return op.emitOpError()
             << "[pack_c5] " << op.getTensors().size() << " tensors, but "
             << op.getScaleTensors()->size() << " scale tensors";
    geometry.panel = packed.getLayout().getWidth();
    geometry.fragment = packed.getLayout().getFragment();
    geometry.blockRows =
        source.getBlock().size() == 2 ? source.getBlock().front() : 1;
    geometry.blockColumns = source.getBlock().back();
    if (geometry.blockRows < 1 || geometry.blockColumns < 1 ||
        (fp4 && geometry.columns % 32))
      return emitMismatch(source) << ": blocks are not empty, and the columns "
                                     "of e2m1 are a multiple of 32";
    int64_t rowBytes = fp4 ? geometry.columns / 2 : geometry.columns;
    int64_t scaleRows = llvm::divideCeil(geometry.rows, geometry.blockRows);
    int64_t scaleColumns =
        llvm::divideCeil(geometry.columns, geometry.blockColumns);
    geometry.dtype = fp4 ? "I8" : "F8_E4M3";
    geometry.shape = {geometry.rows, rowBytes};
    geometry.scaleShape = {scaleRows, scaleColumns};
    setSize(rowBytes);
    bool panelScales = geometry.panel && geometry.blockRows == 1;
    geometry.scaleBytes = geometry.experts *
                          (panelScales ? getPaddedRows() : scaleRows) *
                          scaleColumns;
    return geometry;
  }

  FailureOr<PackGeometry> buildRopeTable() {
    auto table = dyn_cast<RankedTensorType>(holds);
    int64_t pairs = op.getFrequencies()->size();
    // [pack_c3]
    if (!table || !table.hasStaticShape() || table.getRank() != 2 ||
        !table.getElementType().isF32() || table.getEncoding() ||
        table.getDimSize(0) < 1 || pairs == 0 ||
        table.getDimSize(1) != 2 * pairs)
      return op.emitOpError() << "[pack_c3] a table of " << pairs
                              << " frequencies is a tensor<positions x "
                              << 2 * pairs << " x f32>, not " << holds;
    geometry.rows = table.getDimSize(0);
    geometry.columns = table.getDimSize(1);
    setSize(geometry.columns * 4);
    return geometry;
  }

  PackOp op;
  Type holds;
  PackGeometry geometry;
};

} // namespace

FailureOr<PackGeometry> dsv4c::exec::getPackGeometry(PackOp op, Type holds) {
  return GeometryBuilder(op, holds).build();
}
