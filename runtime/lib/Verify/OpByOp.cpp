//===- OpByOp.cpp - Layers and ops alone, from golden inputs --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/OpByOp.h"

#include <algorithm>
#include <cmath>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Checkpoint/TypedCopy.h"
#include "dsv4run/Executor/CacheAccess.h"
#include "dsv4run/Support/NumberFormats.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kSelection = "selection";
constexpr absl::string_view kScores = "scores";

std::string LayerName(int layer) { return absl::StrCat("layers.", layer); }

/// A bf16 input with a row per token.
RowBlock InputRows(const GoldenTensor &tensor, int64_t rows) {
  return RowBlock::Bf16(rows, tensor.values.size() / rows, tensor.values);
}

absl::Status CheckSize(absl::string_view what, size_t ours, size_t golden) {
  if (ours == golden)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": the bundle gives ", ours,
                   " elements; the golden file has ", golden));
}

} // namespace

absl::StatusOr<OpByOpVerifier>
OpByOpVerifier::Create(Session &session, const TensorSource &weights,
                       const Golden &golden, absl::string_view case_name) {
  OpByOpVerifier verifier(session, weights, golden);
  const schema::Manifest &manifest = session.model().manifest();
  if (!manifest.observed())
    return absl::FailedPreconditionError(
        absl::StrCat(session.model().bundle().path(),
                     ": op-by-op verification needs a bundle compiled with "
                     "dsv4c compile --observe"));
  DSV4RUN_ASSIGN_OR_RETURN(verifier.case_, golden.Case(case_name));
  if (verifier.case_.batch() != 1 ||
      !golden.Has(absl::StrCat(case_name, ".hidden.0")) ||
      !golden.Has(absl::StrCat(case_name, ".prefill.layers.0.attn.in")))
    return absl::InvalidArgumentError(
        absl::StrCat(golden.path(), ": case ", case_name,
                     " does not carry streams and op operands of a sequence"));
  DSV4RUN_ASSIGN_OR_RETURN(
      verifier.config_,
      ParseModelConfig(
          manifest.model()->config()->str(),
          absl::StrCat(session.model().bundle().path(), ": config.json")));
  return verifier;
}

std::string OpByOpVerifier::OperandName(bool decode, int layer,
                                        absl::string_view what) const {
  return absl::StrCat(case_.name,
                      decode ? ".decode.layers." : ".prefill.layers.", layer,
                      ".", what);
}

absl::StatusOr<GoldenTensor>
OpByOpVerifier::Operand(bool decode, int layer, absl::string_view what) const {
  return golden_.Floats(OperandName(decode, layer, what));
}

std::vector<Token> OpByOpVerifier::Tokens(int slot, int64_t begin,
                                          int64_t end) const {
  std::vector<Token> tokens;
  for (int64_t at = begin; at < end; ++at)
    tokens.push_back({slot, case_.tokens[0][at], at});
  return tokens;
}

absl::Status OpByOpVerifier::VerifyLayer(int layer, VerifyReport &report) {
  DSV4RUN_RETURN_IF_ERROR(LockStep(layer, report));
  DSV4RUN_RETURN_IF_ERROR(PrefillAttention(layer, report));
  DSV4RUN_RETURN_IF_ERROR(Ffn(layer, /*decode=*/false, report));
  DSV4RUN_RETURN_IF_ERROR(DecodeCore(layer, report));
  return Ffn(layer, /*decode=*/true, report);
}

//===----------------------------------------------------------------------===//
// Lock-step
//===----------------------------------------------------------------------===//

/// The golden streams below a layer; below the first, the embedding of every
/// token in every stream (spec 4.1).
absl::StatusOr<RowBlock> OpByOpVerifier::LayerInput(int layer) const {
  if (layer > 0) {
    DSV4RUN_ASSIGN_OR_RETURN(
        GoldenTensor streams,
        golden_.Floats(absl::StrCat(case_.name, ".hidden.", layer - 1)));
    return InputRows(streams, case_.prompt);
  }
  DSV4RUN_ASSIGN_OR_RETURN(
      TensorView table,
      weights_.Find("embed.weight", DType::kBF16,
                    {config_.vocab_size, config_.hidden_size}));
  std::vector<float> rows;
  for (int64_t at = 0; at < case_.prompt; ++at)
    for (uint64_t stream = 0; stream < config_.hc_mult; ++stream)
      for (uint64_t i = 0; i < config_.hidden_size; ++i)
        rows.push_back(FloatFromBf16(LoadElement<uint16_t>(
            table, case_.tokens[0][at] * config_.hidden_size + i)));
  return RowBlock::Bf16(case_.prompt, config_.hc_mult * config_.hidden_size,
                        rows);
}

absl::Status OpByOpVerifier::LockStep(int layer, VerifyReport &report) {
  DSV4RUN_ASSIGN_OR_RETURN(int slot, session_.AcquireSlot());
  auto release = absl::MakeCleanup([&] { session_.ReleaseSlot(slot); });
  std::vector<Token> tokens = Tokens(slot, 0, case_.prompt);
  RunRequest request;
  request.entry = LayerName(layer);
  request.tokens = tokens;
  DSV4RUN_ASSIGN_OR_RETURN(request.inputs[std::string(kStreams)],
                           LayerInput(layer));
  request.outputs = {"out"};
  DSV4RUN_ASSIGN_OR_RETURN(RunResult result, session_.Run(request));
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> ours,
                           result.outputs["out"].ToFloats());
  std::string name = absl::StrCat(case_.name, ".hidden.", layer);
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor golden, golden_.Floats(name));
  DSV4RUN_RETURN_IF_ERROR(CheckSize(name, ours.size(), golden.values.size()));
  JudgeRows(absl::StrCat("lock-step layer ", layer), ours, golden.values,
            golden.Columns(2), kLockStepShare, /*bits=*/false, {}, report);
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Experts
//===----------------------------------------------------------------------===//

absl::Status OpByOpVerifier::Ffn(int layer, bool decode, VerifyReport &report) {
  const std::string name =
      absl::StrCat(decode ? "decode" : "prefill", " layer ", layer);
  const auto length = static_cast<int64_t>(case_.tokens[0].size());
  const auto hidden = static_cast<int64_t>(config_.hidden_size);
  DSV4RUN_ASSIGN_OR_RETURN(int slot, session_.AcquireSlot());
  auto release = absl::MakeCleanup([&] { session_.ReleaseSlot(slot); });
  if (decode)
    DSV4RUN_RETURN_IF_ERROR(session_.Place(slot, length));
  std::vector<Token> tokens =
      decode ? Tokens(slot, length - 1, length) : Tokens(slot, 0, case_.prompt);
  const auto rows = static_cast<int64_t>(tokens.size());
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor input,
                           Operand(decode, layer, "ffn.in"));
  DSV4RUN_RETURN_IF_ERROR(CheckSize(OperandName(decode, layer, "ffn.in"),
                                    rows * hidden, input.values.size()));
  RunRequest request;
  request.entry = absl::StrCat(LayerName(layer), ".ffn");
  request.tokens = tokens;
  request.advance = !decode;
  request.inputs["ffn.in"] = InputRows(input, rows);
  request.outputs = {"ffn.out", "weights", "experts"};
  DSV4RUN_ASSIGN_OR_RETURN(RunResult result, session_.Run(request));

  std::string indices_name = OperandName(decode, layer, "ffn.gate.indices");
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<int32_t> expected,
                           golden_.Ints(indices_name));
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<int32_t> experts,
                           result.outputs["experts"].ToInts());
  DSV4RUN_RETURN_IF_ERROR(
      CheckSize(indices_name, experts.size(), expected.size()));
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor expected_weights,
                           Operand(decode, layer, "ffn.gate.weights"));
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> weights,
                           result.outputs["weights"].ToFloats());
  DSV4RUN_RETURN_IF_ERROR(CheckSize("ffn.gate.weights", weights.size(),
                                    expected_weights.values.size()));
  DSV4RUN_ASSIGN_OR_RETURN(RouterScores router,
                           RouterScores::Load(weights_, layer, hidden));
  const bool hashed = layer < static_cast<int>(config_.num_hash_layers);
  const int64_t k = expected.size() / rows;
  SelectionTally tally;
  double largest = 0;
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<float> scores = router.Scores(
        absl::MakeConstSpan(input.values).subspan(row * hidden, hidden));
    auto ours = absl::MakeConstSpan(experts).subspan(row * k, k);
    auto golden = absl::MakeConstSpan(expected).subspan(row * k, k);
    // Experts that a token id selects have no scores that could tie.
    tally.Add(ours, golden, [&](int32_t expert) -> std::optional<float> {
      if (hashed || expert >= static_cast<int32_t>(scores.size()))
        return std::nullopt;
      return scores[expert];
    });
    if (!tally.same.back())
      continue;
    for (int64_t i = 0; i < k; ++i) {
      int64_t j =
          std::find(golden.begin(), golden.end(), ours[i]) - golden.begin();
      double want = expected_weights.values[row * k + j];
      largest =
          std::max(largest, std::fabs(weights[row * k + i] - want) / want);
    }
  }
  tally.Judge(absl::StrCat(name, ": routing"), report);
  report.AtMost(absl::StrCat(name, ": routing weights: relative difference"),
                largest, kGateTolerance);

  DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> output,
                           result.outputs["ffn.out"].ToFloats());
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor golden,
                           Operand(decode, layer, "ffn.out"));
  DSV4RUN_RETURN_IF_ERROR(CheckSize(OperandName(decode, layer, "ffn.out"),
                                    output.size(), golden.values.size()));
  JudgeRows(absl::StrCat(name, ": ffn.out"), output, golden.values, hidden,
            kOpRowShare, /*bits=*/false, tally.same, report);
  return absl::OkStatus();
}

} // namespace dsv4run
