//===- TargetAttr.cpp - What kernels are compiled for ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace dsv4c::tile;
using dsv4c::fp8::FloatDialect;

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef name, FloatDialect format) {
  const TargetFacts *facts = findTarget(name);
  // [target_attr_c1]
  if (!facts)
    return emitError() << "[target_attr_c1] expected one of the targets "
                       << getTargetNames() << ", found '" << name << "'";
  // [target_attr_c2]
  if (facts->hasFp8 && format != facts->format)
    return emitError() << "[target_attr_c2] " << name << " computes in "
                       << stringifyFloatDialect(facts->format) << ", not in "
                       << stringifyFloatDialect(format);
  return success();
}

Attribute TargetAttr::parse(AsmParser &parser, Type) {
  StringRef name, formatName;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&name))
    return {};
  const TargetFacts *facts = findTarget(name);
  FloatDialect format = facts ? facts->format : FloatDialect::Ocp;
  SMLoc formatLoc = parser.getCurrentLocation();
  if (succeeded(parser.parseOptionalKeyword(&formatName))) {
    std::optional<FloatDialect> given = fp8::symbolizeFloatDialect(formatName);
    if (!given) {
      parser.emitError(formatLoc)
          << "expected ocp or fnuz, found '" << formatName << "'";
      return {};
    }
    format = *given;
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    name, format);
}

void TargetAttr::print(AsmPrinter &printer) const {
  printer << "<" << getName();
  if (getFormat() != getFacts().format)
    printer << " " << stringifyFloatDialect(getFormat());
  printer << ">";
}

TargetAttr TargetAttr::lookup(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto target = op->getAttrOfType<TargetAttr>(kAttrName))
      return target;
  return {};
}

const TargetFacts &TargetAttr::getFacts() const {
  return *findTarget(getName());
}

LogicalResult TileDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attribute) {
  // [target_attr_c3]
  if (attribute.getName() == TargetAttr::kAttrName &&
      !isa<TargetAttr>(attribute.getValue()))
    return op->emitOpError("[target_attr_c3] expects ")
           << TargetAttr::kAttrName << " to be a #tile.target, found "
           << attribute.getValue();
  return success();
}
