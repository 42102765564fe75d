//===- FragmentKernel.cpp - Run a fragment on arrays ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FragmentKernel.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinOps.h"
#include <cstring>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

std::string test::FragmentKernel::textOf(const std::vector<std::string> &memrefs, Write write) {
  MLIRContext &mlir = context();
  Location loc = UnknownLoc::get(&mlir);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  TileBuilder b(loc, &mlir);
  b.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> types = {b.getIndexType()};
  for (const std::string &memref : memrefs)
    types.push_back(parseType(memref, &mlir));
  OperationState state(loc, tile::KernelOp::getOperationName());
  state.addAttribute(SymbolTable::getSymbolAttrName(), b.getStringAttr("fragment"));
  state.addAttribute("function_type", TypeAttr::get(b.getFunctionType(types, {})));
  state.addAttribute("workgroups", b.getI64IntegerAttr(1));
  Block &body = state.addRegion()->emplaceBlock();
  body.addArguments(types, SmallVector<Location>(types.size(), loc));
  b.create(state);
  b.setInsertionPointToStart(&body);
  write(b, body.getArguments().drop_front());
  tile::ReturnOp::create(b);
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  return text;
}

Value test::loadAll(TileBuilder &b, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<Value> origin(type.getRank(), b.index(0));
  return b.load(buffer, origin, type.getShape());
}

void test::storeAll(TileBuilder &b, Value tile, Value buffer) {
  SmallVector<Value> origin(cast<MemRefType>(buffer.getType()).getRank(), b.index(0));
  b.store(tile, buffer, origin);
}

uint16_t test::bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

float test::fromBf16(uint16_t value) {
  uint32_t bits = uint32_t{value} << 16;
  float result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}

test::Array<uint16_t> test::randomBf16(size_t size, float range, unsigned seed) {
  Array<float> floats = randomFloats(size, seed);
  Array<uint16_t> result(size);
  for (size_t i = 0; i < size; ++i)
    result[i] = bf16(range * floats[i]);
  return result;
}
