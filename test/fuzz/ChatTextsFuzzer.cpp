//===- ChatTextsFuzzer.cpp - Python modules -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <string>

#include "FuzzCheck.h"
#include "dsv4run/Chat/ChatTexts.h"
#include "dsv4run/Chat/PythonStrings.h"
#include "dsv4run/Tokenizer/Utf8.h"

using namespace dsv4run;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  absl::string_view module = fuzz::AsText(data, size);
  bool valid = ValidUtf8Prefix(module) == module.size();
  for (const std::string &text : PythonTexts(module))
    fuzz::Check(!valid || ValidUtf8Prefix(text) == text.size(),
                "texts of a UTF-8 module are UTF-8");
  fuzz::Check(FindChatTexts(module).max_effort.empty(),
              "only the published texts are taken");
  return 0;
}
