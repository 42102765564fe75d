//===- ValidateStates.cpp - Rules of the pool, states and step inputs -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "ManifestRules.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Support/CheckedMath.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::manifest_rules {
namespace {

/// Row numbers are i32 in page tables and kernels.
constexpr uint64_t kMaxRows = INT32_MAX;

class StateValidator {
public:
  StateValidator(const schema::Manifest &manifest, std::vector<bool> &used)
      : manifest_(manifest), pool_(*manifest.pool()), used_(used) {}

  absl::Status Run(const schema::State &state) {
    DSV4RUN_RETURN_IF_ERROR(CheckName("name", Text(state.name())));
    DSV4RUN_RETURN_IF_ERROR(CheckEnum("kind", state.kind()));
    DSV4RUN_RETURN_IF_ERROR(CheckRange("width", state.width(), 1, 1 << 24));
    return state.kind() == schema::CacheKind::OpenRows ? OpenRows(state)
                                                       : Cache(state);
  }

private:
  struct Expected {
    schema::Part part;
    std::vector<uint64_t> bytes; ///< any of these
  };

  absl::Status OpenRows(const schema::State &state) {
    DSV4RUN_RETURN_IF_ERROR(CheckRange("slots", state.slots(), 1, 1 << 24));
    if (state.tail() || state.block())
      return ManifestExpected("tail, block", "0, 0",
                              absl::StrCat(state.tail(), ", ", state.block()));
    uint64_t factors[] = {pool_.max_batch(), state.slots(), state.width(), 4};
    std::optional<uint64_t> bytes = CheckedProduct(factors);
    if (!bytes)
      return ManifestExpected("slots", "a size below 2^64", "more");
    return CheckBuffers(
        state, {{schema::Part::U, {*bytes}}, {schema::Part::S, {*bytes}}});
  }

  absl::Status Cache(const schema::State &state) {
    const bool window = state.kind() == schema::CacheKind::Window;
    if (state.slots())
      return ManifestExpected("slots", "0", absl::StrCat(state.slots()));
    if (state.ratio() < 1 || (window && state.ratio() != 1))
      return ManifestExpected("ratio", window ? "1" : "at least 1",
                              absl::StrCat(state.ratio()));
    if (pool_.page() % state.ratio())
      return ManifestExpected(
          "ratio", absl::StrCat("a divisor of the page of ", pool_.page()),
          absl::StrCat(state.ratio()));
    if (state.block() < 1 || state.width() % state.block())
      return ManifestExpected(
          "block", absl::StrCat("a divisor of the width ", state.width()),
          absl::StrCat(state.block()));
    DSV4RUN_RETURN_IF_ERROR(CheckRange("tail", state.tail(), 0, 1 << 24));
    uint64_t pages = window ? pool_.window_pages() : pool_.entry_pages();
    if (pages == 0)
      return ManifestExpected("kind", "a cache whose pool has pages",
                              schema::EnumNameCacheKind(state.kind()));
    uint64_t rows = pages * (pool_.page() / state.ratio());
    // FP8 codes take a byte each, FP4 codes half of one.
    std::vector<Expected> parts = {
        {schema::Part::Codes, {rows * state.width(), rows * state.width() / 2}},
        {schema::Part::Scales, {rows * (state.width() / state.block())}}};
    if (state.tail())
      parts.push_back({schema::Part::Tail, {rows * state.tail() * 2}});
    return CheckBuffers(state, parts);
  }

  absl::Status CheckBuffers(const schema::State &state,
                            absl::Span<const Expected> parts) {
    if (state.buffers()->size() != parts.size())
      return ManifestExpected("buffers", absl::StrCat(parts.size()),
                              absl::StrCat(state.buffers()->size()));
    absl::string_view holds;
    for (uint32_t i = 0; i < parts.size(); ++i) {
      std::string where = absl::StrCat("buffers[", i, "]");
      const uint32_t number = state.buffers()->Get(i);
      DSV4RUN_RETURN_IF_ERROR(
          CheckIndex(where, number, used_.size(), "buffers"));
      const schema::Buffer &buffer = *manifest_.buffers()->Get(number);
      if (buffer.space() != schema::Space::State)
        return ManifestExpected(where, "a buffer of space State",
                                schema::EnumNameSpace(buffer.space()));
      if (used_[number])
        return ManifestExpected(where, "a buffer of no other state",
                                Text(buffer.name()));
      used_[number] = true;
      if (buffer.part() != parts[i].part)
        return ManifestExpected(where, schema::EnumNamePart(parts[i].part),
                                schema::EnumNamePart(buffer.part()));
      if (i == 0)
        holds = Text(buffer.holds());
      if (Text(buffer.holds()) != holds)
        return ManifestExpected(where, absl::StrCat("a part of ", holds),
                                Text(buffer.holds()));
      const std::vector<uint64_t> &bytes = parts[i].bytes;
      if (std::find(bytes.begin(), bytes.end(), buffer.bytes()) == bytes.end())
        return ManifestExpected(
            where, absl::StrCat(absl::StrJoin(bytes, " or "), " bytes"),
            absl::StrCat(buffer.bytes()));
    }
    return absl::OkStatus();
  }

  const schema::Manifest &manifest_;
  const schema::Pool &pool_;
  std::vector<bool> &used_;
};

} // namespace

absl::Status ValidatePool(const schema::Pool &pool) {
  auto check = [](absl::string_view field, uint64_t value, uint64_t min,
                  uint64_t max) {
    return CheckRange(absl::StrCat("pool.", field), value, min, max);
  };
  DSV4RUN_RETURN_IF_ERROR(check("max_batch", pool.max_batch(), 1, 1 << 20));
  DSV4RUN_RETURN_IF_ERROR(
      check("max_context", pool.max_context(), 1, kMaxRows));
  DSV4RUN_RETURN_IF_ERROR(check("page", pool.page(), 1, 1 << 20));
  DSV4RUN_RETURN_IF_ERROR(check("window", pool.window(), 1, kMaxRows));
  const uint64_t page = pool.page();
  DSV4RUN_RETURN_IF_ERROR(
      check("window_pages", pool.window_pages(), 1, kMaxRows / page));
  DSV4RUN_RETURN_IF_ERROR(
      check("entry_pages", pool.entry_pages(), 0, kMaxRows / page));
  // `window` consecutive positions touch this many pages, wherever they start.
  const uint64_t touched = (uint64_t{pool.window()} + page - 2) / page + 1;
  const uint64_t context_pages = (pool.max_context() + page - 1) / page;
  DSV4RUN_RETURN_IF_ERROR(check("window_pages_per_sequence",
                                pool.window_pages_per_sequence(),
                                std::min(touched, context_pages), kMaxRows));
  return check("entry_pages_per_sequence", pool.entry_pages_per_sequence(),
               pool.entry_pages() ? context_pages : 0, kMaxRows);
}

absl::Status ValidateStates(const schema::Manifest &manifest) {
  absl::flat_hash_set<absl::string_view> names;
  std::vector<bool> used(manifest.buffers()->size());
  for (uint32_t i = 0; i < manifest.states()->size(); ++i) {
    const schema::State &state = *manifest.states()->Get(i);
    if (absl::Status status = StateValidator(manifest, used).Run(state);
        !status.ok())
      return InTable("states", i, status);
    if (!names.insert(Text(state.name())).second)
      return ManifestExpected(absl::StrCat("states[", i, "].name"),
                              "a name of its own", Text(state.name()));
  }
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i] && manifest.buffers()->Get(i)->space() == schema::Space::State)
      return ManifestExpected(
          absl::StrCat("buffers[", i, "].space"), "a state that it belongs to",
          absl::StrCat("none for ", Text(manifest.buffers()->Get(i)->name())));
  return absl::OkStatus();
}

absl::Status ValidateStepInputs(const schema::Manifest &manifest) {
  const schema::Pool &pool = *manifest.pool();
  struct StepInput {
    absl::string_view name;
    uint64_t elements; ///< 0: depends on the program
  };
  const StepInput inputs[] = {
      {abi::kCounts, abi::kCountsSize},
      {abi::kArrivals, abi::kArrivalsSize},
      {abi::kIds, 0},
      {abi::kNextIds, 0},
      {abi::kSlots, 0},
      {abi::kPositions, 0},
      {abi::kFirstRows, 0},
      {abi::kFirstPositions, 0},
      {abi::kLastPositions, 0},
      {abi::kOutputRows, 0},
      {abi::kWindowPages,
       uint64_t{pool.max_batch()} * pool.window_pages_per_sequence()},
      {abi::kEntryPages,
       uint64_t{pool.max_batch()} * pool.entry_pages_per_sequence()},
  };
  for (uint32_t i = 0; i < manifest.buffers()->size(); ++i) {
    const schema::Buffer &buffer = *manifest.buffers()->Get(i);
    absl::string_view name = Text(buffer.name());
    if (!absl::StartsWith(name, "step."))
      continue;
    auto where = [&](absl::string_view field) {
      return absl::StrCat("buffers[", i, "].", field);
    };
    auto input =
        std::find_if(std::begin(inputs), std::end(inputs),
                     [&](const StepInput &step) { return step.name == name; });
    if (input == std::end(inputs))
      return ManifestExpected(where("name"), "an input of the step's ABI",
                              name);
    if (buffer.space() != schema::Space::Input)
      return ManifestExpected(where("space"), "Input",
                              schema::EnumNameSpace(buffer.space()));
    if (Text(buffer.element()) != "i32")
      return ManifestExpected(where("element"), "i32", Text(buffer.element()));
    if (input->elements && buffer.bytes() != input->elements * 4)
      return ManifestExpected(where("bytes"),
                              absl::StrCat(input->elements * 4, " for ", name),
                              absl::StrCat(buffer.bytes()));
  }
  return absl::OkStatus();
}

} // namespace dsv4run::manifest_rules
