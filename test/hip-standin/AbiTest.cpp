//===- AbiTest.cpp - The stand-in beside Debian's libamdhip64 -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <cstdio>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <utility>
#include <vector>

using AbiTable = std::vector<std::pair<std::string, long long>>;
AbiTable ourAbi();
AbiTable debiansAbi();

namespace {

TEST(Abi, ValuesAndLayoutsAreTheSame) {
  AbiTable ours = ourAbi(), debians = debiansAbi();
  ASSERT_EQ(ours.size(), debians.size());
  EXPECT_GT(ours.size(), 290u);
  for (size_t k = 0; k < ours.size(); ++k)
    EXPECT_EQ(ours[k], debians[k]) << ours[k].first;
}

/// "name@@version" of what a library defines.
std::set<std::string> symbols(const std::string &library) {
  std::set<std::string> out;
  FILE *nm = popen(
      ("nm -D --with-symbol-versions --defined-only " + library).c_str(), "r");
  char line[4096];
  while (nm && fgets(line, sizeof(line), nm)) {
    char type = 0, name[4096];
    if (sscanf(line, "%*s %c %4095s", &type, name) == 2 &&
        (type == 'T' || type == 'W'))
      out.insert(name);
  }
  if (nm)
    pclose(nm);
  return out;
}

TEST(Abi, EverySymbolHasItsVersion) {
  std::set<std::string> ours = symbols(STANDIN_LIBRARY),
                        debians = symbols(DEBIANS_LIBRARY);
  EXPECT_GT(debians.size(), 300u);
  for (const std::string &symbol : debians)
    // What debuggers ask for.
    if (symbol.rfind("amd_dbgapi_", 0) != 0)
      EXPECT_EQ(ours.count(symbol), 1u) << symbol;
}

TEST(Abi, ErrorsAreNamedTheSame) {
  using Name = const char *(int);
  std::vector<std::pair<Name *, Name *>> functions;
  void *ours = dlopen(STANDIN_LIBRARY, RTLD_NOW | RTLD_LOCAL),
       *debians = dlopen(DEBIANS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(ours, nullptr) << dlerror();
  ASSERT_NE(debians, nullptr) << dlerror();
  for (const char *name : {"hipGetErrorName", "hipGetErrorString"}) {
    auto *our = reinterpret_cast<Name *>(dlsym(ours, name));
    auto *their = reinterpret_cast<Name *>(dlsym(debians, name));
    for (int code = 0; code < 1100; ++code)
      if (code != 911 && code != 912) // Newer than that release.
        EXPECT_STREQ(our(code), their(code)) << name << " of " << code;
  }
}

} // namespace
