//===- ResolveLaunches.cpp - Choose kernels on facts about the weights ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/ResolveLaunches.h"

#include <algorithm>

namespace dsv4run {

int64_t ValueOfFact(const PackFacts &facts, schema::Fact fact) {
  switch (fact) {
  case schema::Fact::ScaleMin:
    return facts.scale_min;
  case schema::Fact::ScaleMax:
    return facts.scale_max;
  case schema::Fact::ScaleSpread:
    return facts.scale_spread();
  case schema::Fact::NegativeZeros:
    return static_cast<int64_t>(facts.negative_zeros);
  case schema::Fact::LocalSpread:
    return facts.local_spread;
  }
  return 0;
}

std::vector<uint32_t> ResolveLaunches(const schema::Program &program,
                                      absl::Span<const PackFacts> facts) {
  std::vector<uint32_t> kernels;
  kernels.reserve(program.launches()->size());
  for (const schema::Launch *launch : *program.launches()) {
    bool holds =
        !launch->conditions() ||
        std::all_of(launch->conditions()->begin(), launch->conditions()->end(),
                    [&](const schema::Condition *condition) {
                      int64_t value = ValueOfFact(facts[condition->pack()],
                                                  condition->fact());
                      return condition->min() <= value &&
                             value <= condition->max();
                    });
    kernels.push_back(holds ? launch->kernel()
                            : static_cast<uint32_t>(launch->otherwise()));
  }
  return kernels;
}

} // namespace dsv4run
