//===- ManifestRules.h - The rules of a manifest, by table ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_BUNDLE_MANIFESTRULES_H
#define DSV4RUN_LIB_BUNDLE_MANIFESTRULES_H

#include "ManifestError.h"
#include "dsv4run/Bundle/BundleSchema.h"
#include "dsv4run/Bundle/Text.h"

namespace dsv4run::manifest_rules {

absl::Status CheckName(absl::string_view where, absl::string_view name);
/// index < size, of `what` (plural).
absl::Status CheckIndex(absl::string_view where, uint64_t index, uint64_t size,
                        absl::string_view what);
absl::Status CheckRange(absl::string_view where, uint64_t value, uint64_t min,
                        uint64_t max);

/// FlatBuffers lets any number stand for an enumerator.
template <typename Enum>
absl::Status CheckEnum(absl::string_view where, Enum value) {
  return CheckRange(where, static_cast<uint64_t>(value),
                    static_cast<uint64_t>(Enum::MIN),
                    static_cast<uint64_t>(Enum::MAX));
}

absl::Status ValidateModel(const schema::Model &model);
absl::Status ValidateBuffers(const schema::Manifest &manifest);
absl::Status ValidatePacks(const schema::Manifest &manifest);
absl::Status ValidateKernels(const schema::Manifest &manifest);
absl::Status ValidatePool(const schema::Pool &pool);
absl::Status ValidateStates(const schema::Manifest &manifest);
absl::Status ValidateStepInputs(const schema::Manifest &manifest);
absl::Status ValidatePrograms(const schema::Manifest &manifest);

} // namespace dsv4run::manifest_rules

#endif // DSV4RUN_LIB_BUNDLE_MANIFESTRULES_H
