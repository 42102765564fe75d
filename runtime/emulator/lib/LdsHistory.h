//===- LdsHistory.h - Access history of a workgroup's LDS -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Per dword: who wrote it last, whether that write has been waited for, who
// read it since the last barrier, and which bytes were ever written. Barriers
// count epochs.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_LDSHISTORY_H
#define DSV4EMU_LIB_LDSHISTORY_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dsv4emu {

class LdsHistory {
public:
  /// A write cell is epoch : 32 | 0 : 7 | by DMA : 1 | mixed writers : 1 |
  /// atomic : 1 | wave : 8 | bytes written in that epoch : 4 | bytes ever
  /// written : 4; a read cell epoch : 32 | 0 : 8 | mixed readers : 1 | 0 : 1 |
  /// wave : 8 | bytes : 4 | 0 : 4. Epoch 0 is never.
  static constexpr unsigned kEpochShift = 32, kWaveShift = 8;
  static constexpr uint64_t kInitMask = 0xf, kByteMask = 0xf0;
  static constexpr uint64_t kWaveMask = uint64_t{0xff} << kWaveShift;
  static constexpr uint64_t kAtomic = 1u << 16, kMixed = 1u << 17,
                            kByDma = 1u << 18;

  static constexpr uint32_t epochOf(uint64_t cell) {
    return static_cast<uint32_t>(cell >> kEpochShift);
  }
  static constexpr unsigned waveOf(uint64_t cell) {
    return cell >> kWaveShift & 0xff;
  }
  static constexpr uint64_t pack(uint32_t epoch, unsigned wave,
                                 uint64_t bytes) {
    return uint64_t{epoch} << kEpochShift | uint64_t{wave} << kWaveShift |
           bytes << 4;
  }

  void resize(size_t dwords, size_t waves) {
    writes.assign(dwords, 0);
    reads.assign(dwords, 0);
    tags.assign(dwords, 0);
    writers.resize(waves);
  }
  bool empty() const { return writes.empty(); }

  /// Notes that wave `wave` writes under sequence number `tag` of lgkmcnt, or
  /// of vmcnt if by DMA.
  void noteWrite(unsigned wave, bool dma, uint32_t tag) {
    writers[wave].newest[dma] = tag;
  }
  /// The barrier that ends `epoch`: wave `wave` has waited for its operations
  /// up to these sequence numbers.
  void passBarrier(unsigned wave, uint32_t epoch, uint32_t lgkmDone,
                   uint32_t vmDone);
  /// Every write of an epoch before this one was waited for before a barrier.
  uint32_t orderedBefore(uint32_t epoch) const;

  std::vector<uint64_t> writes, reads;
  /// Sequence number of the last write in the writer's counter.
  std::vector<uint32_t> tags;

private:
  /// The newest write of an epoch that no barrier has found waited for.
  struct Open {
    uint32_t epoch, tag;
  };
  struct Writer {
    uint32_t newest[2] = {}; ///< In the running epoch, 0 if none.
    std::vector<Open> open[2];
  };
  std::vector<Writer> writers;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_LDSHISTORY_H
