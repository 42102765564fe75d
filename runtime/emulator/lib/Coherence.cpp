//===- Coherence.cpp - Who wrote a byte, and who may see it ---------------===//
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
  mixed.clear();
}

void Coherence::release(uint32_t group) {
  std::lock_guard<std::mutex> lock(mutex);
  releases[group].push_back(tick());
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
  uint64_t begin = address - base, end = begin + size;
  for (uint64_t k = begin / 4; k <= (end - 1) / 4; ++k) {
    unsigned skipped = begin > 4 * k ? begin - 4 * k : 0;
    unsigned stop = std::min<uint64_t>(end - 4 * k, 4);
    unsigned mask = (1u << stop) - (1u << skipped);
    std::string found = accessDword(k, mask, kind, actor, when);
    if (problem.empty())
      problem = std::move(found);
  }
  return problem;
}

std::string Coherence::accessDword(uint64_t index, unsigned mask, Access kind,
                                   Actor &actor, uint64_t when) {
  std::string problem;
  uint64_t write = __atomic_load_n(&writes[index], __ATOMIC_RELAXED);
  uint32_t self = actor.group;
  bool recent = timeOf(write) >= launchStart;
  bool isMixed = recent && groupOf(write) == kMixedGroup;
  bool others = recent && !isMixed && groupOf(write) != self;
  if (isMixed)
    problem = accessMixed(index, mask, kind, actor, when);
  else if (others && (maskOf(write) & mask) != 0)
    problem = checkOrder(write, kind, actor);

  uint64_t read = __atomic_load_n(&reads[index], __ATOMIC_RELAXED);
  bool readRecently = timeOf(read) >= launchStart;
  if (kind == Access::Load) {
    if (!actor.agentScope) {
      unsigned merged =
          readRecently && groupOf(read) == self ? mask | maskOf(read) : mask;
      __atomic_store_n(&reads[index], pack(when, self, merged, false),
                       __ATOMIC_RELAXED);
    }
    return problem;
  }

  __atomic_store_n(newestWriteAt(base + 4 * index),
                   pack(when, self, mask, actor.agentScope), __ATOMIC_RELAXED);
  // Overwriting what another workgroup may still be reading.
  if (readRecently && groupOf(read) != self && (maskOf(read) & mask) != 0 &&
      !actor.agentScope && problem.empty()) {
    uint64_t done = releasedAfter(read, actor);
    if (done == 0 || actor.acquired < done)
      problem = absl::StrCat("overwrites what workgroup ", groupOf(read),
                             " reads, with no order between the two");
  }
  if (isMixed)
    return problem;
  bool agentScope = actor.agentScope;
  bool leavesSome = recent && (maskOf(write) & ~mask) != 0;
  if (leavesSome && others) {
    mix(index, write, pack(when, self, mask, agentScope));
    self = kMixedGroup;
    agentScope = false;
  } else if (leavesSome) {
    mask |= maskOf(write);
    agentScope = agentScope && (write & kAgentScope);
  }
  __atomic_store_n(&writes[index], pack(when, self, mask, agentScope),
                   __ATOMIC_RELAXED);
  return problem;
}

std::string Coherence::checkOrder(uint64_t write, Access kind, Actor &actor) {
  uint32_t writer = groupOf(write);
  bool writtenThrough = write & kAgentScope;
  uint64_t visible =
      writtenThrough ? timeOf(write) : releasedAfter(write, actor);
  const char *verb = kind == Access::Load ? "reads" : "overwrites";
  if (visible == 0)
    return absl::StrCat(
        verb, " what workgroup ", writer,
        " stored without an agent-scope release: no buffer_wbl2 sc1 of "
        "that workgroup followed");
  if (!actor.agentScope && actor.acquired < visible)
    return absl::StrCat(
        verb, " what workgroup ", writer,
        " stored without an agent-scope acquire: this workgroup's caches "
        "may hold stale data, no buffer_inv sc1 since the release");
  return {};
}

std::string Coherence::accessMixed(uint64_t index, unsigned mask, Access kind,
                                   Actor &actor, uint64_t when) {
  std::lock_guard<std::mutex> lock(mixedMutex);
  std::array<uint64_t, 4> &writers = mixed[index];
  uint32_t self = actor.group;
  std::string problem;
  for (unsigned b = 0; b < 4; ++b) {
    if (!(mask >> b & 1))
      continue;
    bool recent = timeOf(writers[b]) >= launchStart;
    if (recent && groupOf(writers[b]) != self && problem.empty())
      problem = checkOrder(writers[b], kind, actor);
    if (kind != Access::Load)
      writers[b] = pack(when, self, 1u << b, actor.agentScope);
  }
  return problem;
}

void Coherence::mix(uint64_t index, uint64_t before, uint64_t now) {
  std::lock_guard<std::mutex> lock(mixedMutex);
  std::array<uint64_t, 4> &writers = mixed[index];
  for (unsigned b = 0; b < 4; ++b)
    writers[b] = maskOf(now) >> b & 1      ? now
                 : maskOf(before) >> b & 1 ? before
                                           : 0;
}

} // namespace dsv4emu
