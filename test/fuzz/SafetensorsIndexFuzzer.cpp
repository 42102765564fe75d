//===- SafetensorsIndexFuzzer.cpp - Index files ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <string>

#include "FuzzCheck.h"
#include "dsv4run/Checkpoint/SafetensorsIndex.h"

using namespace dsv4run;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  absl::StatusOr<SafetensorsIndex> index =
      ParseSafetensorsIndex(fuzz::AsText(data, size), "fuzz");
  if (!index.ok()) {
    fuzz::CheckError(index.status());
    return 0;
  }
  for (const auto &[tensor, file] : index->weight_map)
    fuzz::Check(file.find('/') == std::string::npos && file != "..",
                "files stay in the directory");
  absl::StatusOr<SafetensorsIndex> again =
      ParseSafetensorsIndex(FormatSafetensorsIndex(*index, size), "fuzz");
  fuzz::Check(again.ok() && again->weight_map == index->weight_map,
              "an index round-trips");
  return 0;
}
