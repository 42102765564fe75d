//===- RopeFrequencies.h - Frequencies of the rotary embedding
//--------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_IMPORT_ROPEFREQUENCIES_H
#define DSV4C_LIB_IMPORT_ROPEFREQUENCIES_H

#include "dsv4c/Import/ModelConfig.h"

namespace dsv4c {

/// ropeDim / 2 frequencies in radians per position, bit for bit those of spec
/// 4.5: fl32(1 / fl32(rope_theta^(2i / ropeDim))).
std::vector<float> getPlainRopeFrequencies(const ModelConfig &config);

/// The same from compress_rope_theta, then YaRN (spec 4.5).
std::vector<float> getCompressedRopeFrequencies(const ModelConfig &config);

} // namespace dsv4c

#endif // DSV4C_LIB_IMPORT_ROPEFREQUENCIES_H
