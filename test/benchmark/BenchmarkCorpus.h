//===- BenchmarkCorpus.h - Text that is found on the machine --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BENCHMARK_BENCHMARKCORPUS_H
#define DSV4RUN_BENCHMARK_BENCHMARKCORPUS_H

#include <string>
#include <vector>

namespace dsv4run {

struct BenchmarkCorpus {
  std::string training; ///< for a vocabulary
  std::string mixed;    ///< other text of the same kinds, in short stretches
};

/// Prose, code and translations into some 20 languages: the text files of this
/// source tree, of Debian's documentation, headers and Python libraries, and
/// the texts in its message catalogues (*.mo), at most 12 MB of each. Every
/// eighth file goes to `mixed`.
BenchmarkCorpus ReadBenchmarkCorpus();

} // namespace dsv4run

#endif // DSV4RUN_BENCHMARK_BENCHMARKCORPUS_H
