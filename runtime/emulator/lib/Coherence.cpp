//===- Coherence.cpp - Who wrote a dword, and who may see it --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Coherence.h"
#include "Exec/MemoryAccess.h"
#include "absl/strings/str_cat.h"
#include <algorithm>
#include <sys/mman.h>

namespace dsv4emu {

Coherence::Coherence(const Memory &memory)
    : base(memory.begin()), bytes(memory.reserved()) {
  void *p = mmap(nullptr, bytes / 4 * sizeof(Cell), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  cells = p == MAP_FAILED ? nullptr : static_cast<Cell *>(p);
}

Coherence::~Coherence() {
  if (cells)
    munmap(cells, bytes / 4 * sizeof(Cell));
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

uint64_t Coherence::releasedAfter(uint32_t group, uint64_t when) {
  std::lock_guard<std::mutex> lock(mutex);
  auto it = releases.find(group);
  if (it == releases.end())
    return 0;
  auto at = std::upper_bound(it->second.begin(), it->second.end(), when);
  return at == it->second.end() ? 0 : *at;
}

std::string Coherence::access(uint64_t address, unsigned size, Access kind,
                              const Actor &actor, uint64_t when) {
  if (!cells)
    return {};
  std::string problem;
  uint64_t first = (address - base) / 4;
  uint64_t last = (address - base + size - 1) / 4;
  for (uint64_t k = first; k <= last; ++k) {
    Cell &cell = cells[k];
    uint64_t write = __atomic_load_n(&cell.write, __ATOMIC_RELAXED);
    bool recent = timeOf(write) >= launchStart;
    uint32_t writer = groupOf(write);
    uint32_t self = actor.group & 0xffffff;
    if (recent && writer != self && problem.empty()) {
      bool writtenThrough = write & kAgentScope;
      uint64_t visible =
          writtenThrough ? timeOf(write) : releasedAfter(writer, timeOf(write));
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
      uint64_t read = __atomic_load_n(&cell.read, __ATOMIC_RELAXED);
      if (timeOf(read) >= launchStart && groupOf(read) != self &&
          !actor.agentScope && problem.empty()) {
        uint64_t done = releasedAfter(groupOf(read), timeOf(read));
        if (done == 0 || actor.acquired < done)
          problem = absl::StrCat("overwrites what workgroup ", groupOf(read),
                                 " reads, with no order between the two");
      }
      __atomic_store_n(&cell.write, pack(when, self, actor.agentScope),
                       __ATOMIC_RELAXED);
    } else if (!actor.agentScope) {
      __atomic_store_n(&cell.read, pack(when, self, false), __ATOMIC_RELAXED);
    }
  }
  return problem;
}

} // namespace dsv4emu
