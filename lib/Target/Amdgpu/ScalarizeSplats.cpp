//===- ScalarizeSplats.cpp - Repeated integers in one register ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScalarizeSplats.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/VectorUtils.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace dsv4c;
using namespace llvm;

/// Is `operand` of `user` one number, known at run time only, from another
/// block?
static bool isForeignSplat(Value *operand, Instruction &user) {
  auto *shuffle = dyn_cast<ShuffleVectorInst>(operand);
  return shuffle && shuffle->getParent() != user.getParent() &&
         getSplatValue(shuffle);
}

static bool isWanted(Instruction &instruction) {
  if (!isa<BinaryOperator, ICmpInst>(instruction))
    return false;
  auto *type = dyn_cast<FixedVectorType>(instruction.getOperand(0)->getType());
  return type && type->getElementType()->isIntegerTy() &&
         any_of(instruction.operands(), [&](Value *operand) {
           return isForeignSplat(operand, instruction);
         });
}

static void scalarize(Instruction &vector) {
  IRBuilder<> builder(&vector);
  auto *type = cast<FixedVectorType>(vector.getType());
  auto element = [&](Value *operand, unsigned i) {
    Value *splat = getSplatValue(operand);
    return splat ? splat : builder.CreateExtractElement(operand, i);
  };
  Value *result = PoisonValue::get(type);
  for (unsigned i = 0; i < type->getNumElements(); ++i) {
    Value *lhs = element(vector.getOperand(0), i);
    Value *rhs = element(vector.getOperand(1), i);
    Value *one = isa<ICmpInst>(vector)
                     ? builder.CreateICmp(cast<ICmpInst>(vector).getPredicate(),
                                          lhs, rhs)
                     : builder.CreateBinOp(
                           cast<BinaryOperator>(vector).getOpcode(), lhs, rhs);
    if (auto *instruction = dyn_cast<Instruction>(one))
      instruction->copyIRFlags(&vector);
    result = builder.CreateInsertElement(result, one, i);
  }
  SmallVector<WeakTrackingVH> operands(vector.operands());
  vector.replaceAllUsesWith(result);
  vector.eraseFromParent();
  RecursivelyDeleteTriviallyDeadInstructionsPermissive(operands);
}

void amdgcn::scalarizeSplats(Module &module) {
  for (Function &function : module) {
    SmallVector<Instruction *> wanted;
    for (Instruction &instruction : instructions(function))
      if (isWanted(instruction))
        wanted.push_back(&instruction);
    for (Instruction *instruction : wanted)
      scalarize(*instruction);
  }
}
