//===- BundleFixture.cpp - Compiled bundles under test --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BundleFixture.h"

#include <cstring>
#include <random>

#include "Support/StatusMatchers.h"
#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::testing {

LoadedBundle *LoadedBundle::Get(const std::string &bundle,
                                const std::string &weights) {
  static auto &cache = *new std::map<std::string, LoadedBundle>();
  if (auto it = cache.find(bundle); it != cache.end())
    return &it->second;
  ModelOptions options;
  options.bundle = bundle;
  options.weights = weights;
  LoadedBundle entry;
  absl::StatusOr<LoadedModel> loaded = LoadModel(options);
  EXPECT_OK(loaded);
  if (!loaded.ok())
    return nullptr;
  entry.loaded = *std::move(loaded);
  absl::StatusOr<std::unique_ptr<Session>> session =
      Session::Create(*entry.loaded.model);
  EXPECT_OK(session);
  if (!session.ok())
    return nullptr;
  entry.session = *std::move(session);
  return &cache.emplace(bundle, std::move(entry)).first->second;
}

std::vector<int32_t> TestIds(int64_t count, int64_t vocab, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int32_t> ids(count);
  for (int32_t &id : ids)
    id = static_cast<int32_t>(random() % vocab);
  return ids;
}

absl::StatusOr<SequenceResult> RunSplit(Session &session,
                                        const std::vector<int32_t> &ids,
                                        const std::vector<int64_t> &steps) {
  DSV4RUN_ASSIGN_OR_RETURN(int slot, session.AcquireSlot());
  auto release = absl::MakeCleanup([&] { session.ReleaseSlot(slot); });
  SequenceResult result;
  int64_t at = 0;
  for (int64_t step : steps) {
    std::vector<Token> tokens;
    std::vector<int> wanted;
    for (int64_t i = 0; i < step; ++i) {
      tokens.push_back({slot, ids[at + i], at + i});
      wanted.push_back(static_cast<int>(i));
    }
    RunRequest request;
    request.tokens = tokens;
    request.wanted = wanted;
    DSV4RUN_ASSIGN_OR_RETURN(RunResult run, session.Run(request));
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> logits,
                             run.outputs[std::string(kLogits)].ToFloats());
    result.logits.insert(result.logits.end(), logits.begin(), logits.end());
    at += step;
  }
  DSV4RUN_ASSIGN_OR_RETURN(result.state, CacheAccess(session).Snapshot(slot));
  // The draft block has not run, so its window holds nothing of this sequence.
  std::vector<StateRows> main;
  for (StateRows &rows : result.state)
    if (rows.name.rfind("mtp.", 0) != 0)
      main.push_back(std::move(rows));
  result.state = std::move(main);
  return result;
}

std::string Difference(const SequenceResult &a, const SequenceResult &b) {
  if (a.logits.size() != b.logits.size())
    return absl::StrCat(a.logits.size(), " logits against ", b.logits.size());
  for (size_t i = 0; i < a.logits.size(); ++i)
    if (std::memcmp(&a.logits[i], &b.logits[i], sizeof(float)) != 0)
      return absl::StrCat("logit ", i, " of ", a.logits.size(), ": ",
                          a.logits[i], " against ", b.logits[i]);
  return CompareSnapshots(a.state, b.state);
}

} // namespace dsv4run::testing
