//===- Fp8Types.cpp - The scaled type -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c::fp8;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// "e8m0", "f32" or "e4m3 ocp".
static std::string scaleName(Type scaleType) {
  if (FormatAttr format = FormatAttr::get(scaleType))
    return format.getName();
  std::string name;
  llvm::raw_string_ostream(name) << scaleType;
  return name;
}

static std::string dimensions(ArrayRef<int64_t> sizes) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      sizes, stream,
      [&](int64_t size) {
        if (ShapedType::isDynamic(size))
          stream << "?";
        else
          stream << size;
      },
      "x");
  return text;
}

void ScaledType::print(AsmPrinter &printer) const {
  FormatAttr format = getFormat();
  printer << "<" << dimensions(getShape()) << ", " << format.getName()
          << " bias " << format.getBias() << ", " << scaleName(getScaleType())
          << " " << dimensions(getBlock()) << ", shift " << getShift()
          << ", largest " << getLargest() << ", " << getLayout().describe()
          << ">";
}

static Type parseScaleType(AsmParser &parser) {
  if (succeeded(parser.parseOptionalKeyword("f32")))
    return Float32Type::get(parser.getContext());
  FormatAttr format = FormatAttr::parseName(parser);
  return format ? Type(format.getElementType()) : Type();
}

static ParseResult parseNamedInteger(AsmParser &parser, StringRef name,
                                     int64_t &value) {
  return failure(parser.parseComma() || parser.parseKeyword(name) ||
                 parser.parseInteger(value));
}

Type ScaledType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<int64_t> shape, block;
  int64_t bias, shift, largest;
  if (parser.parseLess() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/true,
                                /*withTrailingX=*/false) ||
      parser.parseComma())
    return {};
  FormatAttr format = FormatAttr::parseName(parser);
  if (!format || parser.parseKeyword("bias"))
    return {};
  SMLoc biasLoc = parser.getCurrentLocation();
  if (parser.parseInteger(bias))
    return {};
  // [scaled_c9]
  if (bias != format.getBias()) {
    parser.emitError(biasLoc)
        << "[scaled_c9] " << format.getName() << " has bias "
        << format.getBias() << ", got " << bias;
    return {};
  }
  if (parser.parseComma())
    return {};
  Type scaleType = parseScaleType(parser);
  if (!scaleType ||
      parser.parseDimensionList(block, /*allowDynamic=*/false,
                                /*withTrailingX=*/false) ||
      parseNamedInteger(parser, "shift", shift) ||
      parseNamedInteger(parser, "largest", largest) || parser.parseComma())
    return {};
  LayoutAttr layout = LayoutAttr::parseName(parser);
  if (!layout || parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    ArrayRef<int64_t>(shape), Type(format.getElementType()),
                    scaleType, ArrayRef<int64_t>(block), shift, largest,
                    layout);
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

static LogicalResult verifyBlocks(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> shape,
                                  ArrayRef<int64_t> block, LayoutAttr layout) {
  // [scaled_c4]
  if (block.empty() || block.size() > shape.size())
    return emitError() << "[scaled_c4] " << block.size()
                       << " block sizes for a shape of rank " << shape.size();
  if (llvm::any_of(shape,
                   [](int64_t size) {
                     return !ShapedType::isDynamic(size) && size < 1;
                   }) ||
      llvm::any_of(block, [](int64_t size) { return size < 1; }))
    return emitError() << "[scaled_c4] sizes must be positive, got shape "
                       << dimensions(shape) << " and block "
                       << dimensions(block);
  size_t leading = shape.size() - block.size();
  for (auto [index, size] : llvm::enumerate(block)) {
    int64_t dim = leading + index;
    // [scaled_c5]
    if (ShapedType::isDynamic(shape[dim])) {
      if (size != 1)
        return emitError() << "[scaled_c5] a block has one element along the "
                              "dynamic dimension "
                           << dim << ", got " << size;
      continue;
    }
    // [scaled_c6]
    if (shape[dim] % size != 0 && !layout.isRowMajor())
      return emitError() << "[scaled_c6] block size " << size
                         << " does not divide dimension " << dim << " of size "
                         << shape[dim]
                         << "; only row_major may end in a partial block, got "
                         << layout.describe();
  }
  return success();
}

static LogicalResult verifyPacking(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<int64_t> shape, FormatAttr format,
                                   LayoutAttr layout) {
  bool packed = format.getBits() == 4;
  // [scaled_c7]
  if (packed && (ShapedType::isDynamic(shape.back()) || shape.back() % 2 != 0))
    return emitError() << "[scaled_c7] " << format.getName()
                       << " packs pairs along the last dimension, which must "
                          "be static and even, got "
                       << dimensions(shape);
  if (layout.isRowMajor())
    return success();
  // [scaled_c8]
  if (shape.size() < 2 || ShapedType::isDynamic(shape.back()) ||
      ShapedType::isDynamic(shape[shape.size() - 2]))
    return emitError() << "[scaled_c8] " << layout.describe()
                       << " needs a static matrix, got " << dimensions(shape);
  if (shape[shape.size() - 2] % layout.getWidth() != 0)
    return emitError() << "[scaled_c8] " << layout.describe()
                       << " does not divide " << shape[shape.size() - 2]
                       << " rows";
  if (packed && shape.back() % 32 != 0)
    return emitError() << "[scaled_c8] panels of " << format.getName()
                       << " need a multiple of 32 columns, got "
                       << shape.back();
  int64_t rowBytes = shape.back() * format.getBits() / 8;
  if (layout.getFragment() && rowBytes % LayoutAttr::kFragmentBlock != 0)
    return emitError() << "[scaled_c8] " << layout.describe()
                       << " needs rows of a multiple of "
                       << LayoutAttr::kFragmentBlock << " bytes, got "
                       << rowBytes;
  return success();
}

LogicalResult ScaledType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Type elementType,
                                 Type scaleType, ArrayRef<int64_t> block,
                                 int64_t shift, int64_t largest,
                                 LayoutAttr layout) {
  FormatAttr format = FormatAttr::get(elementType);
  // [scaled_c1]
  if (!format || format.getEncoding() == Encoding::E8M0)
    return emitError() << "[scaled_c1] elements are f8E4M3FN, f8E4M3FNUZ, "
                          "f8E5M2, f8E5M2FNUZ or f4E2M1FN, got "
                       << elementType;
  // [scaled_c2]
  if (!isa<Float8E8M0FNUType, Float32Type, Float8E4M3FNType>(scaleType))
    return emitError() << "[scaled_c2] scales are f8E8M0FNU (e8m0), f32 or "
                          "f8E4M3FN (e4m3 ocp), got "
                       << scaleType;
  // [scaled_c3]
  if (failed(format.verifyLargest(emitError, "scaled_c3", largest)))
    return failure();
  if (format.isFp8() && !format.isFnuz() && largest % 2 != 0)
    return emitError() << "[scaled_c3] largest " << largest << " of "
                       << format.describe() << " has no counterpart in "
                       << format.withDialect(FloatDialect::Fnuz).describe();
  if (failed(verifyBlocks(emitError, shape, block, layout)))
    return failure();
  return verifyPacking(emitError, shape, format, layout);
}

//===----------------------------------------------------------------------===//
// Derived properties
//===----------------------------------------------------------------------===//

bool ScaledType::hasStaticShape() const {
  return !ShapedType::isDynamicShape(getShape());
}

SmallVector<int64_t> ScaledType::getFullBlock() const {
  SmallVector<int64_t> block(getRank() - getBlock().size(), 1);
  llvm::append_range(block, getBlock());
  return block;
}

SmallVector<int64_t> ScaledType::getScaleShape() const {
  SmallVector<int64_t> result;
  for (auto [size, block] : llvm::zip_equal(getShape(), getFullBlock()))
    result.push_back(
        ShapedType::isDynamic(size) ? size : llvm::divideCeil(size, block));
  return result;
}

/// Product of the sizes, or nothing if a dynamic one is unknown.
static std::optional<int64_t> numElements(ArrayRef<int64_t> shape,
                                          std::optional<int64_t> dynamicSize) {
  int64_t product = 1;
  for (int64_t size : shape) {
    if (ShapedType::isDynamic(size)) {
      if (!dynamicSize)
        return std::nullopt;
      size = *dynamicSize;
    }
    product *= size;
  }
  return product;
}

std::optional<int64_t>
ScaledType::getCodesBytes(std::optional<int64_t> dynamicSize) const {
  std::optional<int64_t> count = numElements(getShape(), dynamicSize);
  if (!count)
    return std::nullopt;
  return *count * getFormat().getBits() / 8;
}

std::optional<int64_t>
ScaledType::getScaleBytes(std::optional<int64_t> dynamicSize) const {
  std::optional<int64_t> count = numElements(getScaleShape(), dynamicSize);
  if (!count)
    return std::nullopt;
  return *count * getScaleType().getIntOrFloatBitWidth() / 8;
}

ScaledType ScaledType::withDialect(FloatDialect floatDialect) const {
  FormatAttr format = getFormat().withDialect(floatDialect);
  int64_t largest = getLargest();
  if (format.isFnuz() && !isFnuz())
    largest /= 2;
  else if (!format.isFnuz() && isFnuz())
    largest *= 2;
  return get(getContext(), getShape(), format.getElementType(), getScaleType(),
             getBlock(), getShift(), largest, getLayout());
}

ScaledType ScaledType::withLayout(LayoutAttr layout) const {
  return get(getContext(), getShape(), getElementType(), getScaleType(),
             getBlock(), getShift(), getLargest(), layout);
}

ScaledType ScaledType::withShift(int64_t shift) const {
  return get(getContext(), getShape(), getElementType(), getScaleType(),
             getBlock(), shift, getLargest(), getLayout());
}

std::string ScaledType::describeDifference(ScaledType other) const {
  std::string text;
  auto differ = [&](StringRef what, const std::string &mine,
                    const std::string &theirs) {
    if (mine == theirs)
      return;
    if (!text.empty())
      text += ", ";
    text += (what + " " + mine + " and " + theirs).str();
  };
  differ("shape", dimensions(getShape()), dimensions(other.getShape()));
  differ("format", getFormat().describe(), other.getFormat().describe());
  differ("scale", scaleName(getScaleType()), scaleName(other.getScaleType()));
  differ("block", dimensions(getBlock()), dimensions(other.getBlock()));
  differ("shift", std::to_string(getShift()), std::to_string(other.getShift()));
  differ("largest", std::to_string(getLargest()),
         std::to_string(other.getLargest()));
  differ("layout", getLayout().describe(), other.getLayout().describe());
  return text;
}
