//===- ConfigFiles.h - Configurations that tests start from
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TEST_UNIT_IMPORT_CONFIGFILES_H
#define DSV4C_TEST_UNIT_IMPORT_CONFIGFILES_H

#include "dsv4c/Import/ModelConfig.h"
#include "llvm/Support/JSON.h"

namespace dsv4c::test {

/// Of a folder below the source tree, e.g. "models/dsv4-nano". The test stops
/// if it can't be read.
ModelConfig readConfig(llvm::StringRef folder);
/// The same file as text.
std::string readConfigText(llvm::StringRef folder);

/// The object of `text`, for tests that change single keys.
llvm::json::Object parseObject(llvm::StringRef text);
std::string toText(llvm::json::Object object);

/// The error message of parsing `text` under the name "config.json"; empty if
/// it is accepted.
std::string getConfigError(llvm::StringRef text);

} // namespace dsv4c::test

#endif // DSV4C_TEST_UNIT_IMPORT_CONFIGFILES_H
