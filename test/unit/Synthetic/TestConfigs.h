//===- TestConfigs.h - Configurations that the tests use ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_SYNTHETIC_TESTCONFIGS_H
#define DSV4RUN_UNITTEST_SYNTHETIC_TESTCONFIGS_H

#include <string>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Synthetic/ModelConfig.h"
#include "nlohmann/json.hpp"

namespace dsv4run::testing {

inline constexpr char kFlash[] = "models/deepseek-v4-flash/config.json";
inline constexpr char kPro[] = "models/deepseek-v4-pro/config.json";
inline constexpr char kNano[] = "models/dsv4-nano/config.json";
inline constexpr char kShakespeare[] = "models/dsv4-shakespeare/config.json";
inline constexpr char kFlashSlice[] =
    "test/golden/data/flash-slice/config.json";

inline ModelConfig LoadConfig(const std::string &relative) {
  absl::StatusOr<ModelConfig> config =
      ParseModelConfig(ReadFile(SourcePath(relative)), relative);
  EXPECT_OK(config);
  return config.ok() ? *config : ModelConfig();
}

/// The config of dsv4-nano with some keys replaced; null removes one.
inline std::string PatchedConfig(const nlohmann::json &patch) {
  nlohmann::json config = nlohmann::json::parse(ReadFile(SourcePath(kNano)));
  config.merge_patch(patch);
  return config.dump();
}

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_SYNTHETIC_TESTCONFIGS_H
