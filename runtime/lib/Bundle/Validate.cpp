//===- Validate.cpp - Is a manifest consistent? ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/Validate.h"

#include "ManifestRules.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace manifest_rules {

absl::Status CheckName(absl::string_view where, absl::string_view name) {
  if (name.empty() || name.size() > 4096)
    return ManifestExpected(where, "1 to 4096 characters",
                            absl::StrCat(name.size()));
  for (size_t i = 0; i < name.size(); ++i)
    if (name[i] < 0x20 || name[i] > 0x7E)
      return ManifestExpected(where, "printable ASCII",
                              absl::StrCat("byte ",
                                           static_cast<uint8_t>(name[i]),
                                           " at index ", i));
  return absl::OkStatus();
}

absl::Status CheckIndex(absl::string_view where, uint64_t index, uint64_t size,
                        absl::string_view what) {
  if (index < size)
    return absl::OkStatus();
  return ManifestExpected(where, absl::StrCat("one of ", size, " ", what),
                          absl::StrCat("index ", index));
}

absl::Status CheckRange(absl::string_view where, uint64_t value, uint64_t min,
                        uint64_t max) {
  if (min <= value && value <= max)
    return absl::OkStatus();
  return ManifestExpected(where, absl::StrCat(min, " to ", max),
                          absl::StrCat(value));
}

absl::Status ValidateModel(const schema::Model &model) {
  DSV4RUN_RETURN_IF_ERROR(CheckName("model.name", Text(model.name())));
  if (model.config()->size() == 0)
    return ManifestExpected("model.config", "a config.json", "nothing");
  DSV4RUN_RETURN_IF_ERROR(
      CheckRange("model.vocab", model.vocab(), 1, INT32_MAX));
  DSV4RUN_RETURN_IF_ERROR(
      CheckRange("model.hidden", model.hidden(), 1, INT32_MAX));
  DSV4RUN_RETURN_IF_ERROR(
      CheckRange("model.layers", model.layers(), 1, 1 << 20));
  DSV4RUN_RETURN_IF_ERROR(
      CheckRange("model.streams", model.streams(), 1, 1 << 20));
  DSV4RUN_RETURN_IF_ERROR(
      CheckRange("model.hash_layers", model.hash_layers(), 0, model.layers()));
  DSV4RUN_RETURN_IF_ERROR(
      CheckIndex("model.bos", model.bos(), model.vocab(), "tokens"));
  return CheckIndex("model.eos", model.eos(), model.vocab(), "tokens");
}

} // namespace manifest_rules

absl::Status ValidateManifest(const schema::Manifest &manifest) {
  using namespace manifest_rules;
  // In this order, so that each rule may rely on those before it.
  DSV4RUN_RETURN_IF_ERROR(ValidateModel(*manifest.model()));
  DSV4RUN_RETURN_IF_ERROR(ValidateBuffers(manifest));
  DSV4RUN_RETURN_IF_ERROR(ValidatePacks(manifest));
  DSV4RUN_RETURN_IF_ERROR(ValidateKernels(manifest));
  DSV4RUN_RETURN_IF_ERROR(ValidatePool(*manifest.pool()));
  DSV4RUN_RETURN_IF_ERROR(ValidateStates(manifest));
  DSV4RUN_RETURN_IF_ERROR(ValidateStepInputs(manifest));
  return ValidatePrograms(manifest);
}

} // namespace dsv4run
