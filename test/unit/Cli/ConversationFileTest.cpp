//===- ConversationFileTest.cpp -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/ConversationFile.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <random>

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Support/Crc32.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using testing::IsError;
using testing::IsInvalid;
using testing::ReadFile;
using testing::TinyModel;
using testing::WriteFile;

constexpr size_t kHeaderBytes = 40;

class ConversationFileTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(tiny_, TinyModel::Create());
    path_ = directory_.path() + "/c.chat";
    ASSERT_OK_AND_ASSIGN(int slot, tiny_.session->AcquireSlot());
    std::vector<Token> tokens;
    for (int i = 0; i < 7; ++i)
      tokens.push_back({slot, i, i});
    RunRequest request;
    request.tokens = tokens;
    ASSERT_OK(tiny_.session->Run(request));
    ASSERT_OK_AND_ASSIGN(saved_.state,
                         CaptureState(*tiny_.session, slot, 0, true));
    saved_.state_tokens = {0, 1, 2, 3, 4, 5, 6};
    saved_.carried = {std::byte{1}, std::byte{2}};
    ChatMessage message;
    message.content = "Who \"is\"\nthere? \xC3\xA9";
    saved_.conversation.messages.push_back(message);
    message.role = ChatRole::kAssistant;
    message.reasoning_content = "hm";
    saved_.conversation.messages.push_back(message);
    saved_.conversation.options.mode = ChatMode::kThinking;
    saved_.conversation.options.effort = ReasoningEffort::kHigh;
    saved_.conversation.set_history({"the text", {0, 1, 2, 3, 4, 5, 6, 7}});
  }
  absl::Status Save() { return SaveConversation(path_, identity_, saved_); }
  absl::StatusOr<SavedConversation> Load() {
    return LoadConversation(path_, identity_, *tiny_.session);
  }
  /// A file with this document and state whose checksums are right.
  void Forge(const std::string &document, const std::string &state) {
    ASSERT_OK(Save());
    std::string header = ReadFile(path_).substr(0, kHeaderBytes);
    auto put = [&](size_t at, auto value) {
      std::memcpy(header.data() + at, &value, sizeof(value));
    };
    auto crc = [](const std::string &text) {
      return Crc32(
          {reinterpret_cast<const std::byte *>(text.data()), text.size()});
    };
    put(12, crc(document));
    put(16, uint64_t{document.size()});
    put(24, uint64_t{state.size()});
    put(32, crc(state));
    put(36, crc(header.substr(0, 36)));
    WriteFile(path_, header + document + state);
  }
  nlohmann::json Document() {
    std::string file = ReadFile(path_);
    uint64_t bytes;
    std::memcpy(&bytes, file.data() + 16, sizeof(bytes));
    return nlohmann::json::parse(file.substr(kHeaderBytes, bytes));
  }

  testing::TempDir directory_;
  std::string path_;
  TinyModel tiny_;
  ModelIdentity identity_ = {"tiny", "c", "l", "w"};
  SavedConversation saved_;
};

TEST_F(ConversationFileTest, KeepsEverything) {
  ASSERT_OK(Save());
  ASSERT_OK_AND_ASSIGN(SavedConversation loaded, Load());
  EXPECT_EQ(loaded.state_tokens, saved_.state_tokens);
  EXPECT_EQ(loaded.state.rows, saved_.state.rows);
  EXPECT_EQ(loaded.state.length, 7);
  EXPECT_EQ(loaded.carried, saved_.carried);
  const Conversation &conversation = loaded.conversation;
  ASSERT_EQ(conversation.messages.size(), 2u);
  EXPECT_EQ(conversation.messages[0].content,
            saved_.conversation.messages[0].content);
  EXPECT_EQ(conversation.messages[1].role, ChatRole::kAssistant);
  EXPECT_EQ(conversation.messages[1].reasoning_content, "hm");
  EXPECT_EQ(conversation.options.effort, ReasoningEffort::kHigh);
  EXPECT_EQ(conversation.history().text, "the text");
  EXPECT_EQ(conversation.history().tokens.size(), 8u);
}

TEST_F(ConversationFileTest, AnEmptyConversation) {
  saved_ = SavedConversation();
  ASSERT_OK(Save());
  ASSERT_OK_AND_ASSIGN(SavedConversation loaded, Load());
  EXPECT_TRUE(loaded.state_tokens.empty());
  EXPECT_TRUE(loaded.conversation.messages.empty());
}

TEST_F(ConversationFileTest, EveryTruncationIsNamed) {
  ASSERT_OK(Save());
  std::string file = ReadFile(path_);
  for (size_t size = 0; size < file.size(); ++size) {
    WriteFile(path_, file.substr(0, size));
    absl::Status status = Load().status();
    EXPECT_THAT(std::string(status.message()),
                AnyOf(HasSubstr("no conversation"), HasSubstr("truncated to"),
                      HasSubstr("behind the header, found")));
  }
  WriteFile(path_, file + "x");
  EXPECT_THAT(Load(),
              IsError(absl::StatusCode::kDataLoss, "behind the header"));
}

TEST_F(ConversationFileTest, EveryAlteredByteIsNoticed) {
  ASSERT_OK(Save());
  std::string file = ReadFile(path_);
  for (size_t at = 0; at < file.size(); ++at) {
    std::string bad = file;
    bad[at] ^= 0x10;
    WriteFile(path_, bad);
    EXPECT_FALSE(Load().ok()) << at;
  }
}

TEST_F(ConversationFileTest, OtherModelsAreRefused) {
  ASSERT_OK(Save());
  auto expect = [&](ModelIdentity other, const char *what) {
    EXPECT_THAT(LoadConversation(path_, other, *tiny_.session),
                IsError(absl::StatusCode::kFailedPrecondition, what));
  };
  expect({"x", "?", "l", "w"},
         "saved with another config.json, model \"tiny\"; "
         "this is \"x\"");
  expect({"x", "c", "?", "w"}, "another layout of the state");
  expect({"x", "c", "l", "?"}, "other weights");
}

/// Right checksums are no promise.
TEST_F(ConversationFileTest, ForgedDocumentsAreRefused) {
  ASSERT_OK(Save());
  const nlohmann::json good = Document();
  const std::string state =
      ReadFile(path_).substr(kHeaderBytes + good.dump().size());
  Forge(good.dump(), state);
  ASSERT_OK(Load());
  auto expect = [&](const char *pointer, nlohmann::json value,
                    const char *message) {
    nlohmann::json document = good;
    document[nlohmann::json::json_pointer(pointer)] = std::move(value);
    Forge(document.dump(), state);
    EXPECT_THAT(std::string(Load().status().message()), HasSubstr(message))
        << pointer;
  };
  expect("/tokens/3", 16, "/tokens/3: expected an integer in [0, 15]");
  expect("/state/tokens/0", -1, "/state/tokens/0");
  expect("/state/tokens", {0, 1, 2}, "the state of 3 tokens has");
  expect("/state/tokens", std::vector<int>(33, 0),
         "this bundle's state holds 32");
  expect("/state/draft", 1, "/state/draft");
  expect("/state/carried", INT64_MAX, "the state of 7 tokens has");
  expect("/state/carried", -1, "/state/carried");
  expect("/state", 1, "/state");
  expect("/messages/0/role", "nobody", "/0/role");
  expect("/messages", 5, "messages");
  expect("/thinking", "yes", "/thinking");
  expect("/effort", "much", "much");
  expect("/text", nullptr, "/text");
  expect("/model/weights", 7, "/model/weights");
  Forge("[]", state);
  EXPECT_THAT(Load(), IsInvalid("expected an object"));
  Forge("{", state);
  EXPECT_THAT(Load(), IsInvalid(path_));
  Forge(std::string(100, '['), state);
  EXPECT_FALSE(Load().ok());
}

TEST_F(ConversationFileTest, RandomBytesNeverCrash) {
  std::mt19937 random(9);
  ASSERT_OK(Save());
  const std::string document = Document().dump();
  for (int i = 0; i < 2000; ++i) {
    std::string bad = document;
    for (int k = 0; k < 3; ++k)
      bad[random() % bad.size()] = static_cast<char>(random());
    Forge(bad, std::string(random() % 300, 'x'));
    EXPECT_FALSE(Load().ok());
  }
}

/// What cannot be written leaves what was there.
TEST_F(ConversationFileTest, KeepsTheOldFile) {
  ASSERT_OK(Save());
  std::string old = ReadFile(path_);
  // As on a full disk, in the middle of the state.
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit unlimited, limited;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  limited = unlimited;
  limited.rlim_cur = old.size() - 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
  absl::Status status = Save();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_EQ(ReadFile(path_), old);
  // Nothing is left beside it.
  EXPECT_EQ(
      std::distance(std::filesystem::directory_iterator(directory_.path()), {}),
      1);
}

TEST_F(ConversationFileTest, MissingFiles) {
  EXPECT_THAT(Load().status().message(), HasSubstr(path_));
  EXPECT_THAT(SaveConversation("/proc/nowhere", identity_, saved_).message(),
              HasSubstr("/proc/nowhere"));
}

} // namespace
} // namespace dsv4run
