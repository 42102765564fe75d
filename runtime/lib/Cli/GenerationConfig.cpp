//===- GenerationConfig.cpp - Files beside the weights --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/GenerationConfig.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

std::string WeightsDirectory(const ModelOptions &model) {
  if (model.synthetic())
    return "";
  std::filesystem::path path = model.weights;
  return std::filesystem::is_directory(path) ? path.string()
                                             : path.parent_path().string();
}

absl::StatusOr<std::unique_ptr<Tokenizer>>
LoadTokenizer(const ModelOptions &model, const std::string &path,
              bool required) {
  if (!path.empty())
    return Tokenizer::Load(path);
  std::filesystem::path beside =
      std::filesystem::path(WeightsDirectory(model)) / "tokenizer.json";
  if (!model.synthetic() && std::filesystem::exists(beside))
    return Tokenizer::Load(beside.string());
  if (!required)
    return std::unique_ptr<Tokenizer>();
  return absl::NotFoundError(absl::StrCat(
      "a text prompt needs a tokenizer: no tokenizer.json beside the weights (",
      model.weights, "); give --tokenizer FILE, or ids by --tokens"));
}

absl::StatusOr<GenerationConfig> ReadGenerationConfig(const ModelOptions &model,
                                                      int32_t eos) {
  GenerationConfig config;
  std::filesystem::path path =
      std::filesystem::path(WeightsDirectory(model)) / "generation_config.json";
  if (model.synthetic() || !std::filesystem::exists(path)) {
    config.stop_ids = {eos};
    return config;
  }
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json document,
                           ReadJsonFile(path.string()));
  JsonNode root(document, path.string());
  DSV4RUN_RETURN_IF_ERROR(root.ExpectObject());
  auto add_id = [&](const JsonNode &node) -> absl::Status {
    DSV4RUN_ASSIGN_OR_RETURN(int64_t id, node.Int(0, INT32_MAX));
    config.stop_ids.push_back(static_cast<int32_t>(id));
    return absl::OkStatus();
  };
  if (std::optional<JsonNode> node = root.Find("eos_token_id")) {
    if (!node->value().is_array()) {
      DSV4RUN_RETURN_IF_ERROR(add_id(*node));
    } else {
      for (size_t i = 0; i < node->value().size(); ++i)
        DSV4RUN_RETURN_IF_ERROR(add_id(node->At(i)));
    }
  } else {
    config.stop_ids = {eos};
  }
  if (std::optional<JsonNode> node = root.Find("do_sample")) {
    DSV4RUN_ASSIGN_OR_RETURN(config.do_sample, node->Bool());
  }
  for (auto [key, target] : {std::pair("temperature", &config.temperature),
                             std::pair("top_p", &config.top_p)})
    if (std::optional<JsonNode> node = root.Find(key)) {
      if (!node->value().is_number())
        return node->Expected("a number");
      *target = node->value().get<double>();
    }
  return config;
}

} // namespace dsv4run
