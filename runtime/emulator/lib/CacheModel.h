//===- CacheModel.h - L2 per die and the infinity cache ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Set-associative tags with least-recently-used replacement and 128-byte
// lines: eight 4 MB L2 caches with 16 ways, and one 256 MB memory-side cache
// with 16 ways. Writes allocate and are written back at eviction; only bytes
// that leave for HBM count.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_CACHEMODEL_H
#define DSV4EMU_LIB_CACHEMODEL_H

#include "absl/types/span.h"
#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

namespace dsv4emu {

constexpr unsigned kXcdCount = 8;
constexpr unsigned kLineBytes = 128;

struct MemoryCounters;

class CacheModel {
public:
  CacheModel();
  /// The lines that one instruction of a workgroup on die `xcd` requests.
  void access(unsigned xcd, absl::Span<const uint64_t> lines, bool write,
              MemoryCounters &counters);
  /// Lines still dirty at the end go to HBM.
  uint64_t flushedBytes();

private:
  struct Cache {
    Cache(uint64_t bytes, unsigned ways);
    /// Returns true on a hit; else `victim` is the dirty line evicted, or 0.
    bool touch(uint64_t line, bool write, uint64_t &victim);
    struct Way {
      uint64_t line = ~uint64_t{0};
      uint32_t used = 0;
      bool dirty = false;
    };
    unsigned ways;
    uint64_t sets;
    uint32_t clock = 0;
    std::vector<Way> tags;
    std::mutex mutex;
  };
  void memorySide(uint64_t line, bool write, bool fetch,
                  MemoryCounters &counters);
  std::array<Cache, kXcdCount> l2;
  Cache infinity;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_CACHEMODEL_H
