//===- Coherence.cpp - Who wrote a dword, and who may see it --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Coherence.h"
#include "absl/strings/str_cat.h"
#include <algorithm>
#include <sys/mman.h>

namespace dsv4emu {

static uint64_t *reserveCells(uint64_t count) {
  void *p = mmap(nullptr, count * 8, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : static_cast<uint64_t *>(p);
}

Coherence::Coherence(const Memory &memory)
    : base(memory.begin()), bytes(memory.reserved()) {
  writes = reserveCells(bytes / 4);
  reads = reserveCells(bytes / 4);
  newestWrites = reserveCells(bytes / kBlockBytes);
}

Coherence::~Coherence() {
  if (writes)
    munmap(writes, bytes / 4 * 8);
  if (reads)
    munmap(reads, bytes / 4 * 8);
  if (newestWrites)
    munmap(newestWrites, bytes / kBlockBytes * 8);
}

void Coherence::beginLaunch() {
  std::lock_guard<std::mutex> lock(mutex);
  launchStart = tick();
  releases.clear();
}

void Coherence::release(uint32_t group) {
  std::lock_guard<std::mutex> lock(mutex);
  releases[group & 0xffffff].push_back(tick());
}

uint64_t Coherence::releasedAfter(uint64_t cell, Actor &actor) {
  if (cell == actor.askedCell)
    return actor.answer;
  std::lock_guard<std::mutex> lock(mutex);
  actor.askedCell = cell;
  actor.answer = 0;
  auto it = releases.find(groupOf(cell));
  if (it != releases.end()) {
    auto at =
        std::upper_bound(it->second.begin(), it->second.end(), timeOf(cell));
    actor.answer = at == it->second.end() ? 0 : *at;
  }
  return actor.answer;
}

std::string Coherence::access(uint64_t address, unsigned size, Access kind,
                              Actor &actor, uint64_t when) {
  std::string problem;
  uint64_t first = (address - base) / 4;
  uint64_t last = (address - base + size - 1) / 4;
  uint32_t self = actor.group & 0xffffff;
  for (uint64_t k = first; k <= last; ++k) {
    uint64_t write = __atomic_load_n(&writes[k], __ATOMIC_RELAXED);
    bool recent = timeOf(write) >= launchStart;
    uint32_t writer = groupOf(write);
    if (recent && writer != self && problem.empty()) {
      bool writtenThrough = write & kAgentScope;
      uint64_t visible =
          writtenThrough ? timeOf(write) : releasedAfter(write, actor);
      const char *verb = kind == Access::Load ? "reads" : "overwrites";
      if (visible == 0)
        problem = absl::StrCat(
            verb, " what workgroup ", writer,
            " stored without an agent-scope release: no buffer_wbl2 sc1 of "
            "that workgroup followed");
      else if (!actor.agentScope && actor.acquired < visible)
        problem = absl::StrCat(
            verb, " what workgroup ", writer,
            " stored without an agent-scope acquire: this workgroup's caches "
            "may hold stale data, no buffer_inv sc1 since the release");
    }
    if (kind != Access::Load) {
      // Overwriting what another workgroup may still be reading.
      uint64_t read = __atomic_load_n(&reads[k], __ATOMIC_RELAXED);
      if (timeOf(read) >= launchStart && groupOf(read) != self &&
          !actor.agentScope && problem.empty()) {
        uint64_t done = releasedAfter(read, actor);
        if (done == 0 || actor.acquired < done)
          problem = absl::StrCat("overwrites what workgroup ", groupOf(read),
                                 " reads, with no order between the two");
      }
      uint64_t cell = pack(when, self, actor.agentScope);
      __atomic_store_n(&writes[k], cell, __ATOMIC_RELAXED);
      __atomic_store_n(newestWriteAt(base + 4 * k), cell, __ATOMIC_RELAXED);
    } else if (!actor.agentScope) {
      __atomic_store_n(&reads[k], pack(when, self, false), __ATOMIC_RELAXED);
    }
  }
  return problem;
}

} // namespace dsv4emu
