//===- ElfFuzzer.cpp - libFuzzer over bundles and code objects ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/CodeObject.h"
#include "dsv4emu/OffloadBundle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<uint8_t> storage;
  auto bytes =
      dsv4emu::selectGfx942CodeObject(absl::MakeConstSpan(data, size), storage);
  if (bytes.ok())
    dsv4emu::CodeObject::load(*bytes).status().IgnoreError();
  return 0;
}
