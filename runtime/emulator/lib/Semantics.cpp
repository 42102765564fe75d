//===- Semantics.cpp - The semantic tables, by mnemonic -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Program.h"
#include "absl/types/span.h"
#include <cstdlib>
#include <string>
#include <unordered_map>

namespace dsv4emu {

#define SEMANTIC_TABLES(X)                                                     \
  X(vop1Table)                                                                 \
  X(vop2Table)                                                                 \
  X(vop3Table)                                                                 \
  X(vop3MediaTable)                                                            \
  X(vopcTable)                                                                 \
  X(vop3pTable)                                                                \
  X(mfmaTable)                                                                 \
  X(smfmacTable)                                                               \
  X(sop1Table)                                                                 \
  X(sop2Table)                                                                 \
  X(sopcTable)                                                                 \
  X(sopkTable)                                                                 \
  X(soppTable)                                                                 \
  X(smemTable)                                                                 \
  X(smemStoreTable)                                                            \
  X(dsTable) X(dsExchangeTable) X(mubufTable) X(formatTable) X(flatTable)
#define DECLARE(NAME) absl::Span<const OpInfo> NAME();
namespace baseline {
SEMANTIC_TABLES(DECLARE)
}
namespace v4 {
SEMANTIC_TABLES(DECLARE)
}
#undef DECLARE

using Index = std::unordered_map<std::string, const OpInfo *>;

/// DSV4EMU_SIMD=baseline keeps to what every x86-64 host has.
static bool useWideVectors() {
  const char *wanted = std::getenv("DSV4EMU_SIMD");
  if (wanted && std::string(wanted) == "baseline")
    return false;
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4");
}

static Index buildIndex() {
  Index index;
  auto add = [&](absl::Span<const OpInfo> table) {
    for (const OpInfo &op : table)
      index.emplace(op.mnemonic, &op);
  };
  if (useWideVectors()) {
#define ADD(NAME) add(v4::NAME());
    SEMANTIC_TABLES(ADD)
#undef ADD
  } else {
#define ADD(NAME) add(baseline::NAME());
    SEMANTIC_TABLES(ADD)
#undef ADD
  }
  return index;
}

static const Index &index() {
  static const Index instance = buildIndex();
  return instance;
}

const OpInfo *findSemantics(const std::string &mnemonic) {
  auto it = index().find(mnemonic);
  return it == index().end() ? nullptr : it->second;
}

void forEachSemantics(void (*visit)(const OpInfo &, void *), void *context) {
  for (const auto &entry : index())
    visit(*entry.second, context);
}

const char *className(Class c) {
  static const char *const names[kClassCount] = {
      "salu",   "valu",        "trans",        "mfma",   "smem",
      "lds",    "global-load", "global-store", "atomic", "scratch",
      "branch", "barrier",     "wait",         "other"};
  return names[static_cast<unsigned>(c)];
}

} // namespace dsv4emu
