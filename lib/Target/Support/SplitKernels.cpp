//===- SplitKernels.cpp - Deal kernels out to modules ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Support/SplitKernels.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

/// Copies what `function` names, variables and declarations, from `from` to
/// `part`.
static void copySymbols(LLVM::LLVMFuncOp function, Operation *from,
                        ModuleOp part) {
  function.walk([&](Operation *op) {
    FlatSymbolRefAttr name;
    if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
      name = address.getGlobalNameAttr();
    else if (auto call = dyn_cast<LLVM::CallOp>(op))
      name = call.getCalleeAttr();
    if (!name || SymbolTable::lookupSymbolIn(part, name.getAttr()))
      return;
    if (Operation *symbol = SymbolTable::lookupSymbolIn(from, name.getAttr()))
      OpBuilder::atBlockBegin(part.getBody()).clone(*symbol);
  });
}

SmallVector<OwningOpRef<ModuleOp>> dsv4c::splitKernels(Block &body,
                                                       unsigned count) {
  SmallVector<std::pair<int64_t, LLVM::LLVMFuncOp>> functions;
  for (auto function : body.getOps<LLVM::LLVMFuncOp>()) {
    if (function.isExternal())
      continue;
    int64_t size = 0;
    function.walk([&](Operation *) { ++size; });
    functions.push_back({size, function});
  }
  llvm::stable_sort(functions, [](const auto &a, const auto &b) {
    return a.first > b.first;
  });
  count = std::max<unsigned>(1, std::min<unsigned>(count, functions.size()));
  SmallVector<OwningOpRef<ModuleOp>> parts(count);
  SmallVector<int64_t> sizes(count, 0);
  Operation *from = body.getParentOp();
  for (OwningOpRef<ModuleOp> &part : parts)
    part = ModuleOp::create(from->getLoc());
  for (auto [size, function] : functions) {
    unsigned smallest = llvm::min_element(sizes) - sizes.begin();
    sizes[smallest] += size;
    copySymbols(function, from, *parts[smallest]);
    function->moveBefore(parts[smallest]->getBody(),
                         parts[smallest]->getBody()->end());
  }
  return parts;
}
