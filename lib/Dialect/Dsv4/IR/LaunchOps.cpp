//===- LaunchOps.cpp - Ops that run in one launch
//---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpChecks.h"

using namespace mlir;
using namespace dsv4c::dsv4;

LogicalResult LaunchOp::verify() {
  // [launch_c1]
  Block &body = getBody().front();
  auto yield = body.empty() ? YieldOp() : dyn_cast<YieldOp>(body.back());
  Constraint c1(*this, "[launch_c1]");
  if (!yield)
    return c1.fail() << "the body must end in a dsv4.yield";
  if (yield.getOperandTypes() != getResultTypes())
    return c1.fail() << "must have the types that it yields, ("
                     << yield.getOperandTypes() << "), got ("
                     << getResultTypes() << ")";
  return success();
}
