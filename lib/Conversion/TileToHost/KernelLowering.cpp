//===- KernelLowering.cpp - Lowering of one kernel to loops ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLowering.h"
#include "ChunkEmitter.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

bool tile_to_host::isTile(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() > 0;
}

bool tile_to_host::isLazy(Operation *op) {
  if (isa<tile::BroadcastOp, tile::IotaOp, tensor::ExtractSliceOp,
          tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::SplatOp,
          tensor::EmptyOp>(op))
    return true;
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue());
  return op->hasTrait<OpTrait::Elementwise>() && op->getNumResults() == 1;
}

/// The element type of a tensor of rank 0, any other type unchanged.
static Type getScalarType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.getElementType() : type;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

LogicalResult KernelLowering::run() {
  MLIRContext *context = kernel.getContext();
  Location loc = kernel.getLoc();
  Block &body = kernel.getBody().front();
  Type index = IndexType::get(context);

  SmallVector<Type> inputs;
  for (Type type : llvm::drop_begin(body.getArgumentTypes())) {
    auto buffer = cast<MemRefType>(type);
    inputs.push_back(MemRefType::get(buffer.getShape(),
                                     getStorageType(buffer.getElementType())));
  }
  size_t numBufferArgs = inputs.size();
  inputs.append({index, index});
  builder.setInsertionPoint(kernel);
  function = func::FuncOp::create(builder, loc, kernel.getSymName(),
                                  FunctionType::get(context, inputs, {}));
  Block *entry = function.addEntryBlock();
  for (auto [from, to] :
       llvm::zip(llvm::drop_begin(body.getArguments()), entry->getArguments()))
    scalars.map(from, to);

  int64_t position = 0;
  kernel.walk<WalkOrder::PreOrder>(
      [&](Operation *op) { order[op] = position++; });

  builder.setInsertionPointToEnd(entry);
  auto end = func::ReturnOp::create(builder, loc);
  builder.setInsertionPoint(end);
  auto loop = scf::ForOp::create(
      builder, loc, entry->getArgument(numBufferArgs),
      entry->getArgument(numBufferArgs + 1), constantIndex(1));
  scalars.map(body.getArgument(0), loop.getInductionVar());
  builder.setInsertionPointToStart(loop.getBody());
  return lowerBlock(body);
}

LogicalResult KernelLowering::lowerBlock(Block &block) {
  emittedBlocks[&block] = builder.getBlock();
  for (Operation &op : block.without_terminator())
    if (failed(lowerOp(op)))
      return failure();
  return success();
}

LogicalResult KernelLowering::lowerOp(Operation &op) {
  bool hasTiles =
      llvm::any_of(op.getResultTypes(), [](Type type) { return isTile(type); });
  if (hasTiles && lowerReshapeAsAlias(op))
    return success();
  if (hasTiles && isLazy(&op)) {
    if (needsBuffer(&op))
      getStored(op.getResult(0));
    return success();
  }
  return TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](tile::LoadOp op) { return lowerLoad(op); })
      .Case([&](tile::StoreOp op) { return lowerStore(op); })
      .Case([&](tile::GatherOp op) { return lowerGather(op); })
      .Case([&](tile::ArriveOp op) { return lowerArrive(op); })
      .Case([&](tile::DealOp op) {
        scalars.map(op.getPiece(), getScalar(op.getNumber()));
        return success();
      })
      .Case([&](tile::ScatterOp op) { return lowerScatter(op); })
      .Case([&](tile::DotOp op) { return lowerDot(op); })
      .Case([&](tile::ReduceOp op) { return lowerReduce(op); })
      .Case([&](tile::TransposeOp op) { return lowerTranspose(op); })
      .Case([&](tile::CompactOp op) { return lowerCompact(op); })
      .Case([&](tile::TopKOp op) { return lowerTopK(op); })
      .Case([&](tensor::InsertSliceOp op) { return lowerInsertSlice(op); })
      .Case([&](scf::ForOp op) { return lowerFor(op); })
      .Case([&](scf::IfOp op) { return lowerIf(op); })
      .Case([&](scf::IndexSwitchOp op) { return lowerIndexSwitch(op); })
      .Default([&](Operation *op) -> LogicalResult {
        if (auto elements = dyn_cast<tensor::FromElementsOp>(op);
            elements && hasTiles)
          return lowerFromElements(elements);
        if (auto constant = dyn_cast<arith::ConstantOp>(op);
            constant && hasTiles)
          return lowerDenseConstant(constant);
        if (hasTiles)
          return op->emitOpError("[tile_to_host_c1] has no lowering on tiles");
        return lowerScalarOp(*op);
      });
}

LogicalResult KernelLowering::lowerScalarOp(Operation &op) {
  Location loc = op.getLoc();
  // Tensors of rank 0 are scalars, so that most conversions between the two
  // vanish.
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    SmallVector<Value> indices;
    for (Value index : extract.getIndices())
      indices.push_back(getScalar(index));
    scalars.map(op.getResult(0),
                ChunkEmitter(*this).emit(extract.getTensor(), indices, 1));
    return success();
  }
  if (isa<tensor::SplatOp, tensor::FromElementsOp, tile::BroadcastOp>(op)) {
    scalars.map(op.getResult(0), getScalar(op.getOperand(0)));
    return success();
  }
  if (isa<tensor::CollapseShapeOp, tensor::ExtractSliceOp>(op)) {
    // From one element to rank 0.
    SmallVector<Value> indices;
    auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
    for (int64_t
             dim = 0,
             rank =
                 cast<RankedTensorType>(op.getOperand(0).getType()).getRank();
         dim < rank; ++dim) {
      if (!slice) {
        indices.push_back(constantIndex(0));
        continue;
      }
      OpFoldResult offset = slice.getMixedOffsets()[dim];
      indices.push_back(isa<Attribute>(offset)
                            ? constantIndex(*getConstantIntValue(offset))
                            : getScalar(cast<Value>(offset)));
    }
    scalars.map(op.getResult(0),
                ChunkEmitter(*this).emit(op.getOperand(0), indices, 1));
    return success();
  }
  if (auto load = dyn_cast<memref::LoadOp>(op)) {
    Place place{getScalar(load.getMemRef()), {}, false};
    for (Value index : load.getIndices())
      place.offsets.push_back(getScalar(index));
    scalars.map(load.getResult(),
                loadChunk(place, {}, 1, load.getResult().getType()));
    return success();
  }
  if (isa<tensor::EmptyOp>(op)) {
    scalars.map(op.getResult(0),
                ub::PoisonOp::create(builder, loc,
                                     getScalarType(op.getResult(0).getType())));
    return success();
  }
  if (op.getNumRegions() != 0 ||
      llvm::any_of(op.getOperandTypes(),
                   [](Type type) { return isTile(type); }))
    return op.emitOpError("[tile_to_host_c1] has no lowering");
  SmallVector<Value> operands;
  for (Value operand : op.getOperands())
    operands.push_back(getScalar(operand));
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    types.push_back(getScalarType(type));
  OperationState state(loc, op.getName(), operands, types, op.getAttrs());
  auto constant = dyn_cast<arith::ConstantOp>(op);
  auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                        : DenseElementsAttr();
  if (dense)
    state.attributes.set("value", dense.getSplatValue<Attribute>());
  Operation *copy = builder.create(state);
  // Not every property is an attribute.
  if (!dense)
    copy->copyProperties(op.getPropertiesStorage());
  for (auto [from, to] : llvm::zip(op.getResults(), copy->getResults()))
    scalars.map(from, to);
  return success();
}

//===----------------------------------------------------------------------===//
// Loops and indices
//===----------------------------------------------------------------------===//

Value KernelLowering::constantIndex(int64_t value) {
  Value &constant = indexConstants[value];
  if (!constant) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&function.getBody().front());
    constant = arith::ConstantIndexOp::create(builder, kernel.getLoc(), value);
  }
  return constant;
}

Value KernelLowering::addIndex(Value a, Value b) {
  auto constantA = getConstantIntValue(a), constantB = getConstantIntValue(b);
  if (constantA && constantB)
    return constantIndex(*constantA + *constantB);
  if (constantA && *constantA == 0)
    return b;
  if (constantB && *constantB == 0)
    return a;
  return arith::AddIOp::create(builder, b.getLoc(), a, b);
}

Value KernelLowering::mulIndex(Value a, int64_t factor) {
  if (auto constant = getConstantIntValue(a))
    return constantIndex(*constant * factor);
  return factor == 1 ? a
                     : arith::MulIOp::create(builder, a.getLoc(), a,
                                             constantIndex(factor));
}

void KernelLowering::forRange(Value bound, int64_t step,
                              llvm::function_ref<void(Value)> body) {
  forRange(constantIndex(0), bound, step, body);
}

void KernelLowering::forRange(Value first, Value bound, int64_t step,
                              llvm::function_ref<void(Value)> body) {
  auto low = getConstantIntValue(first), high = getConstantIntValue(bound);
  if (low && high && *high <= *low)
    return;
  if (low && high && *high <= *low + step)
    return body(first);
  auto loop = scf::ForOp::create(builder, bound.getLoc(), first, bound,
                                 constantIndex(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void KernelLowering::forEachIndex(
    ArrayRef<int64_t> shape, llvm::function_ref<void(ArrayRef<Value>)> body) {
  SmallVector<Value> indices;
  std::function<void()> nest = [&] {
    if (indices.size() == shape.size())
      return body(indices);
    forRange(constantIndex(shape[indices.size()]), 1, [&](Value index) {
      indices.push_back(index);
      nest();
      indices.pop_back();
    });
  };
  nest();
}

void KernelLowering::forEachChunk(
    ArrayRef<int64_t> shape, int64_t width,
    llvm::function_ref<void(ArrayRef<Value>)> body) {
  forEachIndex(shape.drop_back(), [&](ArrayRef<Value> outer) {
    SmallVector<Value> indices(outer);
    indices.push_back(Value());
    forRange(constantIndex(shape.back()), width, [&](Value index) {
      indices.back() = index;
      body(indices);
    });
  });
}
