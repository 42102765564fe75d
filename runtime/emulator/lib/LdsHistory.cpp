//===- LdsHistory.cpp - Access history of a workgroup's LDS ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LdsHistory.h"
#include <algorithm>

namespace dsv4emu {

/// Epochs kept apart per writer; older ones are judged with the next.
static constexpr size_t kMaxOpen = 8;

void LdsHistory::passBarrier(unsigned wave, uint32_t epoch, uint32_t lgkmDone,
                             uint32_t vmDone) {
  Writer &writer = writers[wave];
  for (unsigned dma = 0; dma < 2; ++dma) {
    std::vector<Open> &open = writer.open[dma];
    if (uint32_t tag = writer.newest[dma]) {
      if (open.size() < kMaxOpen)
        open.push_back({epoch, tag});
      else
        open.back().tag = tag;
      writer.newest[dma] = 0;
    }
    uint32_t done = dma ? vmDone : lgkmDone;
    auto firstOpen = std::find_if(open.begin(), open.end(),
                                  [&](const Open &o) { return o.tag > done; });
    open.erase(open.begin(), firstOpen);
  }
}

uint32_t LdsHistory::orderedBefore(uint32_t epoch) const {
  uint32_t first = epoch;
  for (const Writer &writer : writers)
    for (const std::vector<Open> &open : writer.open)
      if (!open.empty())
        first = std::min(first, open.front().epoch);
  return first;
}

} // namespace dsv4emu
