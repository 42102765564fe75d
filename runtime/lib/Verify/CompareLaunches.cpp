//===- CompareLaunches.cpp - One image against another, by launch ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/CompareLaunches.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// What values hold before they are written: no number in any float type, so
/// that one which is read all the same shows, and -1 in integers.
constexpr std::byte kUnwritten{0xFF};

/// Differences are carried over in pieces of this size.
constexpr size_t kPiece = 64;

absl::StatusOr<std::vector<std::byte>> Read(const Session &session,
                                            uint32_t buffer, uint64_t bytes) {
  std::vector<std::byte> contents(bytes);
  DSV4RUN_RETURN_IF_ERROR(session.model().device().CopyOut(
      absl::MakeSpan(contents), session.address(buffer)));
  return contents;
}

/// Whether values live no longer than a step.
bool OfStep(const schema::Buffer &buffer) {
  return buffer.space() == schema::Space::Arena ||
         buffer.space() == schema::Space::Output;
}

/// NVIDIA's matrix instructions add in an order and with a precision of their
/// own; what runs on every other device adds as the host does.
bool AddsAsTheHost(const Model &model) {
  return !absl::StartsWith(model.code_object().target()->c_str(), "sm_");
}

Agreement AgreementOf(const schema::Buffer &buffer, const Model &tested) {
  absl::string_view element = buffer.element()->c_str();
  bool codes = buffer.part() == schema::Part::Codes;
  if (codes && IsE4m3(element) && !AddsAsTheHost(tested))
    return Agreement::NeighbouringCodes;
  if (codes || buffer.part() == schema::Part::Scales || !IsInexact(element))
    return Agreement::SameBits;
  return Agreement::CloseValues;
}

/// Names the value for all launches of a kernel that layers share: the place
/// among the values that it writes, and what the buffer is.
std::string ValueName(size_t place, const schema::Buffer &buffer) {
  std::string name = buffer.name()->str();
  if (buffer.space() == schema::Space::Arena)
    name = absl::AsciiStrToLower(schema::EnumNamePart(buffer.part()));
  else if (buffer.space() == schema::Space::State)
    name = name.substr(name.find('.', name.find('.') + 1) + 1);
  return absl::StrCat(place, " ", name);
}

} // namespace

absl::StatusOr<LaunchComparer> LaunchComparer::Create(Session &reference,
                                                      Session &tested,
                                                      const Options &options) {
  DSV4RUN_RETURN_IF_ERROR(CheckComparable(reference.model(), tested.model()));
  return LaunchComparer(reference, tested, options);
}

const schema::Buffer &
LaunchComparer::BufferOf(const MatchedValue &value) const {
  return *reference_.model().manifest().buffers()->Get(value.reference);
}

std::vector<uint64_t> LaunchComparer::Sample(uint64_t workgroups) const {
  uint64_t count = options_.sample;
  std::vector<uint64_t> sample;
  if (count == 0 || count >= workgroups)
    return sample;
  for (uint64_t i = 0; i < count; ++i)
    sample.push_back(count == 1 ? 0 : i * (workgroups - 1) / (count - 1));
  return sample;
}

absl::StatusOr<RunResult> LaunchComparer::Run(const RunRequest &request,
                                              LaunchReport &report) {
  auto detach = absl::MakeCleanup([&] {
    reference_.SetLauncher(nullptr);
    tested_.SetLauncher(nullptr);
  });
  int runs = 0;
  // The reference has written its inputs when it would launch; then the tested
  // session does the same, and both are launched side by side.
  reference_.SetLauncher([&](int program, LaunchSequence &sequence) {
    if (++runs > 1)
      return absl::InvalidArgumentError(
          absl::StrCat(request.tokens.size(),
                       " tokens do not fit one run of the reference's ",
                       request.entry, " program"));
    bool ran = false;
    tested_.SetLauncher([&](int tested_program, LaunchSequence &tested) {
      if (std::exchange(ran, true))
        return absl::InvalidArgumentError(
            absl::StrCat(request.tokens.size(),
                         " tokens do not fit one run of the tested image's ",
                         request.entry, " program"));
      return CompareProgram({program, tested_program, sequence, tested,
                             static_cast<int64_t>(request.tokens.size())},
                            report);
    });
    return tested_.Run(request).status();
  });
  return reference_.Run(request);
}

absl::Status LaunchComparer::CompareProgram(const Step &step,
                                            LaunchReport &report) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<MatchedLaunch> matched,
                           MatchLaunches(reference_.model(),
                                         step.reference_program,
                                         tested_.model(), step.tested_program));
  written_.clear();
  for (size_t i = 0; i < matched.size(); ++i)
    DSV4RUN_RETURN_IF_ERROR(CompareLaunch(step, i, matched[i], report));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::byte>>
LaunchComparer::Before(const MatchedValue &value) {
  const schema::Buffer &buffer = BufferOf(value);
  if (!OfStep(buffer) || !written_.insert(value.reference).second)
    return Read(reference_, value.reference, buffer.bytes());
  // Nothing but this launch may have put anything here.
  std::vector<std::byte> contents(buffer.bytes(), kUnwritten);
  for (auto [session, index] : {std::pair(&reference_, value.reference),
                                std::pair(&tested_, value.tested)}) {
    Device &device = session->model().device();
    std::byte *address = session->address(index);
    DSV4RUN_RETURN_IF_ERROR(device.CopyIn(address, contents));
    DSV4RUN_RETURN_IF_ERROR(device.Discard(address, contents.size()));
  }
  return contents;
}

absl::Status LaunchComparer::CompareLaunch(const Step &step, size_t index,
                                           const MatchedLaunch &matched,
                                           LaunchReport &report) {
  const Model &model = tested_.model();
  const Model::Program &program = model.programs()[step.tested_program];
  const schema::Kernel &kernel =
      *model.manifest().kernels()->Get(program.kernels[index]);
  std::vector<std::vector<std::byte>> before;
  for (const MatchedValue &value : matched.writes) {
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> contents, Before(value));
    before.push_back(std::move(contents));
  }
  // Workgroups that share a sum wait for all that do.
  bool counts = std::any_of(matched.writes.begin(), matched.writes.end(),
                            [&](const MatchedValue &value) {
                              return BufferOf(value).name()->string_view() ==
                                     abi::kArrivals;
                            });
  std::vector<uint64_t> sample;
  if (!counts)
    sample = Sample(kernel.workgroups());
  DSV4RUN_RETURN_IF_ERROR(step.reference.RunLaunch(index, {}));
  DSV4RUN_RETURN_IF_ERROR(step.tested.RunLaunch(index, sample));

  for (size_t i = 0; i < matched.writes.size(); ++i) {
    const MatchedValue &value = matched.writes[i];
    const schema::Buffer &buffer = BufferOf(value);
    if (absl::StartsWith(buffer.name()->c_str(), abi::kScratchPrefix))
      continue;
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> reference,
                             Read(reference_, value.reference, buffer.bytes()));
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> tested,
                             Read(tested_, value.tested, buffer.bytes()));
    LaunchComparison result;
    result.element = buffer.element()->str();
    CompareOptions options;
    options.sampled = !sample.empty();
    options.agreement = AgreementOf(buffer, tested_.model());
    DSV4RUN_ASSIGN_OR_RETURN(
        result.comparison,
        CompareValues(result.element, before[i], reference, tested, options));
    // Rows beyond the step's tokens are nobody's: whole tiles may be stored.
    if (OfStep(buffer))
      result.comparison.extra = 0;
    const schema::Launch &launch = *program.program->launches()->Get(index);
    result.program = program.program->name()->str();
    result.tokens = step.tokens;
    result.label = launch.label() ? launch.label()->str() : "";
    result.kernel = kernel.name()->str();
    result.value = ValueName(i, buffer);
    report.Add(std::move(result));
    DSV4RUN_RETURN_IF_ERROR(CarryOver(value, reference, tested));
  }
  return absl::OkStatus();
}

absl::Status LaunchComparer::CarryOver(const MatchedValue &value,
                                       absl::Span<const std::byte> reference,
                                       absl::Span<const std::byte> tested) {
  Device &device = tested_.model().device();
  std::byte *address = tested_.address(value.tested);
  // What the other workgroups would have written counts as written.
  if (options_.sample > 0 && OfStep(BufferOf(value)))
    return device.CopyIn(address, reference);
  for (size_t at = 0; at < reference.size();) {
    size_t end = at;
    while (end < reference.size()) {
      size_t bytes = std::min(kPiece, reference.size() - end);
      if (std::memcmp(reference.data() + end, tested.data() + end, bytes) == 0)
        break;
      end += bytes;
    }
    if (end > at)
      DSV4RUN_RETURN_IF_ERROR(
          device.CopyIn(address + at, reference.subspan(at, end - at)));
    at = end + kPiece;
  }
  return absl::OkStatus();
}

} // namespace dsv4run
