//===- SafetensorsIndex.cpp - model.safetensors.index.json ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/SafetensorsIndex.h"

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

absl::StatusOr<SafetensorsIndex>
ParseSafetensorsIndex(absl::string_view text, absl::string_view source) {
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json document, ParseJson(text, source));
  JsonNode root(document, source);
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode map, root.Get("weight_map"));
  DSV4RUN_RETURN_IF_ERROR(map.ExpectObject());

  SafetensorsIndex index;
  for (const auto &[name, unused] : map.value().items()) {
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode entry, map.Get(name));
    DSV4RUN_ASSIGN_OR_RETURN(std::string file, entry.String());
    if (file.empty() || file == "." || file == ".." ||
        file.find('/') != std::string::npos ||
        file.find('\0') != std::string::npos)
      return entry.Expected("a file name without a directory");
    index.weight_map.emplace(name, std::move(file));
  }
  if (index.weight_map.empty())
    return map.Error("expected at least one tensor, found none");
  return index;
}

std::string FormatSafetensorsIndex(const SafetensorsIndex &index,
                                   uint64_t total_bytes) {
  nlohmann::ordered_json document;
  document["metadata"]["total_size"] = total_bytes;
  document["weight_map"] = index.weight_map;
  return document.dump(2) + "\n";
}

} // namespace dsv4run
