//===- Fp8Attrs.cpp - Layouts and the meaning of codes --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>

using namespace mlir;
using namespace dsv4c::fp8;

//===----------------------------------------------------------------------===//
// LayoutAttr
//===----------------------------------------------------------------------===//

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 LayoutKind kind, int64_t width,
                                 int64_t fragment) {
  // [layout_c1]
  if (kind == LayoutKind::Panel && width < 1)
    return emitError() << "[layout_c1] a panel has at least one row, got "
                       << width;
  if (kind == LayoutKind::RowMajor && width != 0)
    return emitError() << "[layout_c1] row_major has no width, got " << width;
  // [layout_c2]
  if (fragment != 0 && fragment != 4 && fragment != 8)
    return emitError() << "[layout_c2] a fragment is 4 or 8 bytes, got "
                       << fragment;
  if (fragment != 0 && kind == LayoutKind::RowMajor)
    return emitError() << "[layout_c2] row_major has no fragments, got "
                       << fragment;
  if (fragment != 0 && width % kFragmentRows != 0)
    return emitError() << "[layout_c2] a panel of fragments has a multiple of "
                       << kFragmentRows << " rows, got " << width;
  return success();
}

std::string LayoutAttr::describe() const {
  std::string text = stringifyLayoutKind(getKind()).str();
  if (getKind() == LayoutKind::Panel)
    text += " " + std::to_string(getWidth());
  if (getFragment())
    text += " fragment " + std::to_string(getFragment());
  return text;
}

LayoutAttr LayoutAttr::parseName(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (parser.parseKeyword(&keyword))
    return {};
  std::optional<LayoutKind> kind = symbolizeLayoutKind(keyword);
  if (!kind) {
    parser.emitError(loc) << "expected row_major or panel, got '" << keyword
                          << "'";
    return {};
  }
  int64_t width = 0, fragment = 0;
  if (*kind == LayoutKind::Panel &&
      (parser.parseInteger(width) ||
       (succeeded(parser.parseOptionalKeyword("fragment")) &&
        parser.parseInteger(fragment))))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    *kind, width, fragment);
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  LayoutAttr layout = parseName(parser);
  if (!layout || parser.parseGreater())
    return {};
  return layout;
}

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << "<" << describe() << ">";
}

//===----------------------------------------------------------------------===//
// FormatAttr: names
//===----------------------------------------------------------------------===//

FormatAttr FormatAttr::get(Type type) {
  auto make = [&](Encoding encoding, FloatDialect dialect) {
    return FormatAttr::get(type.getContext(), encoding, dialect);
  };
  if (isa_and_nonnull<Float8E4M3FNType>(type))
    return make(Encoding::E4M3, FloatDialect::Ocp);
  if (isa_and_nonnull<Float8E4M3FNUZType>(type))
    return make(Encoding::E4M3, FloatDialect::Fnuz);
  if (isa_and_nonnull<Float8E5M2Type>(type))
    return make(Encoding::E5M2, FloatDialect::Ocp);
  if (isa_and_nonnull<Float8E5M2FNUZType>(type))
    return make(Encoding::E5M2, FloatDialect::Fnuz);
  if (isa_and_nonnull<Float4E2M1FNType>(type))
    return make(Encoding::E2M1, FloatDialect::Ocp);
  if (isa_and_nonnull<Float8E8M0FNUType>(type))
    return make(Encoding::E8M0, FloatDialect::Ocp);
  return {};
}

FloatType FormatAttr::getElementType() const {
  MLIRContext *context = getContext();
  switch (getEncoding()) {
  case Encoding::E4M3:
    return isFnuz() ? FloatType(Float8E4M3FNUZType::get(context))
                    : FloatType(Float8E4M3FNType::get(context));
  case Encoding::E5M2:
    return isFnuz() ? FloatType(Float8E5M2FNUZType::get(context))
                    : FloatType(Float8E5M2Type::get(context));
  case Encoding::E2M1:
    return Float4E2M1FNType::get(context);
  case Encoding::E8M0:
    return Float8E8M0FNUType::get(context);
  }
  llvm_unreachable("unknown encoding");
}

bool FormatAttr::isFp8() const {
  return getEncoding() == Encoding::E4M3 || getEncoding() == Encoding::E5M2;
}

FormatAttr FormatAttr::withDialect(FloatDialect floatDialect) const {
  return isFp8() ? get(getContext(), getEncoding(), floatDialect) : *this;
}

LogicalResult FormatAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 Encoding encoding, FloatDialect floatDialect) {
  // [format_c1]
  if ((encoding == Encoding::E2M1 || encoding == Encoding::E8M0) &&
      floatDialect != FloatDialect::Ocp)
    return emitError() << "[format_c1] " << stringifyEncoding(encoding)
                       << " exists in the ocp dialect only";
  return success();
}

std::string FormatAttr::getName() const {
  std::string name = stringifyEncoding(getEncoding()).str();
  if (isFp8())
    name += " " + stringifyFloatDialect(getFloatDialect()).str();
  return name;
}

std::string FormatAttr::describe() const {
  return getName() + " (bias " + std::to_string(getBias()) + ")";
}

FormatAttr FormatAttr::parseName(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (parser.parseKeyword(&keyword))
    return {};
  std::optional<Encoding> encoding = symbolizeEncoding(keyword);
  if (!encoding) {
    parser.emitError(loc) << "expected e4m3, e5m2, e2m1 or e8m0, got '"
                          << keyword << "'";
    return {};
  }
  FloatDialect dialect = FloatDialect::Ocp;
  if (succeeded(parser.parseOptionalKeyword("fnuz"))) {
    dialect = FloatDialect::Fnuz;
  } else if (*encoding == Encoding::E4M3 || *encoding == Encoding::E5M2) {
    SMLoc dialectLoc = parser.getCurrentLocation();
    if (failed(parser.parseOptionalKeyword("ocp"))) {
      parser.emitError(dialectLoc)
          << "expected the dialect of " << keyword << ": ocp or fnuz";
      return {};
    }
  }
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    *encoding, dialect);
}

Attribute FormatAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FormatAttr format = parseName(parser);
  if (!format || parser.parseGreater())
    return {};
  return format;
}

void FormatAttr::print(AsmPrinter &printer) const {
  printer << "<" << getName() << ">";
}

//===----------------------------------------------------------------------===//
// FormatAttr: constants
//===----------------------------------------------------------------------===//

const llvm::fltSemantics &FormatAttr::getSemantics() const {
  return getElementType().getFloatSemantics();
}

unsigned FormatAttr::getBits() const {
  return getEncoding() == Encoding::E2M1 ? 4 : 8;
}

unsigned FormatAttr::getMantissaBits() const {
  switch (getEncoding()) {
  case Encoding::E4M3:
    return 3;
  case Encoding::E5M2:
    return 2;
  case Encoding::E2M1:
    return 1;
  case Encoding::E8M0:
    return 0;
  }
  llvm_unreachable("unknown encoding");
}

unsigned FormatAttr::getExponentBits() const {
  unsigned signBits = getEncoding() == Encoding::E8M0 ? 0 : 1;
  return getBits() - getMantissaBits() - signBits;
}

int64_t FormatAttr::getBias() const {
  // IEEE's choice; FNUZ gives the code of the infinities away and shifts by 1.
  int64_t bias = (int64_t(1) << (getExponentBits() - 1)) - 1;
  return isFnuz() ? bias + 1 : bias;
}

double FormatAttr::getLargestFinite() const {
  return llvm::APFloat::getLargest(getSemantics()).convertToDouble();
}

int64_t FormatAttr::getLargestWritten() const {
  if (getEncoding() == Encoding::E8M0)
    return 0;
  FormatAttr ocp = withDialect(FloatDialect::Ocp);
  int64_t largest = static_cast<int64_t>(ocp.getLargestFinite());
  return isFnuz() ? largest / 2 : largest;
}

double FormatAttr::getSmallestNormal() const {
  // e8m0 has no subnormals: its code 0 follows the rule of all others.
  int64_t exponent = getEncoding() == Encoding::E8M0 ? 0 : 1;
  return std::ldexp(1.0, exponent - getBias());
}

double FormatAttr::getSmallestSubnormal() const {
  return std::ldexp(getSmallestNormal(), -int(getMantissaBits()));
}

bool FormatAttr::isNaN(uint8_t code) const {
  return llvm::APFloat(getSemantics(), llvm::APInt(getBits(), code)).isNaN();
}

/// All codes whose value satisfies `predicate`.
template <typename Predicate>
static SmallVector<uint8_t> codesWhere(FormatAttr format, Predicate predicate) {
  SmallVector<uint8_t> codes;
  for (unsigned code = 0; code < 1u << format.getBits(); ++code)
    if (predicate(llvm::APFloat(format.getSemantics(),
                                llvm::APInt(format.getBits(), code))))
      codes.push_back(code);
  return codes;
}

SmallVector<uint8_t> FormatAttr::getNaNCodes() const {
  return codesWhere(*this, [](const llvm::APFloat &v) { return v.isNaN(); });
}

SmallVector<uint8_t> FormatAttr::getInfinityCodes() const {
  return codesWhere(*this,
                    [](const llvm::APFloat &v) { return v.isInfinity(); });
}

SmallVector<uint8_t> FormatAttr::getZeroCodes() const {
  return codesWhere(*this, [](const llvm::APFloat &v) { return v.isZero(); });
}

std::optional<uint8_t> FormatAttr::getCanonicalNaN() const {
  switch (getEncoding()) {
  case Encoding::E4M3:
    return isFnuz() ? 0x80 : 0x7F;
  case Encoding::E5M2:
    return isFnuz() ? 0x80 : 0x7E;
  case Encoding::E2M1:
    return std::nullopt;
  case Encoding::E8M0:
    return 0xFF;
  }
  llvm_unreachable("unknown encoding");
}

//===----------------------------------------------------------------------===//
// FormatAttr: conversions
//===----------------------------------------------------------------------===//

double FormatAttr::decode(uint8_t code) const {
  return llvm::APFloat(getSemantics(), llvm::APInt(getBits(), code))
      .convertToDouble();
}

uint8_t FormatAttr::encode(llvm::APFloat value, int64_t largest) const {
  bool negative = value.isNegative();
  if (value.isNaN()) {
    if (std::optional<uint8_t> nan = getCanonicalNaN())
      return *nan;
    value = llvm::APFloat::getInf(value.getSemantics(), negative);
  }
  llvm::APFloat limit(value.getSemantics(), std::to_string(largest));
  if (llvm::abs(value) > limit)
    value = negative ? llvm::neg(limit) : limit;
  bool losesInfo;
  value.convert(getSemantics(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return static_cast<uint8_t>(value.bitcastToAPInt().getZExtValue());
}

LogicalResult
FormatAttr::verifyLargest(function_ref<InFlightDiagnostic()> emitError,
                          StringRef label, int64_t largest) const {
  if (largest > getLargestWritten()) {
    InFlightDiagnostic diag = emitError();
    diag << "[" << label << "] largest " << largest << " is above "
         << getLargestWritten() << ", the most that a writer of " << describe()
         << " may produce";
    if (isFnuz())
      diag << ": beyond it the bytes differ from those of "
           << withDialect(FloatDialect::Ocp).describe()
           << " and may be its NaN";
    return diag;
  }
  llvm::APFloat value(static_cast<double>(largest));
  bool losesInfo = true;
  value.convert(getSemantics(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  if (largest <= 0 || losesInfo)
    return emitError() << "[" << label << "] largest " << largest
                       << " is not a positive value of " << describe();
  return success();
}
