//===- OpByOpAttention.cpp - Attention alone, from golden inputs ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>
#include <map>

#include "OpByOpDetail.h"
#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Executor/CacheAccess.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Verify/OpByOp.h"

namespace dsv4run {

using namespace op_by_op;

namespace {

constexpr absl::string_view kSelection = "selection";
constexpr absl::string_view kScores = "scores";

} // namespace

absl::Status OpByOpVerifier::PrefillAttention(int layer, VerifyReport &report) {
  const std::string name = absl::StrCat("prefill layer ", layer);
  const int64_t prompt = case_.prompt;
  CacheAccess caches(session_);
  std::optional<int> window =
      caches.FindOfLayer(LayerName(layer), schema::CacheKind::Window);
  if (!window)
    return absl::NotFoundError(
        absl::StrCat("the bundle has no window cache of layer ", layer));
  const bool selects =
      caches.FindOfLayer(LayerName(layer), schema::CacheKind::Index)
          .has_value();

  DSV4RUN_ASSIGN_OR_RETURN(int slot, session_.AcquireSlot());
  auto release = absl::MakeCleanup([&] { session_.ReleaseSlot(slot); });
  const std::string entry = absl::StrCat(LayerName(layer), ".attn");
  DSV4RUN_ASSIGN_OR_RETURN(absl::Span<const int> programs,
                           session_.model().Entry(entry));
  const bool has_scores =
      session_.model().FindOutput(programs.front(), kScores).ok();
  DSV4RUN_ASSIGN_OR_RETURN(int64_t chunk, session_.model().LargestStep(entry));
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor input,
                           Operand(false, layer, "attn.in"));
  DSV4RUN_RETURN_IF_ERROR(CheckSize(OperandName(false, layer, "attn.in"),
                                    prompt * config_.hidden_size,
                                    input.values.size()));

  // Window pages are recycled behind the window, so keys are read chunk by
  // chunk.
  std::map<std::string, std::vector<float>> outputs;
  std::vector<int32_t> selection;
  std::vector<float> keys;
  int64_t score_columns = 0;
  for (int64_t begin = 0; begin < prompt; begin += chunk) {
    int64_t end = std::min(prompt, begin + chunk);
    std::vector<Token> tokens = Tokens(slot, begin, end);
    RunRequest request;
    request.entry = entry;
    request.tokens = tokens;
    request.inputs["attn.in"] =
        RowBlock::Bf16(end - begin, config_.hidden_size,
                       absl::MakeConstSpan(input.values)
                           .subspan(begin * config_.hidden_size,
                                    (end - begin) * config_.hidden_size));
    request.outputs = {"attn.out", "q", "o"};
    if (selects)
      request.outputs.emplace_back(kSelection);
    if (selects && has_scores)
      request.outputs.emplace_back(kScores);
    DSV4RUN_ASSIGN_OR_RETURN(RunResult result, session_.Run(request));
    for (auto &[output, rows] : result.outputs) {
      if (output == kSelection) {
        DSV4RUN_ASSIGN_OR_RETURN(std::vector<int32_t> values, rows.ToInts());
        selection.insert(selection.end(), values.begin(), values.end());
        continue;
      }
      if (output == kScores)
        score_columns = rows.columns;
      DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> values, rows.ToFloats());
      auto &all = outputs[output];
      all.insert(all.end(), values.begin(), values.end());
    }
    for (int64_t at = begin; at < end; ++at) {
      DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> row,
                               caches.ReadRow(*window, slot, at));
      keys.insert(keys.end(), row.begin(), row.end());
    }
  }

  std::vector<bool> same;
  if (selects) {
    std::string golden_name = OperandName(false, layer, "attn.indexer.out");
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<int32_t> expected,
                             golden_.Ints(golden_name));
    DSV4RUN_RETURN_IF_ERROR(
        CheckSize(golden_name, selection.size(), expected.size()));
    int64_t k = expected.size() / prompt;
    SelectionTally tally;
    for (int64_t row = 0; row < prompt; ++row) {
      // In the golden, entries follow the prompt's window rows.
      std::vector<int32_t> golden_row;
      for (int64_t i = 0; i < k; ++i)
        golden_row.push_back(
            expected[row * k + i] < 0
                ? -1
                : static_cast<int32_t>(expected[row * k + i] - prompt));
      auto score = [&](int32_t candidate) -> std::optional<float> {
        if (!has_scores || candidate >= score_columns)
          return std::nullopt;
        return outputs[std::string(kScores)][row * score_columns + candidate];
      };
      tally.Add(absl::MakeConstSpan(selection).subspan(row * k, k), golden_row,
                score);
    }
    tally.Judge(absl::StrCat(name, ": index selection"), report);
    same = std::move(tally.same);
  }

  for (auto [what, operand] :
       {std::pair("q", "attn.core.q"), std::pair("o", "attn.core.o"),
        std::pair("attn.out", "attn.out")}) {
    // The golden file has q and o of some layers only.
    if (!golden_.Has(OperandName(false, layer, operand)))
      continue;
    DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor expected,
                             Operand(false, layer, operand));
    const std::vector<float> &ours = outputs[what];
    DSV4RUN_RETURN_IF_ERROR(CheckSize(OperandName(false, layer, operand),
                                      ours.size(), expected.values.size()));
    bool is_query = absl::string_view(what) == "q";
    JudgeRows(absl::StrCat(name, ": ", what), ours, expected.values,
              expected.values.size() / prompt, kOpRowShare, is_query,
              is_query ? std::vector<bool>() : same, report);
  }
  return JudgeKeys(layer, slot, keys, report);
}

/// The window rows of the prompt, then the entries, as the golden has them.
absl::Status OpByOpVerifier::JudgeKeys(int layer, int slot,
                                       const std::vector<float> &window_rows,
                                       VerifyReport &report) {
  CacheAccess caches(session_);
  std::string operand = OperandName(false, layer, "attn.core.kv");
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor golden, golden_.Floats(operand));
  std::vector<float> keys = window_rows;
  if (std::optional<int> entries =
          caches.FindOfLayer(LayerName(layer), schema::CacheKind::Entries)) {
    auto [begin, end] = caches.LiveRows(*entries, slot);
    for (int64_t row = begin; row < end; ++row) {
      DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> values,
                               caches.ReadRow(*entries, slot, row));
      keys.insert(keys.end(), values.begin(), values.end());
    }
  }
  DSV4RUN_RETURN_IF_ERROR(
      CheckSize(operand, keys.size(), golden.values.size()));
  JudgeRows(absl::StrCat("prefill layer ", layer, ": kv"), keys, golden.values,
            golden.Columns(1), kOpRowShare, /*bits=*/true, {}, report);
  return absl::OkStatus();
}

/// Writes the golden's whole cache: a ring of window rows, in which position p
/// is row p mod window, then the entries.
absl::Status OpByOpVerifier::RestoreKeys(int layer, int slot,
                                         VerifyReport &report) {
  CacheAccess caches(session_);
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor golden,
                           Operand(true, layer, "attn.core.kv"));
  const int64_t columns = golden.Columns(1);
  const int64_t rows = golden.values.size() / columns;
  const int64_t window = session_.pool().geometry().window;
  int64_t restored = 0, exact = 0;
  auto restore = [&](int state, int64_t row,
                     int64_t golden_row) -> absl::Status {
    if (golden_row >= rows)
      return absl::InvalidArgumentError(
          absl::StrCat(OperandName(true, layer, "attn.core.kv"), " has ", rows,
                       " rows; expected at least ", golden_row + 1));
    absl::Span<const float> values =
        absl::MakeConstSpan(golden.values)
            .subspan(golden_row * columns, columns);
    DSV4RUN_RETURN_IF_ERROR(caches.WriteRow(state, slot, row, values));
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> stored,
                             caches.ReadRow(state, slot, row));
    ++restored;
    exact += BitEqualShare(stored, values) == 1;
    return absl::OkStatus();
  };
  std::optional<int> state =
      caches.FindOfLayer(LayerName(layer), schema::CacheKind::Window);
  if (!state)
    return absl::NotFoundError(
        absl::StrCat("the bundle has no window cache of layer ", layer));
  int64_t length = session_.length(slot);
  for (int64_t at = std::max<int64_t>(0, length - window); at < length; ++at)
    DSV4RUN_RETURN_IF_ERROR(restore(*state, at, at % window));
  if (std::optional<int> entries =
          caches.FindOfLayer(LayerName(layer), schema::CacheKind::Entries)) {
    auto [begin, end] = caches.LiveRows(*entries, slot);
    for (int64_t row = begin; row < end; ++row)
      DSV4RUN_RETURN_IF_ERROR(restore(*entries, row, window + row));
  }
  report.AtLeast(absl::StrCat("decode layer ", layer, ": kv restored exactly"),
                 static_cast<double>(exact) / restored, 1,
                 absl::StrCat(restored, " rows"));
  return absl::OkStatus();
}

absl::Status OpByOpVerifier::DecodeCore(int layer, VerifyReport &report) {
  const auto length = static_cast<int64_t>(case_.tokens[0].size());
  const int64_t window = session_.pool().geometry().window;
  DSV4RUN_ASSIGN_OR_RETURN(int slot, session_.AcquireSlot());
  auto release = absl::MakeCleanup([&] { session_.ReleaseSlot(slot); });
  DSV4RUN_RETURN_IF_ERROR(session_.Place(slot, length));
  DSV4RUN_RETURN_IF_ERROR(RestoreKeys(layer, slot, report));

  std::vector<Token> tokens = Tokens(slot, length - 1, length);
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor q, Operand(true, layer, "attn.core.q"));
  RunRequest request;
  request.entry = absl::StrCat(LayerName(layer), ".core");
  request.tokens = tokens;
  request.advance = false;
  request.inputs["q"] = InputRows(q, 1);
  request.outputs = {"o"};
  if (CacheAccess(session_).FindOfLayer(LayerName(layer),
                                        schema::CacheKind::Index)) {
    // Behind the ring come entries: those selected, in any order.
    DSV4RUN_ASSIGN_OR_RETURN(
        std::vector<int32_t> indices,
        golden_.Ints(OperandName(true, layer, "attn.core.idx")));
    std::vector<int32_t> selection;
    for (int32_t index : indices)
      if (index >= window)
        selection.push_back(static_cast<int32_t>(index - window));
    std::sort(selection.begin(), selection.end());
    selection.resize(indices.size() - window, -1);
    request.inputs[std::string(kSelection)] =
        RowBlock::Int32(1, selection.size(), selection);
  }
  DSV4RUN_ASSIGN_OR_RETURN(RunResult result, session_.Run(request));
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> ours,
                           result.outputs["o"].ToFloats());
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor golden,
                           Operand(true, layer, "attn.core.o"));
  DSV4RUN_RETURN_IF_ERROR(CheckSize(OperandName(true, layer, "attn.core.o"),
                                    ours.size(), golden.values.size()));
  JudgeRows(absl::StrCat("decode layer ", layer, ": o"), ours, golden.values,
            golden.values.size(), kOpRowShare, /*bits=*/false, {}, report);
  return absl::OkStatus();
}

} // namespace dsv4run
