//===- ChatTexts.h - Fixed texts of the chat format -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_CHATTEXTS_H
#define DSV4RUN_CHAT_CHATTEXTS_H

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

/// Texts that the model was trained with and that come with its checkpoint
/// (spec section 6.4). An empty one is missing, and a conversation that needs
/// it an error.
struct ChatTexts {
  std::string tools_prefix;
  std::string tools_suffix;
  std::string response_format_header;
  std::string max_effort;
};

/// The texts in one Python module, read as data: every string literal is a
/// candidate, and one is taken if its length and SHA-256 are those of the
/// specification.
ChatTexts FindChatTexts(absl::string_view module);

/// Takes the texts out of the Python modules in `directory`/encoding, at most
/// 64 of at most 1 MiB. A checkpoint without such modules gives no texts and no
/// error.
absl::StatusOr<ChatTexts> LoadChatTexts(absl::string_view directory);

} // namespace dsv4run

#endif // DSV4RUN_CHAT_CHATTEXTS_H
