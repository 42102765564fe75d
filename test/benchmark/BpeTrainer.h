//===- BpeTrainer.h - Byte-pair merges from text --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BENCHMARK_BPETRAINER_H
#define DSV4RUN_BENCHMARK_BPETRAINER_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace dsv4run {

/// Learns merges as Sennrich et al., "Neural machine translation of rare words
/// with subword units" (2016), define them: the most frequent adjacent pair
/// becomes a symbol, again and again. Of equally frequent pairs the one with
/// the lower symbols is taken, so that the same pieces give the same merges.
///
/// Symbols 0 to 255 are bytes; merge i makes symbol 256 + i. Ends early if no
/// pair is left.
std::vector<std::pair<int32_t, int32_t>>
TrainBpe(const absl::flat_hash_map<std::string, int64_t> &pieces,
         size_t merges);

} // namespace dsv4run

#endif // DSV4RUN_BENCHMARK_BPETRAINER_H
