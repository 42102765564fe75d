//===- TokenizerFileFuzzer.cpp - Tokenizer files --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <string>

#include "FuzzCheck.h"
#include "dsv4run/Tokenizer/Tokenizer.h"

using namespace dsv4run;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  absl::StatusOr<std::unique_ptr<Tokenizer>> tokenizer =
      Tokenizer::Parse(fuzz::AsText(data, size), "fuzz");
  if (!tokenizer.ok()) {
    fuzz::CheckError(tokenizer.status());
    return 0;
  }
  const std::string text = "abcab <x> 12 \n\xE4\xB8\xAD\xFF";
  absl::StatusOr<std::vector<int32_t>> ids = (*tokenizer)->Encode(text);
  if (!ids.ok()) { // a regular expression may give up
    fuzz::CheckError(ids.status());
    return 0;
  }
  absl::StatusOr<std::string> decoded = (*tokenizer)->Decode(*ids);
  fuzz::Check(decoded.ok() && *decoded == text, "text round-trips");
  return 0;
}
