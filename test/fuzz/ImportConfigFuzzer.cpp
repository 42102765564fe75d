//===- ImportConfigFuzzer.cpp - Fuzz the compiler's config.json reader --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every text is either rejected with a message or gives a configuration whose
// derived values are usable.
//
//===----------------------------------------------------------------------===//

#include "dsv4c/Import/ModelConfig.h"
#include <cstdint>
#include <cstdlib>

using namespace dsv4c;

static void require(bool condition) {
  if (!condition)
    abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<ModelConfig> config = parseModelConfig(text, "config.json");
  if (!config) {
    require(!llvm::toString(config.takeError()).empty());
    return 0;
  }
  require(config->text == text);
  require(config->getPlainDim() > 0 && config->getPlainDim() % 64 == 0);
  require(config->getPageSize() >= 64);
  for (int64_t ratio : config->compressRatios)
    require(ratio == 0 || config->getPageSize() % ratio == 0);
  require(static_cast<int64_t>(config->compressRatios.size()) ==
          config->numLayers + config->numDraftBlocks);
  return 0;
}
