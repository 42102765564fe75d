//===- Inspect.cpp - What is in a bundle ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/Inspect.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Bundle/PackShape.h"
#include "dsv4run/Bundle/Text.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

using Json = nlohmann::ordered_json;

std::string String(const flatbuffers::String *text) {
  return std::string(Text(text));
}

Json ModelToJson(const schema::Model &model) {
  return {{"name", String(model.name())}, {"vocab", model.vocab()},
          {"hidden", model.hidden()},     {"layers", model.layers()},
          {"streams", model.streams()},   {"bos", model.bos()},
          {"eos", model.eos()},           {"hash_layers", model.hash_layers()}};
}

Json PoolToJson(const schema::Pool &pool) {
  return {{"max_batch", pool.max_batch()},
          {"max_context", pool.max_context()},
          {"page", pool.page()},
          {"window", pool.window()},
          {"window_pages", pool.window_pages()},
          {"window_pages_per_sequence", pool.window_pages_per_sequence()},
          {"entry_pages", pool.entry_pages()},
          {"entry_pages_per_sequence", pool.entry_pages_per_sequence()}};
}

/// Weights and arena as allocated; the others as sums of their buffers.
Json SizesToJson(const schema::Manifest &manifest) {
  uint64_t arena = 0, state = 0, input = 0, output = 0;
  for (const schema::Program *program : *manifest.programs())
    arena = std::max(arena, program->arena_bytes());
  for (const schema::Buffer *buffer : *manifest.buffers()) {
    if (buffer->space() == schema::Space::State)
      state += buffer->bytes();
    if (buffer->space() == schema::Space::Input)
      input += buffer->bytes();
    if (buffer->space() == schema::Space::Output)
      output += buffer->bytes();
  }
  return {{"weights", manifest.weights_bytes()},
          {"arena", arena},
          {"state", state},
          {"input", input},
          {"output", output}};
}

Json WeightsToJson(const schema::Manifest &manifest) {
  Json weights = Json::object();
  auto add = [&](const std::string &dtype, uint64_t tensors, uint64_t bytes,
                 bool fragments = false) {
    Json &entry = weights[dtype];
    if (entry.is_null())
      entry = {{"tensors", 0}, {"bytes", 0}, {"bytes_in_fragments", 0}};
    entry["tensors"] = entry["tensors"].get<uint64_t>() + tensors;
    entry["bytes"] = entry["bytes"].get<uint64_t>() + bytes;
    entry["bytes_in_fragments"] =
        entry["bytes_in_fragments"].get<uint64_t>() + (fragments ? bytes : 0);
  };
  for (const schema::PackProgram *pack : *manifest.packs()) {
    // Validated with the bundle.
    const PackShape shape = *ShapeOfPack(*pack);
    if (pack->kind() == schema::PackKind::RopeTable) {
      add("rope_table", 0, shape.bytes);
      continue;
    }
    add(String(pack->tensors()->Get(0)->dtype()), pack->tensors()->size(),
        shape.bytes, shape.fragment != 0);
    if (pack->kind() == schema::PackKind::Scaled)
      add("F8_E8M0", pack->scale_tensors()->size(), shape.scale_bytes);
  }
  return weights;
}

/// "layers.3" of "layers.3.attn.wq_a + norm"; labels of no layer are "other".
std::string LayerOf(absl::string_view label) {
  constexpr absl::string_view kPrefix = "layers.";
  if (!absl::StartsWith(label, kPrefix))
    return "other";
  size_t end = label.find_first_not_of("0123456789", kPrefix.size());
  return std::string(label.substr(0, end));
}

Json ProgramsToJson(const schema::Manifest &manifest) {
  Json programs = Json::array();
  for (const schema::Program *program : *manifest.programs()) {
    Json layers = Json::object();
    for (const schema::Launch *launch : *program->launches()) {
      Json &count = layers[LayerOf(Text(launch->label()))];
      count = count.is_null() ? 1 : count.get<int>() + 1;
    }
    programs.push_back({{"name", String(program->name())},
                        {"tokens", program->tokens()},
                        {"output_rows", program->output_rows()},
                        {"arena_bytes", program->arena_bytes()},
                        {"launches", program->launches()->size()},
                        {"launches_by_layer", layers}});
  }
  return programs;
}

Json KernelsToJson(const Bundle &bundle, const KernelFigures &figures) {
  Json kernels = Json::array();
  for (const schema::Kernel *kernel : *bundle.manifest().kernels()) {
    Json parameters = Json::array();
    for (const schema::KernelParameter *parameter : *kernel->parameters())
      parameters.push_back({{"element", String(parameter->element())},
                            {"bytes", parameter->bytes()},
                            {"holds", String(parameter->holds())},
                            {"part", schema::EnumNamePart(parameter->part())},
                            {"writes", parameter->writes()}});
    kernels.push_back({{"name", String(kernel->name())},
                       {"workgroups", kernel->workgroups()},
                       {"threads", kernel->threads()},
                       {"parameters", parameters}});
    auto found = figures.find({bundle.selected(), String(kernel->name())});
    if (found == figures.end())
      continue;
    Json &resources = kernels.back()["resources"];
    for (const auto &[name, value] : found->second)
      resources[name] = value;
  }
  return kernels;
}

Json StatesToJson(const schema::Manifest &manifest) {
  const schema::Pool &pool = *manifest.pool();
  Json states = Json::array();
  for (const schema::State *state : *manifest.states()) {
    uint64_t bytes = 0;
    for (uint32_t buffer : *state->buffers())
      bytes += manifest.buffers()->Get(buffer)->bytes();
    // A sequence has a fixed share of open rows and of the window's pages;
    // entries grow with it.
    double per_token = 0;
    uint64_t per_sequence = 0;
    if (state->kind() == schema::CacheKind::OpenRows)
      per_sequence = bytes / pool.max_batch();
    else if (state->kind() == schema::CacheKind::Window)
      per_sequence =
          bytes / pool.window_pages() * pool.window_pages_per_sequence();
    else
      per_token = static_cast<double>(bytes) / pool.entry_pages() / pool.page();
    states.push_back({{"name", String(state->name())},
                      {"kind", schema::EnumNameCacheKind(state->kind())},
                      {"bytes", bytes},
                      {"bytes_per_token", per_token},
                      {"bytes_per_sequence", per_sequence}});
  }
  return states;
}

Json CodeObjectsToJson(const Bundle &bundle) {
  Json objects = Json::array();
  size_t index = 0;
  for (const schema::CodeObject *object : *bundle.manifest().code_objects()) {
    objects.push_back({{"target", String(object->target())},
                       {"level", String(object->level())},
                       {"format", String(object->format())},
                       {"bytes", bundle.CodeObject(index++).size()}});
    if (const schema::HipSource *source = object->hip()) {
      objects.back()["hip_source_bytes"] = source->text()->size();
      objects.back()["hip_source_sha256"] = String(source->sha256());
    }
  }
  return objects;
}

Json ImageToJson(const Bundle &bundle, const KernelFigures &figures) {
  const schema::Manifest &manifest = bundle.manifest();
  return {{"producer", String(manifest.producer())},
          {"observed", manifest.observed()},
          {"code_objects", CodeObjectsToJson(bundle)},
          {"pool", PoolToJson(*manifest.pool())},
          {"bytes", SizesToJson(manifest)},
          {"weights", WeightsToJson(manifest)},
          {"programs", ProgramsToJson(manifest)},
          {"kernels", KernelsToJson(bundle, figures)},
          {"states", StatesToJson(manifest)}};
}

Json ToJson(const Bundle &bundle, const KernelFigures &figures) {
  Json images = Json::array();
  for (size_t i = 0; i < bundle.images(); ++i)
    images.push_back(ImageToJson(bundle.Select(i), figures));
  return {{"path", bundle.path()},
          {"file_bytes", bundle.file_bytes()},
          {"model", ModelToJson(*bundle.manifest().model())},
          {"images", images}};
}

/// "  key value, key value" of an object of scalars.
std::string Scalars(const Json &object) {
  std::string line;
  for (const auto &[key, value] : object.items()) {
    if (value.is_structured())
      continue;
    absl::StrAppend(&line, line.empty() ? "" : ", ", key, " ",
                    value.is_string() ? value.get<std::string>()
                                      : value.dump());
  }
  return line;
}

void AppendList(std::string &text, absl::string_view title, const Json &list) {
  absl::StrAppendFormat(&text, "%s (%d)\n", title, list.size());
  for (const Json &entry : list)
    absl::StrAppend(&text, "  ", Scalars(entry), "\n");
}

} // namespace

std::string InspectAsJson(const Bundle &bundle, const KernelFigures &figures) {
  // A path need not be UTF-8.
  return ToJson(bundle, figures)
      .dump(2, ' ', false, Json::error_handler_t::replace);
}

namespace {

/// A table of the kernels' figures; nothing if they have none.
void AppendResources(std::string &text, const Json &kernels) {
  size_t width = std::strlen("kernel");
  const Json *titles = nullptr;
  for (const Json &kernel : kernels)
    if (kernel.contains("resources")) {
      width = std::max(width, kernel["name"].get<std::string>().size());
      titles = &kernel["resources"];
    }
  if (!titles)
    return;
  absl::StrAppendFormat(&text, "resources\n  %-*s", static_cast<int>(width),
                        "kernel");
  for (const auto &[title, value] : titles->items())
    absl::StrAppend(&text, "  ", title);
  absl::StrAppend(&text, "\n");
  for (const Json &kernel : kernels) {
    if (!kernel.contains("resources"))
      continue;
    absl::StrAppendFormat(&text, "  %-*s", static_cast<int>(width),
                          kernel["name"].get<std::string>());
    for (const auto &[title, value] : kernel["resources"].items())
      absl::StrAppendFormat(&text, "  %*d", static_cast<int>(title.size()),
                            value.get<uint64_t>());
    absl::StrAppend(&text, "\n");
  }
}

void AppendImage(std::string &text, const Json &json) {
  absl::StrAppend(&text, "pool\n  ", Scalars(json["pool"]), "\n");
  absl::StrAppend(&text, "bytes\n  ", Scalars(json["bytes"]), "\n");
  absl::StrAppend(&text, "weights\n");
  for (const auto &[dtype, entry] : json["weights"].items())
    absl::StrAppend(&text, "  ", dtype, ": ", Scalars(entry), "\n");
  AppendList(text, "programs", json["programs"]);
  for (const Json &program : json["programs"])
    absl::StrAppend(&text, "launches of ", program["name"].get<std::string>(),
                    " for ", program["tokens"].dump(), " tokens\n  ",
                    Scalars(program["launches_by_layer"]), "\n");
  AppendList(text, "kernels", json["kernels"]);
  AppendResources(text, json["kernels"]);
  AppendList(text, "states", json["states"]);
}

} // namespace

std::string InspectAsText(const Bundle &bundle, const KernelFigures &figures) {
  const Json json = ToJson(bundle, figures);
  std::string text = absl::StrCat(bundle.path(), ": ", bundle.file_bytes(),
                                  " bytes for ", DescribeTargets(bundle), "\n");
  absl::StrAppend(&text, "model\n  ", Scalars(json["model"]), "\n");
  for (size_t i = 0; i < bundle.images(); ++i) {
    const Json &image = json["images"][i];
    absl::StrAppend(&text, "image ", i, ", by ",
                    image["producer"].get<std::string>(),
                    image["observed"] ? ", with observed values" : "", "\n");
    AppendList(text, "code objects", image["code_objects"]);
    AppendImage(text, image);
  }
  return text;
}

} // namespace dsv4run
