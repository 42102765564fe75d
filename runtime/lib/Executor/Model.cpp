//===- Model.cpp - A bundle with weights on a device ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/Model.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Bundle/Text.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

CodeTarget TargetOf(const schema::CodeObject &object) {
  return {object.target()->str(), object.level()->str()};
}

std::optional<KernelSource> SourceOf(const schema::CodeObject &object) {
  if (!object.hip())
    return std::nullopt;
  return KernelSource{Text(object.hip()->text()), object.hip()->target()->str(),
                      object.hip()->format()->str()};
}

absl::Span<const uint32_t> SpanOf(const flatbuffers::Vector<uint32_t> &v) {
  return {v.data(), v.size()};
}

} // namespace

absl::StatusOr<Bundle> SelectImage(const Bundle &bundle, Device &device) {
  std::vector<std::string> errors;
  for (bool from_source : {false, true})
    for (size_t i = 0; i < bundle.images(); ++i) {
      Bundle selected = bundle.Select(i);
      for (const schema::CodeObject *object :
           *selected.manifest().code_objects()) {
        std::optional<KernelSource> source = SourceOf(*object);
        if (from_source && !source)
          continue;
        absl::Status fits = from_source ? device.CheckSource(*source)
                                        : device.CheckTarget(TargetOf(*object));
        if (fits.ok())
          return selected;
        errors.emplace_back(fits.message());
      }
    }
  return absl::FailedPreconditionError(absl::StrCat(
      bundle.path(), ": has code for ", DescribeTargets(bundle),
      ", none of which runs on ", device.description(),
      errors.empty() ? "" : absl::StrCat(": ", absl::StrJoin(errors, "; "))));
}

absl::StatusOr<LoadedCode> LoadCode(const Bundle &bundle, Device &device) {
  std::vector<std::string> errors;
  const auto &objects = *bundle.manifest().code_objects();
  for (size_t i = 0; i < objects.size() && !device.prefers_source(); ++i) {
    auto code =
        device.LoadCode(bundle.CodeObject(i), TargetOf(*objects.Get(i)));
    if (code.ok())
      return LoadedCode{*std::move(code), i};
    errors.emplace_back(code.status().message());
  }
  for (size_t i = 0; i < objects.size(); ++i) {
    std::optional<KernelSource> source = SourceOf(*objects.Get(i));
    if (!source) {
      if (device.prefers_source())
        errors.push_back("the bundle keeps no source");
      continue;
    }
    auto code = device.CompileCode(*source);
    if (code.ok())
      return LoadedCode{*std::move(code), i, /*from_source=*/true};
    errors.emplace_back(code.status().message());
  }
  return absl::FailedPreconditionError(absl::StrCat(
      bundle.path(), ": no code object runs on ", device.description(), ": ",
      errors.empty() ? "the image has none" : absl::StrJoin(errors, "; ")));
}

absl::StatusOr<std::unique_ptr<Model>>
Model::Create(Bundle bundle, Device &device,
              std::unique_ptr<DeviceMemory> weights,
              absl::Span<const PackFacts> facts, const PoolLimits &limits) {
  DSV4RUN_ASSIGN_OR_RETURN(LoadedCode code, LoadCode(bundle, device));
  auto model = std::unique_ptr<Model>(
      new Model(std::move(bundle), device, std::move(weights),
                std::move(code.code), code.index));
  const schema::Manifest &manifest = model->manifest();
  if (facts.size() != manifest.packs()->size())
    return absl::InvalidArgumentError(absl::StrCat(
        "facts of ", facts.size(), " pack programs; the bundle has ",
        manifest.packs()->size()));
  DSV4RUN_ASSIGN_OR_RETURN(std::optional<uint64_t> free_bytes,
                           device.FreeBytes());
  DSV4RUN_ASSIGN_OR_RETURN(model->pool_, FitPool(manifest, limits, free_bytes));

  for (const schema::Program *program : *manifest.programs()) {
    Program resolved;
    resolved.program = program;
    resolved.kernels = ResolveLaunches(*program, facts);
    std::set<uint32_t> inputs;
    for (size_t i = 0; i < resolved.kernels.size(); ++i) {
      DSV4RUN_ASSIGN_OR_RETURN(
          const void *handle,
          model->code_->FindKernel(
              manifest.kernels()->Get(resolved.kernels[i])->name()->str()));
      resolved.handles.push_back(handle);
      for (uint32_t buffer : *program->launches()->Get(i)->buffers())
        if (manifest.buffers()->Get(buffer)->space() == schema::Space::Input)
          inputs.insert(buffer);
    }
    resolved.input_buffers.assign(inputs.begin(), inputs.end());
    model->entries_[program->name()->str()].push_back(
        static_cast<int>(model->programs_.size()));
    model->programs_.push_back(std::move(resolved));
  }
  for (auto &[name, indices] : model->entries_)
    std::sort(indices.begin(), indices.end(), [&](int a, int b) {
      return model->programs_[a].program->tokens() <
             model->programs_[b].program->tokens();
    });
  return model;
}

absl::StatusOr<absl::Span<const int>>
Model::Entry(absl::string_view name) const {
  auto it = entries_.find(name);
  if (it != entries_.end())
    return absl::Span<const int>(it->second);
  std::vector<std::string> names;
  for (const auto &[entry, programs] : entries_)
    names.push_back(entry);
  std::sort(names.begin(), names.end());
  return absl::NotFoundError(absl::StrCat(
      bundle_.path(), ": no program \"", name, "\"; found ",
      absl::StrJoin(names, ", "),
      manifest().observed()
          ? ""
          : ". Programs of single layers come with dsv4c compile --observe"));
}

absl::StatusOr<int64_t> Model::LargestStep(absl::string_view entry) const {
  DSV4RUN_ASSIGN_OR_RETURN(absl::Span<const int> programs, Entry(entry));
  return static_cast<int64_t>(programs_[programs.back()].program->tokens());
}

absl::StatusOr<uint32_t> Model::FindInput(int program,
                                          absl::string_view name) const {
  return FindByName(program, "input",
                    SpanOf(*programs_[program].program->inputs()),
                    absl::StrCat(name, abi::kInputSuffix));
}

absl::StatusOr<uint32_t> Model::FindOutput(int program,
                                           absl::string_view name) const {
  return FindByName(program, "output",
                    SpanOf(*programs_[program].program->outputs()), name);
}

absl::StatusOr<uint32_t> Model::FindByName(int program, absl::string_view what,
                                           absl::Span<const uint32_t> buffers,
                                           absl::string_view name) const {
  std::vector<uint32_t> suffixed;
  std::vector<std::string> names;
  for (uint32_t buffer : buffers) {
    std::string found = manifest().buffers()->Get(buffer)->name()->str();
    if (found == name)
      return buffer;
    if (absl::EndsWith(found, absl::StrCat(".", name)))
      suffixed.push_back(buffer);
    names.push_back(std::move(found));
  }
  if (suffixed.size() == 1)
    return suffixed.front();
  return absl::NotFoundError(absl::StrCat(
      bundle_.path(), ": program ", programs_[program].program->name()->str(),
      " has ", suffixed.empty() ? "no " : "more than one ", what, " \"", name,
      "\"; found ", names.empty() ? "none" : absl::StrJoin(names, ", ")));
}

} // namespace dsv4run
