//===- OpChecks.cpp - Shapes and elements that verifiers expect
//-------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpChecks.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

static bool hasElement(RankedTensorType type, Element element) {
  Type actual = type.getElementType();
  switch (element) {
  case Element::BF16:
    return actual.isBF16();
  case Element::F32:
    return actual.isF32();
  case Element::I32:
    return actual.isSignlessInteger(32);
  case Element::I64:
    return actual.isSignlessInteger(64);
  }
  llvm_unreachable("unknown element");
}

static StringRef getName(Element element) {
  switch (element) {
  case Element::BF16:
    return "bf16";
  case Element::F32:
    return "f32";
  case Element::I32:
    return "i32";
  case Element::I64:
    return "i64";
  }
  llvm_unreachable("unknown element");
}

static std::string join(ArrayRef<int64_t> sizes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(sizes, os, [&](int64_t size) {
    if (ShapedType::isDynamic(size))
      os << '?';
    else
      os << size;
  });
  return text;
}

bool dsv4::sizesAgree(int64_t a, int64_t b) {
  return a == b || ShapedType::isDynamic(a) || ShapedType::isDynamic(b);
}

ArrayRef<int64_t> dsv4::getShapeOf(Type type) {
  if (auto scaled = dyn_cast<fp8::ScaledType>(type))
    return scaled.getShape();
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.getShape();
  return {};
}

InFlightDiagnostic Constraint::fail() const {
  return op->emitOpError() << label << " ";
}

LogicalResult Constraint::rank(StringRef name, Type type,
                               ArrayRef<StringRef> letters,
                               Element element) const {
  SmallVector<int64_t> any(letters.size(), ShapedType::kDynamic);
  return shape(name, type, letters, any, element);
}

LogicalResult Constraint::shape(StringRef name, Type type,
                                ArrayRef<StringRef> letters,
                                ArrayRef<int64_t> sizes,
                                Element element) const {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && hasElement(tensor, element) &&
      tensor.getRank() == static_cast<int64_t>(sizes.size()) &&
      llvm::all_of_zip(tensor.getShape(), sizes, sizesAgree))
    return success();
  InFlightDiagnostic diagnostic = fail();
  diagnostic << name << " must be [" << llvm::join(letters, ", ") << "] "
             << getName(element);
  if (!llvm::all_of(sizes, ShapedType::isDynamic))
    diagnostic << " with sizes [" << join(sizes) << "]";
  return diagnostic << ", got " << type;
}

LogicalResult Constraint::sameType(StringRef name, Type type,
                                   StringRef otherName, Type other) const {
  if (type == other)
    return success();
  return fail() << name << " must have the type of " << otherName << ", "
                << other << ", got " << type;
}

LogicalResult Constraint::atLeast(StringRef name, int64_t value,
                                  int64_t least) const {
  if (value >= least)
    return success();
  return fail() << name << " must be at least " << least << ", got " << value;
}

LogicalResult Constraint::positive(StringRef name,
                                   const llvm::APFloat &value) const {
  if (value.isFinite() && !value.isZero() && !value.isNegative())
    return success();
  SmallString<16> text;
  value.toString(text);
  return fail() << name << " must be positive and finite, got " << text;
}
