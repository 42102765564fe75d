//===- ControlTokens.h - Special tokens of the chat format ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHAT_CONTROLTOKENS_H
#define DSV4RUN_CHAT_CONTROLTOKENS_H

namespace dsv4run::control {

// Added tokens as they are written (spec sections 6.1 and 6.2); ids come from
// the tokenizer.
inline constexpr char kBos[] = "<｜begin▁of▁sentence｜>";
inline constexpr char kEos[] = "<｜end▁of▁sentence｜>";
inline constexpr char kUser[] = "<｜User｜>";
inline constexpr char kAssistant[] = "<｜Assistant｜>";
inline constexpr char kLatestReminder[] = "<｜latest_reminder｜>";
inline constexpr char kThink[] = "<think>";
inline constexpr char kEndThink[] = "</think>";
/// Part of every tag of a tool call.
inline constexpr char kDsml[] = "｜DSML｜";

} // namespace dsv4run::control

#endif // DSV4RUN_CHAT_CONTROLTOKENS_H
