//===- MatchLaunches.cpp - The launches of two images side by side --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/MatchLaunches.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// A buffer that a launch writes.
struct Written {
  uint32_t index;
  const schema::Buffer *buffer;
};

std::vector<Written> WritesOf(const Model &model, int program, size_t launch) {
  const schema::Manifest &manifest = model.manifest();
  const Model::Program &resolved = model.programs()[program];
  const auto &parameters =
      *manifest.kernels()->Get(resolved.kernels[launch])->parameters();
  const auto &buffers = *resolved.program->launches()->Get(launch)->buffers();
  std::vector<Written> writes;
  for (size_t i = 0; i < buffers.size(); ++i)
    if (parameters.Get(i)->writes())
      writes.push_back(
          {buffers.Get(i), manifest.buffers()->Get(buffers.Get(i))});
  return writes;
}

std::string Label(const Model &model, int program, size_t launch) {
  const flatbuffers::String *label =
      model.programs()[program].program->launches()->Get(launch)->label();
  return label ? label->str() : "";
}

/// Whether they can be the same value of the graph.
bool Corresponds(const schema::Buffer &a, const schema::Buffer &b) {
  if (a.space() != b.space() || a.part() != b.part())
    return false;
  if (a.space() != schema::Space::Arena)
    return a.name()->str() == b.name()->str();
  return a.element()->str() == b.element()->str() &&
         a.holds()->str() == b.holds()->str();
}

/// What workgroups of a launch tell each other: partial results, and how many
/// have arrived.
bool IsScratch(const schema::Buffer &buffer) {
  std::string name = buffer.name()->str();
  return absl::StartsWith(name, abi::kScratchPrefix) || name == abi::kArrivals;
}

std::string Describe(const schema::Buffer &buffer) {
  return absl::StrCat("\"", buffer.name()->str(), "\" (",
                      buffer.element()->str(), ", ", buffer.bytes(),
                      " bytes of ", buffer.holds()->str(), ")");
}

absl::Status CheckLayout(const schema::Buffer &a, const schema::Buffer &b,
                         const std::string &label) {
  if (a.element()->str() == b.element()->str() && a.bytes() == b.bytes() &&
      a.holds()->str() == b.holds()->str())
    return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "launch \"", label, "\" writes ", Describe(a), " in the reference and ",
      Describe(b), " in the tested image; layouts must be equal"));
}

} // namespace

absl::Status CheckComparable(const Model &reference, const Model &tested) {
  const std::string a = reference.code_object().format()->str(),
                    b = tested.code_object().format()->str();
  if (a != b)
    return absl::FailedPreconditionError(absl::StrCat(
        "the reference has FP8 codes of dialect ", a, ", the tested image of ",
        b,
        "; codes can only be compared within one dialect: compile the "
        "reference with --fp8=",
        b));
  PoolGeometry x = reference.pool_geometry(), y = tested.pool_geometry();
  if (x.max_batch == y.max_batch && x.max_context == y.max_context &&
      x.page == y.page && x.window == y.window &&
      x.window_pages == y.window_pages && x.entry_pages == y.entry_pages)
    return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the reference's state is for ", x.max_batch, " sequences of ",
      x.max_context, " positions in pages of ", x.page, ", the tested image's ",
      "for ", y.max_batch, " of ", y.max_context, " in pages of ", y.page,
      "; compile both with the same --max-batch and --max-context"));
}

absl::StatusOr<std::vector<MatchedLaunch>> MatchLaunches(const Model &reference,
                                                         int reference_program,
                                                         const Model &tested,
                                                         int tested_program) {
  const Model::Program &a = reference.programs()[reference_program];
  const Model::Program &b = tested.programs()[tested_program];
  if (a.program->tokens() != b.program->tokens())
    return absl::FailedPreconditionError(absl::StrCat(
        "the step runs a program for up to ", a.program->tokens(),
        " tokens in the reference and for up to ", b.program->tokens(),
        " in the tested image; compile both with the same --buckets"));
  for (size_t i = 0; i < std::max(a.kernels.size(), b.kernels.size()); ++i) {
    std::string x = i < a.kernels.size()
                        ? Label(reference, reference_program, i)
                        : "nothing";
    std::string y =
        i < b.kernels.size() ? Label(tested, tested_program, i) : "nothing";
    if (x != y)
      return absl::FailedPreconditionError(absl::StrCat(
          "launch ", i, " of ", a.program->name()->str(), " for up to ",
          a.program->tokens(), " tokens is \"", x, "\" in the reference and \"",
          y,
          "\" in the tested image; launches can only be compared within "
          "one plan"));
  }

  std::vector<MatchedLaunch> matched(a.kernels.size());
  for (size_t i = 0; i < a.kernels.size(); ++i) {
    std::string label = Label(reference, reference_program, i);
    std::vector<Written> candidates = WritesOf(tested, tested_program, i);
    for (const Written &value : WritesOf(reference, reference_program, i)) {
      auto it = std::find_if(
          candidates.begin(), candidates.end(), [&](const Written &candidate) {
            return Corresponds(*value.buffer, *candidate.buffer);
          });
      // A target may have other groups of workgroups.
      if (IsScratch(*value.buffer) &&
          (it == candidates.end() ||
           it->buffer->bytes() != value.buffer->bytes()))
        continue;
      if (it == candidates.end())
        return absl::FailedPreconditionError(absl::StrCat(
            "launch \"", label, "\" writes ", Describe(*value.buffer),
            " in the reference and nothing like it in the tested image"));
      DSV4RUN_RETURN_IF_ERROR(CheckLayout(*value.buffer, *it->buffer, label));
      matched[i].writes.push_back({value.index, it->index});
      candidates.erase(it);
    }
  }
  return matched;
}

} // namespace dsv4run
