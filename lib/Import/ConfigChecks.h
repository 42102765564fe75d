//===- ConfigChecks.h - Consistency of a configuration
//----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_IMPORT_CONFIGCHECKS_H
#define DSV4C_LIB_IMPORT_CONFIGCHECKS_H

#include "ConfigReader.h"
#include "dsv4c/Import/ModelConfig.h"

namespace dsv4c {

/// Reports every relation between values that spec sections 1 to 4 rely on and
/// that `config` breaks. Each value by itself is in its range already.
void checkConsistency(const ModelConfig &config, ConfigFaults &faults);

} // namespace dsv4c

#endif // DSV4C_LIB_IMPORT_CONFIGCHECKS_H
