//===- Compressor.cpp - Entries over blocks of tokens (spec 4.7)
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelParts.h"

using namespace mlir;
using namespace dsv4c;

void dsv4c::buildCompressor(ProgramBuilder &program, const Layer &layer,
                            const llvm::Twine &stem, llvm::StringRef cacheState,
                            llvm::StringRef rowsState, Value input) {
  std::string prefix = stem.str();
  program.enter(prefix);
  OpBuilder &ops = program.ops();
  std::string cacheName = (llvm::Twine(layer.prefix) + "." + cacheState).str();
  std::string rowsName = (llvm::Twine(layer.prefix) + "." + rowsState).str();
  Value cache = program.getState(cacheName);
  Value rows = program.getState(rowsName);
  auto cacheType = cast<dsv4::CacheType>(cache.getType());
  int64_t entryWidth =
      cacheType.getKeys().getShape().back() + cacheType.getTail();
  int64_t rowWidth = cast<dsv4::OpenRowsType>(rows.getType()).getWidth();

  Value u = program.linear(input, prefix + ".wkv", rowWidth, ops.getF32Type());
  Value s =
      program.linear(input, prefix + ".wgate", rowWidth, ops.getF32Type());
  Value ape = program.weightF32(prefix + ".ape", {layer.ratio, rowWidth});
  Value norm = program.weightBF16(prefix + ".norm.weight", entryWidth);
  Value updated = dsv4::CompressOp::create(
      ops, program.loc(), cacheType, program.tokens(), u, s, ape, norm,
      program.ropeTable(/*compressed=*/true), rows, cache,
      ops.getF32FloatAttr(program.config().normEps));
  program.setState(cacheName, updated);
  program.setState(rowsName, dsv4::CommitRowsOp::create(
                                 ops, program.loc(), rows.getType(),
                                 program.tokens(), u, s, ape, rows, updated));
}
