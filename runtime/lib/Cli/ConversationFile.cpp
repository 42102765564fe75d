//===- ConversationFile.cpp - A conversation with its state on disk -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/ConversationFile.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "dsv4run/Chat/ChatRequest.h"
#include "dsv4run/Support/AtomicFile.h"
#include "dsv4run/Support/Crc32.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr unsigned char kMagic[8] = {0x89, 'D', '4', 'C', '\r', '\n', 0x1A, 0};
constexpr uint32_t kVersion = 1;

struct Header {
  unsigned char magic[8];
  uint32_t version;
  uint32_t json_crc;
  uint64_t json_bytes;
  uint64_t state_bytes;
  uint32_t state_crc;
  uint32_t header_crc; ///< of everything before it
};
static_assert(sizeof(Header) == 40);

absl::Span<const std::byte> BytesOf(absl::string_view text) {
  return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

uint32_t HeaderCrc(const Header &header) {
  return Crc32({reinterpret_cast<const std::byte *>(&header),
                offsetof(Header, header_crc)});
}

absl::string_view EffortName(ReasoningEffort effort) {
  switch (effort) {
  case ReasoningEffort::kNone:
    return "none";
  case ReasoningEffort::kHigh:
    return "high";
  case ReasoningEffort::kMax:
    return "max";
  }
  return "";
}

absl::StatusOr<nlohmann::json> DocumentOf(const ModelIdentity &identity,
                                          const SavedConversation &saved) {
  const Conversation &conversation = saved.conversation;
  nlohmann::json messages = nlohmann::json::array();
  for (const ChatMessage &message : conversation.messages) {
    DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json json,
                             ParseJson(ChatMessageToJson(message), "message"));
    messages.push_back(std::move(json));
  }
  return nlohmann::json{
      {"model",
       {{"name", identity.name},
        {"config", identity.config},
        {"layout", identity.layout},
        {"weights", identity.weights}}},
      {"messages", std::move(messages)},
      {"thinking", conversation.options.mode == ChatMode::kThinking},
      {"effort", EffortName(conversation.options.effort)},
      {"text", conversation.history().text},
      {"tokens", conversation.history().tokens},
      {"state",
       {{"tokens", saved.state_tokens},
        {"draft", saved.state.with_draft},
        {"carried", saved.carried.size()}}}};
}

/// Everything but the document's contents.
struct Parts {
  absl::string_view document;
  absl::Span<const std::byte> state;
};

absl::StatusOr<Parts> Split(const MappedFile &file) {
  const std::string &path = file.path();
  absl::Span<const std::byte> bytes = file.bytes();
  Header header;
  if (bytes.size() < sizeof(kMagic) ||
      std::memcmp(bytes.data(), kMagic, sizeof(kMagic)) != 0)
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": no conversation of dsv4-run chat (wrong first bytes)"));
  if (bytes.size() < sizeof(header))
    return absl::DataLossError(absl::StrCat(
        path, ": truncated to ", bytes.size(), " bytes, less than its header"));
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.header_crc != HeaderCrc(header))
    return absl::DataLossError(
        absl::StrCat(path, ": the header was altered (checksum)"));
  if (header.version != kVersion)
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": expected version ", kVersion, ", found ", header.version));
  absl::Span<const std::byte> rest = bytes.subspan(sizeof(header));
  if (header.json_bytes > rest.size() ||
      header.state_bytes != rest.size() - header.json_bytes)
    return absl::DataLossError(absl::StrCat(
        path, ": expected ", header.json_bytes, " + ", header.state_bytes,
        " bytes behind the header, found ", rest.size()));
  Parts parts{{reinterpret_cast<const char *>(rest.data()),
               static_cast<size_t>(header.json_bytes)},
              rest.subspan(header.json_bytes)};
  if (Crc32(BytesOf(parts.document)) != header.json_crc)
    return absl::DataLossError(
        absl::StrCat(path, ": the messages were altered (checksum)"));
  if (Crc32(parts.state) != header.state_crc)
    return absl::DataLossError(
        absl::StrCat(path, ": the state was altered (checksum)"));
  return parts;
}

absl::Status CheckIdentity(const JsonNode &node,
                           const ModelIdentity &identity) {
  struct {
    const char *key;
    const std::string &expected;
    const char *what;
  } parts[] = {
      {"config", identity.config, "another config.json"},
      {"layout", identity.layout,
       "another layout of the state (such as another FP8 dialect)"},
      {"weights", identity.weights, "other weights"},
  };
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode name_node, node.Get("name"));
  DSV4RUN_ASSIGN_OR_RETURN(std::string name, name_node.String());
  for (const auto &part : parts) {
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode found_node, node.Get(part.key));
    DSV4RUN_ASSIGN_OR_RETURN(std::string found, found_node.String());
    if (found != part.expected)
      return absl::FailedPreconditionError(absl::StrCat(
          node.source(), ": saved with ", part.what, ", model ",
          QuoteForMessage(name), "; this is ", QuoteForMessage(identity.name)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int32_t>> ReadIds(const JsonNode &node,
                                             int64_t vocab) {
  DSV4RUN_ASSIGN_OR_RETURN(size_t count, node.ArraySize());
  std::vector<int32_t> ids;
  for (size_t i = 0; i < count; ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(int64_t id, node.At(i).Int(0, vocab - 1));
    ids.push_back(static_cast<int32_t>(id));
  }
  return ids;
}

absl::Status ReadConversation(const JsonNode &root, int64_t vocab,
                              Conversation &conversation) {
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode messages, root.Get("messages"));
  DSV4RUN_ASSIGN_OR_RETURN(
      ChatRequest request,
      ParseChatRequest(messages.value().dump(), root.source()));
  conversation.messages = std::move(request.messages);
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode thinking_node, root.Get("thinking"));
  DSV4RUN_ASSIGN_OR_RETURN(bool thinking, thinking_node.Bool());
  conversation.options.mode = thinking ? ChatMode::kThinking : ChatMode::kChat;
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode effort_node, root.Get("effort"));
  DSV4RUN_ASSIGN_OR_RETURN(std::string effort, effort_node.String());
  DSV4RUN_ASSIGN_OR_RETURN(conversation.options.effort,
                           ParseReasoningEffort(effort));
  Conversation::History history;
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode text, root.Get("text"));
  DSV4RUN_ASSIGN_OR_RETURN(history.text, text.String());
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode tokens, root.Get("tokens"));
  DSV4RUN_ASSIGN_OR_RETURN(history.tokens, ReadIds(tokens, vocab));
  conversation.set_history(std::move(history));
  return absl::OkStatus();
}

absl::Status ReadState(const JsonNode &node, absl::Span<const std::byte> bytes,
                       const Session &session, SavedConversation &saved) {
  const schema::Manifest &manifest = session.model().manifest();
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode tokens, node.Get("tokens"));
  DSV4RUN_ASSIGN_OR_RETURN(saved.state_tokens,
                           ReadIds(tokens, manifest.model()->vocab()));
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode draft, node.Get("draft"));
  DSV4RUN_ASSIGN_OR_RETURN(saved.state.with_draft, draft.Bool());
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode carried, node.Get("carried"));
  DSV4RUN_ASSIGN_OR_RETURN(int64_t carried_bytes, carried.Int(0));

  const auto length = static_cast<int64_t>(saved.state_tokens.size());
  const int64_t context = session.pool().geometry().max_context;
  if (length > context)
    return absl::FailedPreconditionError(
        absl::StrCat(node.source(), ": the conversation has ", length,
                     " tokens; this bundle's state holds ", context,
                     " (--max-context when it was compiled)"));
  saved.state.length = length;
  uint64_t expected = carried_bytes;
  std::vector<uint64_t> sizes;
  if (length) {
    DSV4RUN_ASSIGN_OR_RETURN(
        sizes, StateImageSizes(session, 0, length, saved.state.with_draft));
  }
  for (uint64_t size : sizes)
    expected += size;
  if (expected != bytes.size())
    return absl::InvalidArgumentError(
        absl::StrCat(node.source(), ": the state of ", length, " tokens has ",
                     expected, " bytes, found ", bytes.size()));
  for (uint64_t size : sizes) {
    saved.state.rows.emplace_back(bytes.begin(), bytes.begin() + size);
    bytes.remove_prefix(size);
  }
  saved.carried.assign(bytes.begin(), bytes.end());
  return absl::OkStatus();
}

} // namespace

absl::Status SaveConversation(absl::string_view path,
                              const ModelIdentity &identity,
                              const SavedConversation &saved) {
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json json, DocumentOf(identity, saved));
  std::string document = json.dump();
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.json_bytes = document.size();
  header.json_crc = Crc32(BytesOf(document));

  DSV4RUN_ASSIGN_OR_RETURN(
      AtomicFile file,
      AtomicFile::Create(path, AtomicFile::Existing::kReplace));
  uint64_t offset = sizeof(header);
  DSV4RUN_RETURN_IF_ERROR(file.WriteAt(offset, document));
  offset += document.size();
  auto add = [&](absl::Span<const std::byte> bytes) {
    if (bytes.empty())
      return absl::OkStatus();
    header.state_crc = Crc32(bytes, header.state_crc);
    absl::Status status = file.WriteAt(offset, bytes);
    offset += bytes.size();
    header.state_bytes += bytes.size();
    return status;
  };
  for (const std::vector<std::byte> &rows : saved.state.rows)
    DSV4RUN_RETURN_IF_ERROR(add(rows));
  DSV4RUN_RETURN_IF_ERROR(add(saved.carried));
  header.header_crc = HeaderCrc(header);
  DSV4RUN_RETURN_IF_ERROR(file.WriteAt(
      0, absl::MakeConstSpan(reinterpret_cast<const std::byte *>(&header),
                             sizeof(header))));
  return file.Commit();
}

absl::StatusOr<SavedConversation>
LoadConversation(absl::string_view path, const ModelIdentity &identity,
                 const Session &session) {
  DSV4RUN_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  DSV4RUN_ASSIGN_OR_RETURN(Parts parts, Split(file));
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json document,
                           ParseJson(parts.document, path));
  JsonNode root(document, path);
  DSV4RUN_RETURN_IF_ERROR(root.ExpectObject());
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode model, root.Get("model"));
  DSV4RUN_RETURN_IF_ERROR(CheckIdentity(model, identity));
  SavedConversation saved;
  const int64_t vocab = session.model().manifest().model()->vocab();
  DSV4RUN_RETURN_IF_ERROR(ReadConversation(root, vocab, saved.conversation));
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode state, root.Get("state"));
  DSV4RUN_RETURN_IF_ERROR(ReadState(state, parts.state, session, saved));
  return saved;
}

} // namespace dsv4run
