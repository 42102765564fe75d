//===- ChatPrinter.cpp - An answer as it comes ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/ChatPrinter.h"

namespace dsv4run {
namespace {

constexpr const char kDim[] = "\x1b[2m", kPlain[] = "\x1b[0m";

bool IsCall(ChatDelta::Kind kind) {
  return kind == ChatDelta::Kind::kToolCall ||
         kind == ChatDelta::Kind::kToolArguments;
}

} // namespace

void ChatPrinter::Enter(ChatDelta::Kind kind) {
  if (kind_ == kind)
    return;
  if (IsCall(kind) && kind != ChatDelta::Kind::kToolCall) {
    out_ << " ";
  } else {
    if (kind_ && !at_line_start_)
      out_ << "\n";
    if (!color_ && kind == ChatDelta::Kind::kReasoning)
      out_ << "[reasoning]\n";
    if (!color_ && kind == ChatDelta::Kind::kContent && kind_)
      out_ << "[answer]\n";
    if (!color_ && kind == ChatDelta::Kind::kToolCall)
      out_ << "[call]\n";
  }
  if (color_)
    out_ << (kind == ChatDelta::Kind::kContent ? kPlain : kDim);
  kind_ = kind;
}

void ChatPrinter::Print(const std::vector<ChatDelta> &deltas) {
  for (const ChatDelta &delta : deltas) {
    if (delta.text.empty())
      continue;
    Enter(delta.kind);
    out_ << delta.text;
    at_line_start_ = delta.text.back() == '\n';
  }
  out_ << std::flush;
}

void ChatPrinter::Finish() {
  if (color_ && kind_)
    out_ << kPlain;
  if (!at_line_start_)
    out_ << "\n";
  out_ << std::flush;
  kind_.reset();
  at_line_start_ = true;
}

} // namespace dsv4run
