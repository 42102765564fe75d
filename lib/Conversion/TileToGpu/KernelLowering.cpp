//===- KernelLowering.cpp - Lowering of one kernel to a GPU ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLowering.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

/// Accumulators of a thread that leave half, and two thirds, of its registers.
static constexpr int64_t kFewAccumulators = 16, kVeryFewAccumulators = 4;
/// Rows of a tile of a product with a weight of few columns.
static constexpr int64_t kNarrowRows = 16;

bool tile_to_gpu::isLazy(Operation *op) {
  if (isa<tile::BroadcastOp, tile::IotaOp, tile::TransposeOp, tile::LoadOp,
          tile::GatherOp, tensor::ExtractSliceOp, tensor::InsertSliceOp,
          tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::SplatOp,
          tensor::FromElementsOp, tensor::EmptyOp, arith::ConstantOp>(op))
    return true;
  return op->hasTrait<OpTrait::Elementwise>() && op->getNumResults() == 1;
}

Type tile_to_gpu::getRegisterType(Type type) {
  return type.isIndex() ? IntegerType::get(type.getContext(), 32) : type;
}

Type tile_to_gpu::getStorageType(Type element) {
  MLIRContext *context = element.getContext();
  if (element.isIndex())
    return IntegerType::get(context, 32);
  if (element.isInteger(1))
    return IntegerType::get(context, 8);
  if (isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32)
    return IntegerType::get(context, element.getIntOrFloatBitWidth());
  return element;
}

unsigned tile_to_gpu::getBytes(Type element) {
  return getStorageType(element).getIntOrFloatBitWidth() / 8;
}

VectorType tile_to_gpu::vectorOf(Type element, int64_t width) {
  return VectorType::get({width}, getRegisterType(element));
}

Value tile_to_gpu::toStorage(OpBuilder &builder, Value vector) {
  auto type = cast<VectorType>(vector.getType());
  Type element = type.getElementType();
  Type storage = getStorageType(element);
  if (storage == element)
    return vector;
  Type result = VectorType::get(type.getShape(), storage);
  if (element.isInteger(1))
    return arith::ExtUIOp::create(builder, vector.getLoc(), result, vector);
  return arith::BitcastOp::create(builder, vector.getLoc(), result, vector);
}

Value tile_to_gpu::fromStorage(OpBuilder &builder, Value vector, Type element) {
  auto type = cast<VectorType>(vector.getType());
  element = getRegisterType(element);
  if (type.getElementType() == element)
    return vector;
  Type result = VectorType::get(type.getShape(), element);
  if (element.isInteger(1))
    return arith::TruncIOp::create(builder, vector.getLoc(), result, vector);
  return arith::BitcastOp::create(builder, vector.getLoc(), result, vector);
}

Value tile_to_gpu::pick(OpBuilder &builder, Value vector,
                        ArrayRef<int64_t> indices) {
  auto type = cast<VectorType>(vector.getType());
  bool same = static_cast<int64_t>(indices.size()) == type.getDimSize(0);
  for (auto [i, index] : llvm::enumerate(indices))
    same &= index == static_cast<int64_t>(i);
  if (same)
    return vector;
  Location loc = vector.getLoc();
  // Shuffles of narrow floats have no lowering.
  Value storage = toStorage(builder, vector);
  Value picked =
      vector::ShuffleOp::create(builder, loc, storage, storage, indices);
  return fromStorage(builder, picked, type.getElementType());
}

//===----------------------------------------------------------------------===//
// Scalars and small helpers
//===----------------------------------------------------------------------===//

int64_t KernelLowering::threadBits() const {
  return llvm::Log2_64(threads());
}

int64_t KernelLowering::laneBits() const {
  return llvm::Log2_64(target.waveSize);
}

Value KernelLowering::i32(int64_t value) {
  Value &constant = constants[value];
  if (!constant) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&function.getBody().front());
    constant = arith::ConstantIntOp::create(builder, kernel.getLoc(), value, 32);
  }
  return constant;
}

Value KernelLowering::addI32(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  auto constantA = getConstantIntValue(a), constantB = getConstantIntValue(b);
  if (constantA && constantB)
    return i32(*constantA + *constantB);
  if (constantA && *constantA == 0)
    return b;
  if (constantB && *constantB == 0)
    return a;
  return arith::AddIOp::create(builder, b.getLoc(), a, b);
}

Value KernelLowering::mulI32(Value a, int64_t factor) {
  if (!a || factor == 1)
    return a;
  if (auto constant = getConstantIntValue(a))
    return i32(*constant * factor);
  return arith::MulIOp::create(builder, a.getLoc(), a, i32(factor));
}

Value KernelLowering::threadSum(ArrayRef<int64_t> coefficients) {
  if (llvm::all_of(coefficients, [](int64_t value) { return value == 0; }))
    return i32(0);
  Value &sum = threadSums[std::vector<int64_t>(coefficients.begin(),
                                               coefficients.end())];
  if (sum)
    return sum;
  // Where it dominates everything, behind the thread's number.
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(thread.getDefiningOp());
  Location loc = kernel.getLoc();
  auto constant = [&](int64_t value) {
    return arith::ConstantIntOp::create(builder, loc, value, 32);
  };
  for (size_t bit = 0; bit < coefficients.size();) {
    if (coefficients[bit] == 0) {
      ++bit;
      continue;
    }
    size_t end = bit + 1;
    while (end < coefficients.size() &&
           coefficients[end] == coefficients[end - 1] * 2)
      ++end;
    Value field = thread;
    if (bit > 0)
      field = arith::ShRUIOp::create(builder, loc, field, constant(bit));
    if (end < coefficients.size())
      field = arith::AndIOp::create(builder, loc, field,
                                    constant((int64_t(1) << (end - bit)) - 1));
    if (coefficients[bit] != 1)
      field =
          arith::MulIOp::create(builder, loc, field, constant(coefficients[bit]));
    sum = sum ? arith::AddIOp::create(builder, loc, sum, field) : field;
    bit = end;
  }
  return sum;
}

Value KernelLowering::ownerPredicate(int64_t replicatedBits) {
  if (replicatedBits == 0)
    return {};
  Location loc = kernel.getLoc();
  Value bits =
      arith::AndIOp::create(builder, loc, thread, i32(replicatedBits));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, bits,
                               i32(0));
}

Value KernelLowering::splat(Value scalar, int64_t width) {
  return vector::BroadcastOp::create(
      builder, scalar.getLoc(), VectorType::get({width}, scalar.getType()),
      scalar);
}

/// Selects between vectors, narrow floats by their bits.
Value KernelLowering::select(Value condition, Value a, Value b) {
  Type element = cast<VectorType>(a.getType()).getElementType();
  if (element.isInteger(1))
    return arith::SelectOp::create(builder, a.getLoc(), condition, a, b);
  Value result = arith::SelectOp::create(builder, a.getLoc(), condition,
                                         toStorage(builder, a),
                                         toStorage(builder, b));
  return fromStorage(builder, result, element);
}

Value KernelLowering::zeroVector(Type element, int64_t width) {
  Type storage = getStorageType(element);
  auto type = VectorType::get({width}, storage);
  Value zero = arith::ConstantOp::create(builder, kernel.getLoc(),
                                         builder.getZeroAttr(type));
  return fromStorage(builder, zero, element);
}

void KernelLowering::setRegisters(Value tile, const Distribution &distribution,
                                  SmallVector<Value> values) {
  Place place;
  place.distribution = distribution;
  place.registers = std::move(values);
  places[tile.getAsOpaquePointer()] = std::move(place);
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

/// Sums of products that a loop carries at most, of a workgroup; in one that
/// has all chunks of a sum, those of the chunks in front of the loop's are as
/// many.
static int64_t countAccumulators(tile::KernelOp kernel, bool isShared) {
  int64_t most = 0;
  kernel.walk([&](tile::DotOp dot) {
    int64_t sum = 0;
    auto loop = dyn_cast<scf::ForOp>(dot->getParentOp());
    for (Type type : loop ? TypeRange(loop.getResultTypes())
                          : TypeRange(dot->getResultTypes()))
      if (auto tile = dyn_cast<RankedTensorType>(type))
        sum += tile.getNumElements();
    most = std::max(most, sum);
  });
  return isShared ? most : 2 * most;
}

/// Workgroups of an NVIDIA multiprocessor that share its registers. One that
/// streams a weight with few accumulators leaves room for others, which compute
/// while it waits; so do products of many tokens with a weight in f32, if there
/// are workgroups enough.
static int64_t chooseSharers(tile::KernelOp kernel,
                             const tile::TargetFacts &target) {
  bool hasWeight = false, isShared = false;
  for (size_t i = 0; i < kernel.getArgumentTypes().size(); ++i)
    hasWeight |= bool(kernel.getArgAttr(
        i, tile::KernelOp::kFragmentAttrName));
  kernel.walk([&](tile::ArriveOp) { isShared = true; });
  int64_t rows = 0;
  kernel.walk([&](tile::DotOp dot) {
    auto type = cast<RankedTensorType>(dot.getResult().getType());
    rows = std::max(rows, type.getDimSize(0));
  });
  auto workgroups = static_cast<int64_t>(kernel.getWorkgroups());
  int64_t accumulators =
      countAccumulators(kernel, isShared) / target.workgroupSize;
  bool streams = hasWeight || (isShared && rows > 1 && rows <= kNarrowRows &&
                               workgroups > target.computeUnits);
  if (!streams || accumulators > kFewAccumulators)
    return 1;
  // A third one where that saves a second round.
  return hasWeight && accumulators <= kVeryFewAccumulators &&
                 workgroups > 2 * target.computeUnits &&
                 workgroups <= 3 * target.computeUnits
             ? 3
             : 2;
}

/// A workgroup that keeps large factors in shared memory has a compute unit to
/// itself. NVIDIA's need more than eight warps to hide what these wait for.
int64_t KernelLowering::chooseThreads() {
  int64_t largest = 0;
  kernel.walk([&](Operation *op) {
    if (!isKept(op))
      return;
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    largest = std::max<int64_t>(
        largest, type.getNumElements() * getBytes(type.getElementType()));
  });
  bool isAlone = target.kind == tile::TargetKind::NvidiaGpu &&
                 4 * largest > target.ldsBytes;
  return isAlone ? 2 * target.workgroupSize : target.workgroupSize;
}

LogicalResult KernelLowering::run(gpu::GPUModuleOp module) {
  numThreads = chooseThreads();
  readAhead();
  MLIRContext *context = kernel.getContext();
  Location loc = kernel.getLoc();
  Block &body = kernel.getBody().front();
  // Buffers are pointers into global memory.
  SmallVector<Type> inputs(body.getNumArguments() - 1,
                           LLVM::LLVMPointerType::get(context, 1));
  builder.setInsertionPointToEnd(module.getBody());
  function = gpu::GPUFuncOp::create(builder, loc, kernel.getSymName(),
                                    FunctionType::get(context, inputs, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  function.setKnownBlockSizeAttr(builder.getDenseI32ArrayAttr(
      {static_cast<int32_t>(threads()), 1, 1}));
  // Left alone, ptxas saves registers for more workgroups at a time, by spilling
  // and by loads that wait for one another.
  if (target.kind == tile::TargetKind::NvidiaGpu)
    function->setAttr(
        NVVM::NVVMDialect::getMinctasmAttrName(),
        builder.getI32IntegerAttr(
            static_cast<int32_t>(chooseSharers(kernel, target))));
  Block &entry = function.getBody().front();
  builder.setInsertionPointToStart(&entry);
  Type i32Type = builder.getI32Type();
  auto number = [&](Value index) {
    return arith::IndexCastOp::create(builder, loc, i32Type, index);
  };
  Value workgroup =
      number(gpu::BlockIdOp::create(builder, loc, gpu::Dimension::x));
  thread = number(gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x));
  scalars.map(body.getArgument(0), workgroup);
  bool ordersWorkgroups = false;
  kernel.walk([&](Operation *op) {
    ordersWorkgroups |= isa<tile::ArriveOp, tile::MeetOp>(op);
  });
  for (auto [position, pair] : llvm::enumerate(llvm::zip(
           llvm::drop_begin(body.getArguments()), entry.getArguments()))) {
    auto [from, to] = pair;
    scalars.map(from, to);
    bool isWritten = overwritten(from);
    bool isRead = llvm::any_of(from.getUsers(), [](Operation *user) {
      return !isa<tile::StoreOp, tile::ScatterOp>(user);
    });
    // Buffers don't overlap unless neither is written. What workgroups tell
    // each other is not this one's alone.
    if (!ordersWorkgroups || !isWritten || !isRead)
      function.setArgAttr(position, LLVM::LLVMDialect::getNoAliasAttrName(),
                          builder.getUnitAttr());
    if (!isWritten)
      function.setArgAttr(position, LLVM::LLVMDialect::getReadonlyAttrName(),
                          builder.getUnitAttr());
    else if (!isRead)
      function.setArgAttr(position, LLVM::LLVMDialect::getWriteOnlyAttrName(),
                          builder.getUnitAttr());
  }
  if (failed(lowerBlock(body)) || failed(status))
    return failure();
  placeSharedTiles();
  gpu::ReturnOp::create(builder, loc);
  return success();
}

LogicalResult KernelLowering::lowerBlock(Block &block) {
  emitted.emplace_back();
  for (Operation &op : block.without_terminator())
    if (failed(lowerOp(op)))
      return failure();
  // What follows may be on another path.
  separateWrites();
  return success();
}

LogicalResult KernelLowering::lowerOp(Operation &op) {
  bool hasTiles = llvm::any_of(op.getResultTypes(), isTile);
  if (hasTiles && isLazy(&op)) {
    // A product may have brought along what it is added to.
    bool isThere = places.count(op.getResult(0).getAsOpaquePointer());
    if (!isThere && needsStorage(&op)) {
      Value tile = op.getResult(0);
      places[tile.getAsOpaquePointer()] =
          isKept(&op) ? evaluateIntoShared(tile)
                      : evaluate(tile, chooseDistribution(tile));
    }
    return success();
  }
  // All paths need the barrier.
  if (op.getNumRegions() != 0)
    separateWrites();
  return TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](tile::StoreOp op) { return lowerStore(op); })
      .Case([&](tile::ScatterOp op) { return lowerScatter(op); })
      .Case([&](tile::ArriveOp op) { return lowerArrive(op); })
      .Case([&](tile::MeetOp op) { return lowerMeet(op); })
      .Case([&](tile::DealOp op) { return lowerDeal(op); })
      .Case([&](tile::DotOp op) { return lowerDot(op); })
      .Case([&](tile::ReduceOp op) { return lowerReduce(op); })
      .Case([&](tile::CompactOp op) { return lowerCompact(op); })
      .Case([&](tile::TopKOp op) { return lowerTopK(op); })
      .Case([&](scf::ForOp op) { return lowerFor(op); })
      .Case([&](scf::IfOp op) { return lowerIf(op); })
      .Default([&](Operation *op) -> LogicalResult {
        // [tile_to_gpu_c1]
        if (hasTiles)
          return op->emitOpError("[tile_to_gpu_c1] has no lowering on tiles");
        return lowerScalarOp(*op);
      });
}

LogicalResult KernelLowering::lowerScalarOp(Operation &op) {
  Location loc = op.getLoc();
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    Access access;
    int64_t rank = extract.getIndices().size();
    access.offsets = {Coordinates(rank, 0)};
    access.strides.assign(threadBits(), Coordinates(rank, 0));
    for (auto [dim, index] : llvm::enumerate(extract.getIndices())) {
      if (auto constant = getConstantIntValue(getScalar(index))) {
        access.offsets[0][dim] = *constant;
        access.base.push_back({});
      } else {
        access.base.push_back(getScalar(index));
      }
    }
    Value vector = emit(extract.getTensor(), access);
    Value storage = toStorage(builder, vector);
    Value scalar = vector::ExtractOp::create(builder, loc, storage,
                                             ArrayRef<int64_t>{0});
    Type type = getRegisterType(op.getResult(0).getType());
    if (scalar.getType() != type)
      scalar = type.isInteger(1)
                   ? arith::TruncIOp::create(builder, loc, type, scalar)
                         .getResult()
                   : arith::BitcastOp::create(builder, loc, type, scalar)
                         .getResult();
    scalars.map(op.getResult(0), scalar);
    return success();
  }
  if (auto load = dyn_cast<memref::LoadOp>(op)) {
    int64_t rank = load.getIndices().size();
    Access access;
    access.offsets = {Coordinates(rank, 0)};
    access.strides.assign(threadBits(), Coordinates(rank, 0));
    for (Value index : load.getIndices())
      access.base.push_back(getScalar(index));
    Value vector = loadGlobal(load.getMemRef(), access, {});
    Type type = load.getType();
    Value scalar = vector::ExtractOp::create(
        builder, loc, toStorage(builder, vector), ArrayRef<int64_t>{0});
    if (scalar.getType() != getRegisterType(type))
      scalar = arith::BitcastOp::create(builder, loc, type, scalar);
    scalars.map(load.getResult(), scalar);
    return success();
  }
  // Indices are 32-bit numbers.
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
    Value input = getScalar(op.getOperand(0));
    Type type = getRegisterType(op.getResult(0).getType());
    unsigned from = input.getType().getIntOrFloatBitWidth();
    unsigned to = type.getIntOrFloatBitWidth();
    if (from < to)
      input = isa<arith::IndexCastUIOp>(op)
                  ? arith::ExtUIOp::create(builder, loc, type, input).getResult()
                  : arith::ExtSIOp::create(builder, loc, type, input)
                        .getResult();
    else if (from > to)
      input = arith::TruncIOp::create(builder, loc, type, input);
    scalars.map(op.getResult(0), input);
    return success();
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    if (constant.getType().isIndex()) {
      scalars.map(constant.getResult(),
                  i32(cast<IntegerAttr>(constant.getValue()).getInt()));
      return success();
    }
  }
  // [tile_to_gpu_c1]
  if (op.getNumRegions() != 0 || llvm::any_of(op.getOperandTypes(), isTile))
    return op.emitOpError("[tile_to_gpu_c1] has no lowering");
  SmallVector<Value> operands;
  for (Value operand : op.getOperands())
    operands.push_back(getScalar(operand));
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    types.push_back(getRegisterType(type));
  OperationState state(loc, op.getName(), operands, types, op.getAttrs());
  Operation *copy = builder.create(state);
  // Not every property is an attribute.
  copy->copyProperties(op.getPropertiesStorage());
  for (auto [from, to] : llvm::zip(op.getResults(), copy->getResults()))
    scalars.map(from, to);
  return success();
}
