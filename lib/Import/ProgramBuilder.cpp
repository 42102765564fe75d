//===- ProgramBuilder.cpp - One dsv4.program under construction
//-------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ProgramBuilder.h"
#include "ModelTypes.h"
#include "RopeFrequencies.h"

using namespace mlir;
using namespace dsv4c;

static constexpr llvm::StringLiteral nameAttr = "dsv4.name";

ProgramBuilder::ProgramBuilder(ModuleOp module, const ModelConfig &config,
                               int64_t maxContext, StringRef name)
    : model(config), maxContext(maxContext),
      builder(OpBuilder::atBlockEnd(module.getBody())),
      location(builder.getUnknownLoc()) {
  enter(name);
  program = dsv4::ProgramOp::create(builder, location, name,
                                    builder.getFunctionType({}, {}),
                                    ArrayAttr(), ArrayAttr());
  builder.createBlock(&program.getBody());
  tokensArgument = addArgument(builder.getStringAttr("tokens"),
                               dsv4::TokensType::get(builder.getContext()));
}

void ProgramBuilder::enter(const llvm::Twine &part) {
  location = NameLoc::get(builder.getStringAttr(part));
}

//===----------------------------------------------------------------------===//
// Arguments, state and outputs
//===----------------------------------------------------------------------===//

Value ProgramBuilder::addArgument(StringAttr name, Type type) {
  Block &body = program.getBody().front();
  Value argument = body.addArgument(type, location);
  program.setType(builder.getFunctionType(body.getArgumentTypes(), {}));
  program.setArgAttr(body.getNumArguments() - 1, nameAttr, name);
  return argument;
}

Value ProgramBuilder::addInput(StringRef name, Type type) {
  assert(states.empty() && "inputs come before states");
  return addArgument(builder.getStringAttr(name), type);
}

void ProgramBuilder::addState(const llvm::Twine &name, Type type) {
  StringAttr key = builder.getStringAttr(name);
  bool inserted = states.insert({key, addArgument(key, type)}).second;
  assert(inserted && "two states of one name");
  (void)inserted;
}

Value ProgramBuilder::getState(const llvm::Twine &name) const {
  auto it = states.find(StringAttr::get(builder.getContext(), name));
  assert(it != states.end() && "state was not added");
  return it->second;
}

void ProgramBuilder::setState(const llvm::Twine &name, Value value) {
  auto it = states.find(builder.getStringAttr(name));
  assert(it != states.end() && "state was not added");
  it->second = value;
}

void ProgramBuilder::addOutput(const llvm::Twine &name, Value value) {
  outputs.push_back({builder.getStringAttr(name), value});
}

void ProgramBuilder::finish() {
  SmallVector<Value> results;
  SmallVector<StringAttr> names;
  for (auto &[name, value] : outputs) {
    names.push_back(name);
    results.push_back(value);
  }
  for (auto &[name, value] : states) {
    names.push_back(name);
    results.push_back(value);
  }
  dsv4::ReturnOp::create(builder, program.getLoc(), results);
  program.setType(builder.getFunctionType(program.getBody().getArgumentTypes(),
                                          ValueRange(results).getTypes()));
  for (auto [i, name] : llvm::enumerate(names))
    program.setResultAttr(i, nameAttr, name);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

RankedTensorType ProgramBuilder::perToken(ArrayRef<int64_t> shape,
                                          Type element) const {
  SmallVector<int64_t> full{ShapedType::kDynamic};
  llvm::append_range(full, shape);
  return RankedTensorType::get(full, element);
}

RankedTensorType ProgramBuilder::perTokenBF16(ArrayRef<int64_t> shape) const {
  return perToken(shape, BFloat16Type::get(builder.getContext()));
}

RankedTensorType ProgramBuilder::perTokenF32(ArrayRef<int64_t> shape) const {
  return perToken(shape, Float32Type::get(builder.getContext()));
}

//===----------------------------------------------------------------------===//
// Weights and tables
//===----------------------------------------------------------------------===//

Value ProgramBuilder::weight(const llvm::Twine &name, Type type,
                             int64_t experts) {
  std::string tensor = name.str();
  Value &value = weights[tensor];
  if (!value) {
    IntegerAttr count =
        experts ? builder.getI64IntegerAttr(experts) : IntegerAttr();
    value = dsv4::WeightOp::create(builder, location, type,
                                   builder.getStringAttr(tensor), count);
  }
  assert(value.getType() == type && "one tensor with two types");
  return value;
}

Value ProgramBuilder::weightBF16(const llvm::Twine &name,
                                 ArrayRef<int64_t> shape) {
  return weight(name, RankedTensorType::get(shape, builder.getBF16Type()));
}

Value ProgramBuilder::weightF32(const llvm::Twine &name,
                                ArrayRef<int64_t> shape) {
  return weight(name, RankedTensorType::get(shape, builder.getF32Type()));
}

Value ProgramBuilder::weightFp8(const llvm::Twine &stem, int64_t rows,
                                int64_t columns) {
  return weight(stem + ".weight",
                getFp8WeightType(builder.getContext(), model, {rows, columns}));
}

Value ProgramBuilder::ropeTable(bool compressed) {
  Value &table = ropeTables[compressed];
  if (!table) {
    auto type = RankedTensorType::get({maxContext, model.ropeDim},
                                      builder.getF32Type());
    std::vector<float> frequencies = compressed
                                         ? getCompressedRopeFrequencies(model)
                                         : getPlainRopeFrequencies(model);
    auto pairs = RankedTensorType::get(model.ropeDim / 2, builder.getF32Type());
    table = dsv4::RopeTableOp::create(
        builder, location, type,
        compressed ? dsv4::RopeKind::Compressed : dsv4::RopeKind::Plain,
        DenseFPElementsAttr::get(pairs, ArrayRef<float>(frequencies)));
  }
  return table;
}

//===----------------------------------------------------------------------===//
// Norms and products
//===----------------------------------------------------------------------===//

Value ProgramBuilder::rmsNorm(Value input, const llvm::Twine &stem) {
  auto type = cast<RankedTensorType>(input.getType());
  Value weight = weightBF16(stem + ".weight", type.getShape().back());
  return dsv4::RmsNormOp::create(builder, location, type, input, weight,
                                 builder.getF32FloatAttr(model.normEps));
}

Value ProgramBuilder::quantize(Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  return fp8::QuantizeOp::create(
      builder, location,
      getFp8ActivationType(builder.getContext(), type.getShape()), input);
}

Value ProgramBuilder::fp8Linear(Value quantized, const llvm::Twine &stem,
                                int64_t rows) {
  auto type = cast<fp8::ScaledType>(quantized.getType());
  Value weight = weightFp8(stem, rows, type.getShape().back());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = rows;
  return fp8::ScaledMatmulOp::create(
      builder, location, RankedTensorType::get(shape, builder.getBF16Type()),
      quantized, weight);
}

Value ProgramBuilder::linear(Value input, const llvm::Twine &stem, int64_t rows,
                             Type element) {
  auto type = cast<RankedTensorType>(input.getType());
  Value weight = weightBF16(stem + ".weight", {rows, type.getShape().back()});
  return dsv4::LinearOp::create(builder, location,
                                type.clone({type.getDimSize(0), rows}, element),
                                input, weight, builder.getI64IntegerAttr(1));
}
