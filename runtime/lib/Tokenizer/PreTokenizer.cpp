//===- PreTokenizer.cpp - Splitting by ICU regular expressions ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/PreTokenizer.h"

#include <unicode/regex.h>
#include <unicode/utext.h>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr size_t kMaxPatternBytes = 8192;
constexpr int32_t kMatchStackBytes = 8 << 20;
/// ICU's unit is about a millisecond of backtracking for one match.
constexpr int32_t kMatchTimeLimit = 2000;

class RegexSplitter : public PreTokenizer {
public:
  explicit RegexSplitter(std::vector<std::unique_ptr<icu::RegexPattern>> steps)
      : steps_(std::move(steps)) {}

  absl::Status
  Split(absl::string_view text,
        absl::FunctionRef<void(absl::string_view)> piece) const override {
    std::vector<absl::string_view> pieces;
    if (!text.empty())
      pieces.push_back(text);
    for (const auto &pattern : steps_) {
      DSV4RUN_ASSIGN_OR_RETURN(pieces, Apply(*pattern, pieces));
    }
    for (absl::string_view part : pieces)
      piece(part);
    return absl::OkStatus();
  }

private:
  static absl::StatusOr<std::vector<absl::string_view>>
  Apply(const icu::RegexPattern &pattern,
        const std::vector<absl::string_view> &pieces) {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::RegexMatcher> matcher(pattern.matcher(error));
    if (U_FAILURE(error))
      return Failure(error);
    matcher->setStackLimit(kMatchStackBytes, error);
    matcher->setTimeLimit(kMatchTimeLimit, error);

    std::vector<absl::string_view> result;
    UText utext = UTEXT_INITIALIZER;
    absl::Cleanup close = [&] { utext_close(&utext); };
    for (absl::string_view piece : pieces) {
      utext_openUTF8(&utext, piece.data(), piece.size(), &error);
      if (U_FAILURE(error))
        return Failure(error);
      matcher->reset(&utext);
      // Native indices of a UTF-8 text are byte offsets.
      int64_t done = 0;
      auto add_until = [&](int64_t end) {
        if (end > done)
          result.push_back(piece.substr(done, end - done));
        done = std::max(done, end);
      };
      while (matcher->find(error)) {
        add_until(matcher->start64(error));
        add_until(matcher->end64(error));
      }
      if (U_FAILURE(error))
        return Failure(error);
      add_until(piece.size());
    }
    return result;
  }

  static absl::Status Failure(UErrorCode error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("splitting text by a regular expression of the tokenizer "
                     "failed: ",
                     u_errorName(error)));
  }

  std::vector<std::unique_ptr<icu::RegexPattern>> steps_;
};

} // namespace

PreTokenizer::~PreTokenizer() = default;

absl::StatusOr<std::unique_ptr<PreTokenizer>>
PreTokenizer::Create(const std::vector<std::string> &patterns) {
  // A quotation mark means the same with a backslash, which some files have.
  std::vector<std::string> plain = patterns;
  for (std::string &pattern : plain)
    absl::StrReplaceAll({{"\\\"", "\""}}, &pattern);
  if (plain == PublishedSplitPatterns())
    return CreatePublishedSplitter();
  return CreateFromRegexes(patterns);
}

absl::StatusOr<std::unique_ptr<PreTokenizer>>
PreTokenizer::CreateFromRegexes(const std::vector<std::string> &patterns) {
  std::vector<std::unique_ptr<icu::RegexPattern>> steps;
  for (const std::string &pattern : patterns) {
    if (pattern.size() > kMaxPatternBytes)
      return absl::InvalidArgumentError(
          absl::StrCat("regular expression of ", pattern.size(),
                       " bytes exceeds the limit of ", kMaxPatternBytes));
    UErrorCode error = U_ZERO_ERROR;
    UParseError where;
    std::unique_ptr<icu::RegexPattern> compiled(icu::RegexPattern::compile(
        icu::UnicodeString::fromUTF8(pattern), where, error));
    if (U_FAILURE(error))
      return absl::InvalidArgumentError(absl::StrCat(
          "invalid regular expression ", QuoteForMessage(pattern), ": ",
          u_errorName(error), " at character ", where.offset));
    steps.push_back(std::move(compiled));
  }
  return std::make_unique<RegexSplitter>(std::move(steps));
}

} // namespace dsv4run
