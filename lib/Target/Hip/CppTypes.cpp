//===- CppTypes.cpp - C++ types and literals of MLIR's --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CppTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace dsv4c::hip;

int64_t dsv4c::hip::numElements(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? vector.getNumElements() : 1;
}

bool dsv4c::hip::isCppVector(Type type) { return numElements(type) > 1; }

Type dsv4c::hip::elementType(Type type) { return getElementTypeOrSelf(type); }

unsigned dsv4c::hip::elementBits(Type type) {
  Type element = elementType(type);
  return element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
}

/// The name of a scalar; integers begin with `integer`.
static std::optional<std::string> findScalar(Type type, char integer) {
  if (type.isInteger(1))
    return "bool";
  if (type.isIndex())
    return integer + std::string("64");
  if (auto integerType = dyn_cast<IntegerType>(type)) {
    unsigned width = integerType.getWidth();
    if (width != 8 && width != 16 && width != 32 && width != 64)
      return std::nullopt;
    return integer + std::to_string(width);
  }
  if (type.isF16())
    return "f16";
  if (type.isF32())
    return "f32";
  if (type.isF64())
    return "f64";
  auto floatType = dyn_cast<FloatType>(type);
  // Bits of numbers that only conversions read.
  if (floatType && (floatType.getWidth() == 8 || floatType.isBF16()))
    return integer + std::to_string(floatType.getWidth());
  return std::nullopt;
}

std::optional<std::string> CppTypes::find(Type type, char integer) {
  auto vectorType = dyn_cast<VectorType>(type);
  if (vectorType && (vectorType.getRank() != 1 || vectorType.isScalable()))
    return std::nullopt;
  if (isa<ShapedType>(type) && !vectorType)
    return std::nullopt;
  std::optional<std::string> scalar = findScalar(elementType(type), integer);
  if (!scalar || !isCppVector(type))
    return scalar;
  return vector(*scalar, numElements(type));
}

std::optional<std::string> CppTypes::find(Type type) { return find(type, 'u'); }

std::optional<std::string> CppTypes::findSigned(Type type) {
  return find(type, 'i');
}

std::string CppTypes::vector(const std::string &element, int64_t size) {
  vectors.emplace(element, size);
  return element + "x" + std::to_string(size);
}

std::string CppTypes::definitions() const {
  std::string text;
  for (const auto &[element, size] : vectors)
    text += llvm::formatv("typedef {0} {0}x{1} "
                          "__attribute__((ext_vector_type({1})));\n",
                          element, size)
                .str();
  return text;
}

static std::string integerLiteral(const llvm::APInt &value, unsigned width) {
  if (width == 1)
    return value.isZero() ? "false" : "true";
  uint64_t bits = value.getZExtValue();
  StringRef suffix = width == 64 ? "ull" : "u";
  // Masks and bits of floats are read in hexadecimal, sizes in decimal.
  std::string digits =
      bits < 100000 ? std::to_string(bits) : "0x" + llvm::utohexstr(bits);
  return digits + suffix.str();
}

static std::string floatLiteral(const llvm::APFloat &value, Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (!type.isF16() && !type.isF32() && !type.isF64())
    return integerLiteral(value.bitcastToAPInt(), width);
  if (!value.isFinite())
    return llvm::formatv("__builtin_bit_cast({0}, {1})", *findScalar(type, 'u'),
                         (width == 16 ? "u16(" : "") +
                             integerLiteral(value.bitcastToAPInt(), width) +
                             (width == 16 ? ")" : ""))
        .str();
  SmallString<32> digits;
  // Enough digits to be read back as the same number.
  value.toString(digits, /*FormatPrecision=*/0, /*FormatMaxPadding=*/3);
  std::string text = digits.str().str();
  if (StringRef(text).find_first_of(".eE") == StringRef::npos)
    text += ".0";
  if (type.isF64())
    return text;
  return type.isF16() ? "f16(" + text + "f)" : text + "f";
}

static std::string scalarLiteral(Attribute value, Type type) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return floatLiteral(number.getValue(), type);
  return integerLiteral(cast<IntegerAttr>(value).getValue(), elementBits(type));
}

std::optional<std::string> CppTypes::literal(TypedAttr value) {
  std::optional<std::string> type = find(value.getType());
  if (!type)
    return std::nullopt;
  if (isa<FloatAttr, IntegerAttr>(value))
    return scalarLiteral(value, value.getType());
  auto elements = dyn_cast<DenseElementsAttr>(value);
  if (!elements)
    return std::nullopt;
  Type element = elements.getElementType();
  if (elements.isSplat() || !isCppVector(value.getType())) {
    std::string scalar =
        scalarLiteral(*elements.value_begin<Attribute>(), element);
    return isCppVector(value.getType()) ? *type + "(" + scalar + ")" : scalar;
  }
  std::string text = *type + "{";
  for (auto [i, attribute] : llvm::enumerate(elements.getValues<Attribute>()))
    text += (i ? ", " : "") + scalarLiteral(attribute, element);
  return text + "}";
}

std::optional<std::string> CppTypes::signedLiteral(TypedAttr value) {
  std::optional<llvm::APInt> number;
  if (auto integer = dyn_cast<IntegerAttr>(value))
    number = integer.getValue();
  else if (auto elements = dyn_cast<DenseIntElementsAttr>(value);
           elements && elements.isSplat())
    number = elements.getSplatValue<llvm::APInt>();
  std::optional<std::string> type = findSigned(value.getType());
  // The least number is no literal in C++.
  if (!number || !type || number->isMinSignedValue())
    return std::nullopt;
  std::string text = std::to_string(number->getSExtValue()) +
                     (number->getBitWidth() == 64 ? "ll" : "");
  bool isNegative = number->isNegative();
  if (isCppVector(value.getType()))
    return *type + "(" + text + ")";
  return isNegative ? "(" + text + ")" : text;
}
