//===- FuseLaunches.cpp - Group ops into launches by data dependence ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/Transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/SetVector.h"

namespace dsv4c::dsv4 {
#define GEN_PASS_DEF_FUSELAUNCHES
#include "Dsv4/Dsv4Passes.h.inc"
} // namespace dsv4c::dsv4

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

namespace {

bool isProduct(Operation *op) {
  return isa<fp8::ScaledMatmulOp, LinearOp, ExpertLinearOp>(op);
}

/// Ops that compute a token's result from the same token's operands, besides
/// weights and state, and so can share a workgroup with the ops they depend on.
bool isRowOp(Operation *op) {
  return isa<EmbedOp, OutputRowsOp, ReplicateOp, HcMixOp, HcMergeOp,
             HcCollapseOp, RmsNormOp, HeadNormOp, AddOp, ScaleOp, RopeOp,
             HadamardOp, InsertKeysOp, SelectOp, CompressOp, CommitRowsOp,
             RouteOp, SwigluOp, CombineOp, fp8::QuantizeOp>(op);
}

/// Ops that run before any launch, or not at all.
bool isOutsideLaunches(Operation *op) {
  return isa<WeightOp, RopeTableOp, ReturnOp, ObserveOp, fp8::RecastOp,
             fp8::ShuffleOp, dsv4::ShuffleOp>(op);
}

bool isView(Operation *op) { return isa<HeadsOp>(op); }

Value throughViews(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isView(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// The only op that uses `value`, or null.
Operation *onlyUser(Value value) {
  return value.hasOneUse() ? *value.user_begin() : nullptr;
}

/// Values that a consumer may not read in the launch that makes them although
/// both work row by row: rows of other tokens, and carried rows that others in
/// the launch still read.
bool needsFinishedLaunch(OpOperand &use) {
  if (isa<OutputRowsOp>(use.getOwner()))
    return true;
  if (auto commit = dyn_cast<CommitRowsOp>(use.getOwner()))
    return &use == &commit.getAfterMutable();
  return false;
}

/// Most tokens of a step in which the last of a row's workgroups to arrive does
/// what needs the whole row. Steps of more tokens are not bound by the number
/// of their launches, and every workgroup would have to release its stores.
constexpr int64_t kMaxArrivingTokens = 16;

/// A part of a launch, or one of the row ops that will become one.
struct Unit {
  SmallVector<Operation *> ops;
  bool rows;
  int level = -1;
};

class Fuser {
public:
  Fuser(ProgramOp program, int64_t bucket) : program(program), bucket(bucket) {}

  LogicalResult run();
  int64_t launches = 0;
  int64_t absorbed = 0;

private:
  void absorb(Operation *product);
  void absorbChain(Operation *product, Unit &unit);
  void absorbSelect(IndexScoresOp scores);
  bool absorbGateUp(Operation *product, Unit &unit);
  bool absorbCombine(Operation *product, Unit &unit);
  void addUnit(Unit unit);
  int levelOf(int unit);
  void emit();

  ProgramOp program;
  int64_t bucket;
  SmallVector<Unit> units;
  DenseMap<Operation *, int> unitOf;
};

} // namespace

void Fuser::addUnit(Unit unit) {
  for (Operation *op : unit.ops)
    unitOf[op] = units.size();
  units.push_back(std::move(unit));
}

/// Gate and up of an expert, SwiGLU and quantisation.
bool Fuser::absorbGateUp(Operation *product, Unit &unit) {
  auto swiglu = dyn_cast_or_null<SwigluOp>(onlyUser(product->getResult(0)));
  if (!swiglu)
    return false;
  Operation *gate = swiglu.getGate().getDefiningOp();
  Operation *up = swiglu.getUp().getDefiningOp();
  if (!gate || !up || gate == up || gate->getName() != up->getName() ||
      !isProduct(gate) || !up->getResult(0).hasOneUse() ||
      !gate->getResult(0).hasOneUse() ||
      gate->getOperand(0) != up->getOperand(0))
    return false;
  unit.ops = {gate, up, swiglu};
  if (auto quantize =
          dyn_cast_or_null<fp8::QuantizeOp>(onlyUser(swiglu.getResult())))
    unit.ops.push_back(quantize);
  return true;
}

/// One token: the down products of its experts and of the shared one, their
/// sum and its merge into the streams.
bool Fuser::absorbCombine(Operation *product, Unit &unit) {
  auto combine = dyn_cast_or_null<CombineOp>(onlyUser(product->getResult(0)));
  if (!combine || bucket != 1)
    return false;
  auto routed = combine.getRouted().getDefiningOp<ExpertLinearOp>();
  auto shared = combine.getShared().getDefiningOp<fp8::ScaledMatmulOp>();
  if (!routed || !shared || !routed.getResult().hasOneUse() ||
      !shared.getResult().hasOneUse())
    return false;
  unit.ops = {routed, shared, combine};
  auto merge = dyn_cast_or_null<HcMergeOp>(onlyUser(combine.getResult()));
  if (merge && merge.getOutput() == combine.getResult())
    unit.ops.push_back(merge);
  return true;
}

/// Ops behind a product that work on tiles of its result.
void Fuser::absorbChain(Operation *product, Unit &unit) {
  unit.ops = {product};
  if (isa<ExpertLinearOp>(product))
    return;
  // Only for one token: the last workgroup would choose for one token after the
  // other.
  if (auto route = dyn_cast_or_null<RouteOp>(onlyUser(product->getResult(0)));
      route && isa<LinearOp>(product) && bucket == 1) {
    unit.ops.push_back(route);
    return;
  }
  bool heads = false;
  Value value = product->getResult(0);
  while (Operation *user = onlyUser(value)) {
    bool last = false;
    if (isView(user)) {
      heads = true;
    } else if (isa<HeadNormOp, HadamardOp, RopeOp>(user)) {
      if (!heads)
        return;
    } else if (auto quantize = dyn_cast<fp8::QuantizeOp>(user)) {
      // Tiles are heads or 128 columns; either holds whole blocks.
      int64_t block = cast<fp8::ScaledType>(quantize.getResult().getType())
                          .getBlock()
                          .back();
      if (!heads && block != 128)
        return;
      last = true;
    } else if (auto merge = dyn_cast<HcMergeOp>(user)) {
      if (heads || merge.getOutput() != value)
        return;
      last = true;
    } else if (!isa<ScaleOp>(user)) {
      return;
    }
    unit.ops.push_back(user);
    if (last)
      return;
    value = user->getResult(0);
  }
}

void Fuser::absorb(Operation *product) {
  Unit unit{{}, /*rows=*/false};
  if (!absorbGateUp(product, unit) && !absorbCombine(product, unit))
    absorbChain(product, unit);
  // Views at the end of a chain belong to whoever reads through them.
  while (isView(unit.ops.back()))
    unit.ops.pop_back();
  absorbed += unit.ops.size() - 1;
  addUnit(std::move(unit));
}

/// The selection among a token's scores.
void Fuser::absorbSelect(IndexScoresOp scores) {
  Unit unit{{scores}, /*rows=*/false};
  auto select = dyn_cast_or_null<SelectOp>(onlyUser(scores.getResult()));
  if (select && bucket <= kMaxArrivingTokens) {
    unit.ops.push_back(select);
    ++absorbed;
  }
  addUnit(std::move(unit));
}

/// Length of the longest chain of finished launches that a unit waits for.
int Fuser::levelOf(int index) {
  if (units[index].level >= 0)
    return units[index].level;
  int level = 0;
  for (Operation *op : units[index].ops)
    for (OpOperand &use : op->getOpOperands()) {
      Operation *producer = throughViews(use.get()).getDefiningOp();
      auto it = unitOf.find(producer);
      if (it == unitOf.end() || it->second == index)
        continue;
      int before = levelOf(it->second);
      bool joins = units[index].rows && units[it->second].rows &&
                   !needsFinishedLaunch(use);
      level = std::max(level, joins ? before : before + 1);
    }
  return units[index].level = level;
}

/// One launch per level, in order, each with its ops in program order.
void Fuser::emit() {
  int levels = 0;
  for (const Unit &unit : units)
    levels = std::max(levels, unit.level + 1);
  SmallVector<SmallVector<Operation *>> byLevel(levels);
  for (Operation &op : program.getBody().front())
    if (auto it = unitOf.find(&op); it != unitOf.end())
      byLevel[units[it->second].level].push_back(&op);

  Operation *end = program.getBody().front().getTerminator();
  // Observed values are named after every launch.
  SmallVector<ObserveOp> observes(
      program.getBody().front().getOps<ObserveOp>());
  for (ObserveOp observe : observes)
    observe->moveBefore(end);
  Operation *firstObserve = end;
  while (isa_and_nonnull<ObserveOp>(firstObserve->getPrevNode()))
    firstObserve = firstObserve->getPrevNode();

  OpBuilder builder(firstObserve);
  for (ArrayRef<Operation *> ops : byLevel) {
    llvm::SmallPtrSet<Operation *, 32> inside(ops.begin(), ops.end());
    // A view of a value of this launch moves along if only this launch reads
    // it.
    llvm::SetVector<Operation *> views;
    for (Operation *op : ops)
      for (Value operand : op->getOperands())
        if (Operation *view = operand.getDefiningOp();
            view && isView(view) && !inside.contains(view))
          views.insert(view);
    SmallVector<Value> escaping;
    for (Operation *op : ops)
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) {
              return !inside.contains(user);
            }))
          escaping.push_back(result);
    builder.setInsertionPoint(firstObserve);
    auto launch = LaunchOp::create(builder, ops.front()->getLoc(),
                                   TypeRange(ValueRange(escaping)));
    Block *block = &launch.getBody().emplaceBlock();
    for (Operation *op : ops)
      op->moveBefore(block, block->end());
    for (Operation *view : views) {
      Operation *producer = throughViews(view->getResult(0)).getDefiningOp();
      if (!producer || !inside.contains(producer))
        continue;
      builder.setInsertionPointAfter(view->getOperand(0).getDefiningOp());
      Operation *copy = builder.clone(*view);
      view->getResult(0).replaceUsesWithIf(
          copy->getResult(0),
          [&](OpOperand &use) { return inside.contains(use.getOwner()); });
    }
    builder.setInsertionPointToEnd(block);
    YieldOp::create(builder, launch.getLoc(), escaping);
    for (auto [value, result] :
         llvm::zip_equal(escaping, launch.getResults())) {
      value.replaceUsesWithIf(result, [&](OpOperand &use) {
        return !launch->isProperAncestor(use.getOwner());
      });
    }
    // Views that later launches read come right behind.
    for (Value result : launch.getResults())
      for (Operation *user : llvm::make_early_inc_range(result.getUsers()))
        if (isView(user))
          user->moveAfter(launch);
    ++launches;
  }
}

LogicalResult Fuser::run() {
  Block &block = program.getBody().front();
  for (Operation &op : block) {
    if (unitOf.contains(&op) || isOutsideLaunches(&op) || isView(&op))
      continue;
    if (isProduct(&op))
      absorb(&op);
    else if (isa<AttentionOp>(op)) {
      Unit unit{{&op}, /*rows=*/false};
      // Tiles of the result are heads of one token.
      if (auto rope = dyn_cast_or_null<RopeOp>(onlyUser(op.getResult(0))))
        unit.ops.push_back(rope);
      absorbed += unit.ops.size() - 1;
      addUnit(std::move(unit));
    } else if (auto scores = dyn_cast<IndexScoresOp>(op))
      absorbSelect(scores);
    else if (isRowOp(&op))
      addUnit({{&op}, /*rows=*/true});
    else
      // [fuse_launches_c2]
      return op.emitOpError(
          "[fuse_launches_c2] has no rule to become part of a launch");
  }
  for (int i = 0, e = units.size(); i < e; ++i)
    levelOf(i);
  emit();
  return success();
}

namespace {

struct FuseLaunches : public dsv4c::dsv4::impl::FuseLaunchesBase<FuseLaunches> {
  void runOnOperation() override {
    auto bucket = getOperation()->getAttrOfType<IntegerAttr>("dsv4.bucket");
    // [fuse_launches_c1]
    if (!bucket) {
      getOperation().emitOpError("[fuse_launches_c1] has no 'dsv4.bucket'; run "
                                 "dsv4-specialize-programs first");
      return signalPassFailure();
    }
    Fuser fuser(getOperation(), bucket.getInt());
    if (failed(fuser.run()))
      return signalPassFailure();
    launches += fuser.launches;
    absorbed += fuser.absorbed;
  }
};

} // namespace
