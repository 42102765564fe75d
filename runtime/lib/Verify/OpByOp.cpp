//===- OpByOp.cpp - Layers and ops alone, from golden inputs --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/OpByOp.h"

#include <algorithm>
#include <cmath>

#include "OpByOpDetail.h"
#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Checkpoint/TypedCopy.h"
#include "dsv4run/Support/NumberFormats.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

using namespace op_by_op;

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
