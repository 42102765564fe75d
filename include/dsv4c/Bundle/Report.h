//===- Report.h - What a schedule costs -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_BUNDLE_REPORT_H
#define DSV4C_BUNDLE_REPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/LogicalResult.h"

namespace llvm {
class raw_ostream;
namespace json {
class OStream;
} // namespace json
} // namespace llvm

namespace dsv4c::bundle {

/// Writes a report on a module with planned memory as JSON. All sizes are
/// bytes.
///
/// programs  launches in all and per layer, arena
/// weights   as packed; as in the checkpoint, by group (spec 2.4)
/// step      what one token must read: weights by group, every weight once but
///           only the token's rows of tables and its experts (spec 2.6); keys
///           and entries at several contexts
/// state     of one sequence at several contexts (spec 5.4), of the draft
/// block,
///           of the pool as allocated
///
/// `writeMore` may add further attributes.
llvm::LogicalResult writeReport(
    mlir::ModuleOp module, llvm::raw_ostream &os,
    llvm::function_ref<void(llvm::json::OStream &)> writeMore = nullptr);

} // namespace dsv4c::bundle

#endif // DSV4C_BUNDLE_REPORT_H
