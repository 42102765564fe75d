//===- ValidatePrograms.cpp - Rules of kernels, launches and programs -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <map>
#include <utility>
#include <vector>

#include "ManifestRules.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Bundle/ElementType.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::manifest_rules {
namespace {

absl::Status ValidateKernel(const schema::Kernel &kernel) {
  DSV4RUN_RETURN_IF_ERROR(CheckName("name", Text(kernel.name())));
  DSV4RUN_RETURN_IF_ERROR(
      CheckRange("workgroups", kernel.workgroups(), 1, INT32_MAX));
  DSV4RUN_RETURN_IF_ERROR(CheckRange("threads", kernel.threads(), 1, 1024));
  for (uint32_t i = 0; i < kernel.parameters()->size(); ++i) {
    const schema::KernelParameter &parameter = *kernel.parameters()->Get(i);
    auto where = [&](absl::string_view field) {
      return absl::StrCat("parameters[", i, "].", field);
    };
    if (!ElementBits(Text(parameter.element())))
      return ManifestExpected(where("element"), "an element type",
                              Text(parameter.element()));
    DSV4RUN_RETURN_IF_ERROR(CheckEnum(where("part"), parameter.part()));
    DSV4RUN_RETURN_IF_ERROR(CheckName(where("holds"), Text(parameter.holds())));
  }
  return absl::OkStatus();
}

/// The rules of one program. Launches are looked at in order, so that what has
/// been written is known at each.
class ProgramValidator {
public:
  ProgramValidator(const schema::Manifest &manifest,
                   const schema::Program &program)
      : manifest_(manifest), program_(program) {}

  absl::Status Run() {
    DSV4RUN_RETURN_IF_ERROR(CheckName("name", Text(program_.name())));
    DSV4RUN_RETURN_IF_ERROR(
        CheckRange("tokens", program_.tokens(), 1, INT32_MAX));
    DSV4RUN_RETURN_IF_ERROR(CheckRange("output_rows", program_.output_rows(), 0,
                                       program_.tokens()));
    if (program_.launches()->size() == 0)
      return ManifestExpected("launches", "at least one", "none");
    DSV4RUN_RETURN_IF_ERROR(
        CheckSpace("inputs", *program_.inputs(), schema::Space::Input));
    DSV4RUN_RETURN_IF_ERROR(
        CheckSpace("outputs", *program_.outputs(), schema::Space::Output));
    inputs_.insert(program_.inputs()->begin(), program_.inputs()->end());
    for (uint32_t i = 0; i < program_.launches()->size(); ++i)
      if (absl::Status status = ValidateLaunch(i); !status.ok())
        return InTable("launches", i, status);
    for (uint32_t i = 0; i < program_.outputs()->size(); ++i)
      if (!written_.contains(program_.outputs()->Get(i)))
        return ManifestExpected(
            absl::StrCat("outputs[", i, "]"), "a buffer that a launch writes",
            Text(Buffer(program_.outputs()->Get(i)).name()));
    return CheckArenaOverlap();
  }

private:
  const schema::Buffer &Buffer(uint32_t index) const {
    return *manifest_.buffers()->Get(index);
  }

  absl::Status CheckSpace(absl::string_view field,
                          const flatbuffers::Vector<uint32_t> &buffers,
                          schema::Space space) {
    for (uint32_t i = 0; i < buffers.size(); ++i) {
      std::string where = absl::StrCat(field, "[", i, "]");
      DSV4RUN_RETURN_IF_ERROR(CheckIndex(
          where, buffers.Get(i), manifest_.buffers()->size(), "buffers"));
      if (schema::Space found = Buffer(buffers.Get(i)).space(); found != space)
        return ManifestExpected(
            where,
            absl::StrCat("a buffer of space ", schema::EnumNameSpace(space)),
            schema::EnumNameSpace(found));
    }
    return absl::OkStatus();
  }

  absl::Status ValidateLaunch(uint32_t index) {
    const schema::Launch &launch = *program_.launches()->Get(index);
    const uint64_t kernels = manifest_.kernels()->size();
    DSV4RUN_RETURN_IF_ERROR(
        CheckIndex("kernel", launch.kernel(), kernels, "kernels"));
    bool conditional = launch.conditions() && launch.conditions()->size();
    if (conditional != (launch.otherwise() >= 0) || launch.otherwise() < -1)
      return ManifestExpected(
          "otherwise", conditional ? "a kernel, there are conditions" : "-1",
          absl::StrCat(launch.otherwise()));
    for (uint32_t i = 0; i < launch.buffers()->size(); ++i)
      DSV4RUN_RETURN_IF_ERROR(
          CheckIndex(absl::StrCat("buffers[", i, "]"), launch.buffers()->Get(i),
                     manifest_.buffers()->size(), "buffers"));
    std::vector<bool> writes(launch.buffers()->size(), true);
    DSV4RUN_RETURN_IF_ERROR(CheckBinding(
        launch, *manifest_.kernels()->Get(launch.kernel()), writes));
    if (conditional) {
      DSV4RUN_RETURN_IF_ERROR(
          CheckIndex("otherwise", launch.otherwise(), kernels, "kernels"));
      DSV4RUN_RETURN_IF_ERROR(CheckBinding(
          launch, *manifest_.kernels()->Get(launch.otherwise()), writes));
      DSV4RUN_RETURN_IF_ERROR(CheckConditions(launch));
    }
    return RecordUses(launch, index, writes);
  }

  /// Clears the elements of `writes` whose buffers the kernel doesn't write.
  absl::Status CheckBinding(const schema::Launch &launch,
                            const schema::Kernel &kernel,
                            std::vector<bool> &writes) {
    if (launch.buffers()->size() != kernel.parameters()->size())
      return ManifestExpected("buffers",
                              absl::StrCat(kernel.parameters()->size(),
                                           ", the parameters of ",
                                           Text(kernel.name())),
                              absl::StrCat(launch.buffers()->size()));
    for (uint32_t i = 0; i < launch.buffers()->size(); ++i) {
      const schema::Buffer &buffer = Buffer(launch.buffers()->Get(i));
      const schema::KernelParameter &parameter = *kernel.parameters()->Get(i);
      auto mismatch = [&](absl::string_view expected, absl::string_view found) {
        return ManifestExpected(
            absl::StrCat("buffers[", i, "]"),
            absl::StrCat(expected, " for ", Text(kernel.name())),
            absl::StrCat(found, " (", Text(buffer.name()), ")"));
      };
      if (Text(buffer.element()) != Text(parameter.element()))
        return mismatch(Text(parameter.element()), Text(buffer.element()));
      if (buffer.bytes() < parameter.bytes())
        return mismatch(absl::StrCat("at least ", parameter.bytes(), " bytes"),
                        absl::StrCat(buffer.bytes()));
      if (buffer.part() != parameter.part())
        return mismatch(
            absl::StrCat("part ", schema::EnumNamePart(parameter.part())),
            schema::EnumNamePart(buffer.part()));
      if (Text(buffer.holds()) != Text(parameter.holds()))
        return mismatch(Text(parameter.holds()), Text(buffer.holds()));
      if (parameter.writes() && buffer.space() == schema::Space::Weights)
        return mismatch("a buffer that may be written", "a weight");
      writes[i] = writes[i] && parameter.writes();
    }
    return absl::OkStatus();
  }

  absl::Status CheckConditions(const schema::Launch &launch) {
    for (uint32_t i = 0; i < launch.conditions()->size(); ++i) {
      const schema::Condition &condition = *launch.conditions()->Get(i);
      auto where = [&](absl::string_view field) {
        return absl::StrCat("conditions[", i, "].", field);
      };
      DSV4RUN_RETURN_IF_ERROR(CheckIndex(where("pack"), condition.pack(),
                                         manifest_.packs()->size(), "packs"));
      DSV4RUN_RETURN_IF_ERROR(CheckEnum(where("fact"), condition.fact()));
      if (manifest_.packs()->Get(condition.pack())->kind() !=
          schema::PackKind::Scaled)
        return ManifestExpected(where("pack"), "the pack of a scaled weight",
                                absl::StrCat(condition.pack()));
      if (condition.min() > condition.max())
        return ManifestExpected(
            where("max"), absl::StrCat("at least min = ", condition.min()),
            absl::StrCat(condition.max()));
    }
    return absl::OkStatus();
  }

  absl::Status RecordUses(const schema::Launch &launch, uint32_t index,
                          const std::vector<bool> &writes) {
    for (uint32_t i = 0; i < launch.buffers()->size(); ++i)
      if (writes[i])
        written_.insert(launch.buffers()->Get(i));
    for (uint32_t i = 0; i < launch.buffers()->size(); ++i) {
      const uint32_t number = launch.buffers()->Get(i);
      const schema::Buffer &buffer = Buffer(number);
      absl::string_view name = Text(buffer.name());
      std::string where = absl::StrCat("buffers[", i, "]");
      if (buffer.space() == schema::Space::Arena) {
        if (!written_.contains(number))
          return ManifestExpected(
              where, "an arena buffer that this or an earlier launch writes",
              name);
        if (buffer.offset() + buffer.bytes() > program_.arena_bytes())
          return ManifestExpected(
              where,
              absl::StrCat("a buffer within the arena's ",
                           program_.arena_bytes(), " bytes"),
              absl::StrCat("end ", buffer.offset() + buffer.bytes(), " (", name,
                           ")"));
        auto [it, first] = uses_.try_emplace(number, index, index);
        it->second.second = index;
      }
      if (buffer.space() == schema::Space::Input) {
        if (!absl::StartsWith(name, "step.") && !inputs_.contains(number))
          return ManifestExpected(where, "an input that the program lists",
                                  name);
        DSV4RUN_RETURN_IF_ERROR(CheckStepInput(where, buffer));
      }
    }
    return absl::OkStatus();
  }

  /// Inputs of the step have room for the bucket.
  absl::Status CheckStepInput(absl::string_view where,
                              const schema::Buffer &buffer) {
    absl::string_view name = Text(buffer.name());
    if (!absl::StartsWith(name, "step.") || name == abi::kCounts ||
        name == abi::kArrivals || name == abi::kWindowPages || name == abi::kEntryPages)
      return absl::OkStatus();
    uint64_t rows =
        name == abi::kOutputRows ? program_.output_rows() : program_.tokens();
    if (buffer.bytes() < rows * 4)
      return ManifestExpected(
          where, absl::StrCat(rows, " elements of ", name, " for the bucket"),
          absl::StrCat(buffer.bytes() / 4));
    return absl::OkStatus();
  }

  /// Buffers that are alive in one launch occupy disjoint bytes.
  absl::Status CheckArenaOverlap() {
    std::vector<std::vector<uint32_t>> starts(program_.launches()->size());
    std::vector<std::vector<uint32_t>> ends(program_.launches()->size());
    for (const auto &[buffer, use] : uses_) {
      starts[use.first].push_back(buffer);
      ends[use.second].push_back(buffer);
    }
    std::map<uint64_t, uint32_t> live;
    for (size_t launch = 0; launch < starts.size(); ++launch) {
      for (uint32_t number : starts[launch]) {
        uint64_t offset = Buffer(number).offset();
        uint64_t end = offset + Buffer(number).bytes();
        auto next = live.lower_bound(offset);
        auto other = live.end();
        if (next != live.end() && next->first < end)
          other = next;
        else if (next != live.begin()) {
          auto before = std::prev(next);
          if (before->first + Buffer(before->second).bytes() > offset)
            other = before;
        }
        if (other != live.end())
          return ManifestError(
              absl::StrCat("launches[", launch, "]"),
              absl::StrCat("the arena buffers ", Text(Buffer(number).name()),
                           " and ", Text(Buffer(other->second).name()),
                           " overlap while both are in use"));
        live.emplace(offset, number);
      }
      for (uint32_t number : ends[launch])
        live.erase(Buffer(number).offset());
    }
    return absl::OkStatus();
  }

  const schema::Manifest &manifest_;
  const schema::Program &program_;
  absl::flat_hash_set<uint32_t> inputs_;
  absl::flat_hash_set<uint32_t> written_;
  /// First and last launch of every arena buffer, ordered for stable messages.
  std::map<uint32_t, std::pair<uint32_t, uint32_t>> uses_;
};

} // namespace

absl::Status ValidateKernels(const schema::Manifest &manifest) {
  absl::flat_hash_set<absl::string_view> names;
  for (uint32_t i = 0; i < manifest.kernels()->size(); ++i) {
    const schema::Kernel &kernel = *manifest.kernels()->Get(i);
    if (absl::Status status = ValidateKernel(kernel); !status.ok())
      return InTable("kernels", i, status);
    if (!names.insert(Text(kernel.name())).second)
      return ManifestExpected(absl::StrCat("kernels[", i, "].name"),
                              "a name of its own", Text(kernel.name()));
  }
  return absl::OkStatus();
}

absl::Status ValidatePrograms(const schema::Manifest &manifest) {
  if (manifest.programs()->size() == 0)
    return ManifestExpected("programs", "at least one", "none");
  absl::flat_hash_set<std::pair<absl::string_view, uint32_t>> buckets;
  for (uint32_t i = 0; i < manifest.programs()->size(); ++i) {
    const schema::Program &program = *manifest.programs()->Get(i);
    if (absl::Status status = ProgramValidator(manifest, program).Run();
        !status.ok())
      return InTable("programs", i, status);
    if (!buckets.emplace(Text(program.name()), program.tokens()).second)
      return ManifestExpected(
          absl::StrCat("programs[", i, "].tokens"),
          absl::StrCat("a bucket of its own among the programs ",
                       Text(program.name())),
          absl::StrCat(program.tokens()));
  }
  return absl::OkStatus();
}

} // namespace dsv4run::manifest_rules
