//===- BundleFixture.h - Compiled bundles under test ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_INTEGRATION_BUNDLEFIXTURE_H
#define DSV4RUN_INTEGRATION_BUNDLEFIXTURE_H

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Executor/CacheAccess.h"
#include "dsv4run/Executor/Session.h"

namespace dsv4run::testing {

/// A loaded model with a session, kept for the whole test program.
struct LoadedBundle {
  LoadedModel loaded;
  std::unique_ptr<Session> session;

  /// Fails the test and returns null if the bundle does not load.
  static LoadedBundle *Get(const std::string &bundle,
                           const std::string &weights);

  const Model &model() const { return *loaded.model; }
};

/// What is left of a sequence: logits of every token and the live state.
struct SequenceResult {
  std::vector<float> logits;
  std::vector<StateRows> state;
};

/// Ids that differ between neighbours and between seeds.
std::vector<int32_t> TestIds(int64_t count, int64_t vocab, unsigned seed);

/// Runs `ids` in steps of the given sizes in a fresh slot, which is released.
absl::StatusOr<SequenceResult> RunSplit(Session &session,
                                        const std::vector<int32_t> &ids,
                                        const std::vector<int64_t> &steps);

/// The first difference in logits or state, for people; empty if there is none.
std::string Difference(const SequenceResult &a, const SequenceResult &b);

} // namespace dsv4run::testing

#endif // DSV4RUN_INTEGRATION_BUNDLEFIXTURE_H
