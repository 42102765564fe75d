//===- CacheModel.cpp - L2 per die and the infinity cache -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CacheModel.h"
#include "Wave.h"

namespace dsv4emu {

static constexpr uint64_t kL2Bytes = 4u << 20, kInfinityBytes = 256u << 20;
static constexpr unsigned kWays = 16;
static constexpr uint64_t kNoLine = ~uint64_t{0};

CacheModel::Cache::Cache(uint64_t bytes, unsigned ways)
    : ways(ways), sets(bytes / kLineBytes / ways), tags(sets * ways) {}

CacheModel::CacheModel()
    : l2{{{kL2Bytes, kWays},
          {kL2Bytes, kWays},
          {kL2Bytes, kWays},
          {kL2Bytes, kWays},
          {kL2Bytes, kWays},
          {kL2Bytes, kWays},
          {kL2Bytes, kWays},
          {kL2Bytes, kWays}}},
      infinity(kInfinityBytes, kWays) {}

bool CacheModel::Cache::touch(uint64_t line, bool write, uint64_t &victim) {
  Way *set = &tags[line % sets * ways];
  Way *oldest = set;
  ++clock;
  for (unsigned k = 0; k < ways; ++k) {
    if (set[k].line == line) {
      set[k].used = clock;
      set[k].dirty |= write;
      return true;
    }
    if (set[k].used < oldest->used)
      oldest = &set[k];
  }
  victim = oldest->dirty ? oldest->line : kNoLine;
  *oldest = {line, clock, write};
  return false;
}

void CacheModel::memorySide(uint64_t line, bool write, bool fetch,
                            MemoryCounters &counters) {
  std::lock_guard<std::mutex> lock(infinity.mutex);
  uint64_t victim = kNoLine;
  if (infinity.touch(line, write, victim)) {
    counters.mallHits += fetch;
    return;
  }
  // A full line written back needs no fetch from HBM.
  if (fetch)
    counters.hbmBytes += kLineBytes;
  if (victim != kNoLine)
    counters.hbmBytes += kLineBytes;
}

void CacheModel::access(unsigned xcd, absl::Span<const uint64_t> lines,
                        bool write, MemoryCounters &counters) {
  std::lock_guard<std::mutex> lock(l2[xcd].mutex);
  for (uint64_t line : lines) {
    uint64_t victim = kNoLine;
    if (l2[xcd].touch(line, write, victim)) {
      ++counters.l2Hits;
      continue;
    }
    ++counters.l2Misses;
    memorySide(line, false, true, counters);
    if (victim != kNoLine)
      memorySide(victim, true, false, counters);
  }
}

uint64_t CacheModel::flushedBytes() {
  uint64_t lines = 0;
  MemoryCounters ignored;
  for (Cache &cache : l2)
    for (Cache::Way &way : cache.tags)
      if (way.dirty)
        memorySide(way.line, true, false, ignored);
  for (const Cache::Way &way : infinity.tags)
    lines += way.dirty;
  return lines * kLineBytes + ignored.hbmBytes;
}

} // namespace dsv4emu
