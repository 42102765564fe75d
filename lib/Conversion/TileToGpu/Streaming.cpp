//===- Streaming.cpp - What a launch reads once ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights that one workgroup reads once have no use for a cache, where they
// would replace what others read again. Which workgroup reads what follows from
// the indices of its loads: they are evaluated for every workgroup.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/Hashing.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

namespace {

/// An index as far as it is known when the kernel is compiled: a number, or the
/// name of one, equal for what surely is the same.
struct Index {
  std::optional<int64_t> number;
  llvm::hash_code name = 0;

  llvm::hash_code key() const {
    return number ? llvm::hash_combine(0, *number)
                  : llvm::hash_combine(1, name);
  }
};

/// Indices of one workgroup.
class Evaluation {
public:
  Evaluation(Value workgroup, int64_t number) {
    known[workgroup] = {number, {}};
  }

  Index get(Value value) {
    if (auto it = known.find(value); it != known.end())
      return it->second;
    Index result = compute(value);
    known[value] = result;
    return result;
  }

private:
  Index compute(Value value) {
    Index unknown{std::nullopt, llvm::hash_value(value.getAsOpaquePointer())};
    Operation *op = value.getDefiningOp();
    if (!op || op->getNumRegions() != 0 || op->getNumResults() != 1)
      return unknown;
    if (auto constant = getConstantIntValue(value))
      return {constant, {}};
    SmallVector<Index> operands;
    llvm::hash_code name = llvm::hash_value(op->getName().getAsOpaquePointer());
    for (Value operand : op->getOperands()) {
      operands.push_back(get(operand));
      name = llvm::hash_combine(name, operands.back().key());
    }
    if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op))
      return operands[0];
    if (operands.size() == 2 && operands[0].number && operands[1].number)
      if (auto number = fold(op, *operands[0].number, *operands[1].number))
        return {number, {}};
    // The same element of a buffer, the same sum of unknown numbers.
    if (isa<memref::LoadOp>(op) ||
        isa_and_nonnull<arith::ArithDialect>(op->getDialect()))
      return {std::nullopt,
              llvm::hash_combine(name,
                                 op->getAttrDictionary().getAsOpaquePointer())};
    return unknown;
  }

  static std::optional<int64_t> fold(Operation *op, int64_t a, int64_t b) {
    if (isa<arith::AddIOp>(op))
      return a + b;
    if (isa<arith::SubIOp>(op))
      return a - b;
    if (isa<arith::MulIOp>(op))
      return a * b;
    if (isa<arith::MinSIOp>(op))
      return std::min(a, b);
    if (isa<arith::MaxSIOp>(op))
      return std::max(a, b);
    if (isa<arith::DivUIOp>(op) && a >= 0 && b > 0)
      return a / b;
    if (isa<arith::RemUIOp>(op) && a >= 0 && b > 0)
      return a % b;
    if (auto compare = dyn_cast<arith::CmpIOp>(op))
      switch (compare.getPredicate()) {
      case arith::CmpIPredicate::slt:
        return a < b;
      case arith::CmpIPredicate::sge:
        return a >= b;
      case arith::CmpIPredicate::eq:
        return a == b;
      default:
        break;
      }
    return std::nullopt;
  }

  llvm::DenseMap<Value, Index> known;
};

bool dependsOn(Value value, Value on) {
  if (value == on)
    return true;
  Operation *op = value.getDefiningOp();
  return op && llvm::any_of(op->getOperands(), [&](Value operand) {
           return dependsOn(operand, on);
         });
}
} // namespace

bool KernelLowering::isReadOnce(tile::LoadOp load) {
  auto [it, isNew] = readOnce.try_emplace(load, false);
  if (isNew)
    it->second = computeIsReadOnce(load);
  return it->second;
}

bool KernelLowering::computeIsReadOnce(tile::LoadOp load) {
  auto buffer = dyn_cast<BlockArgument>(load.getSource());
  if (!buffer || !kernel.getFragment(buffer.getArgNumber()))
    return false;
  // Not even by this workgroup.
  for (auto loop = load->getParentOfType<scf::ForOp>(); loop;
       loop = loop->getParentOfType<scf::ForOp>())
    if (llvm::none_of(load.getIndices(), [&](Value index) {
          return dependsOn(index, loop.getInductionVar());
        }))
      return false;
  for (Operation *user : buffer.getUsers())
    if (user != load && user->getBlock() == load->getBlock() &&
        isa<tile::LoadOp>(user) &&
        cast<tile::LoadOp>(user).getIndices() == load.getIndices())
      return false;
  Value workgroup = kernel.getBody().front().getArgument(0);
  llvm::DenseSet<size_t> seen;
  int64_t workgroups = kernel.getWorkgroups();
  for (int64_t number = 0; number < workgroups; ++number) {
    Evaluation evaluation(workgroup, number);
    bool runs = true;
    for (Operation *op = load; op != kernel.getOperation();
         op = op->getParentOp()) {
      auto branch = dyn_cast<scf::IfOp>(op->getParentOp());
      if (!branch)
        continue;
      bool isThen = op->getParentRegion() == &branch.getThenRegion();
      std::optional<int64_t> condition =
          evaluation.get(branch.getCondition()).number;
      runs &= !condition || bool(*condition) == isThen;
    }
    if (!runs)
      continue;
    llvm::hash_code key = 0;
    for (Value index : load.getIndices())
      key = llvm::hash_combine(key, evaluation.get(index).key());
    if (!seen.insert(size_t(key)).second)
      return false;
  }
  return true;
}
