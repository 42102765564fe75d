//===- Scheduler.cpp - Run the waves of workgroups ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Scheduler.h"
#include "Exec/VectorOp.h"
#include "Program.h"
#include "RegisterChecks.h"
#include "absl/strings/str_cat.h"
#include <algorithm>

namespace dsv4emu {

static constexpr uint64_t kSlice = 1 << 20; ///< Instructions per wave.
static constexpr size_t kMaxResident = 512; ///< Workgroups of one worker.
static constexpr unsigned kRegisterRows = 512;

Worker::Worker(LaunchState &launch, const WaveSetup &setup)
    : launch(launch), setup(setup) {
  for (unsigned d = 0; d < 3; ++d)
    groups[d] = (launch.config.grid[d] + launch.config.workgroup[d] - 1) /
                launch.config.workgroup[d];
}

void Worker::run(std::atomic<uint32_t> &next, uint32_t count) {
  // Allocated by the thread that counts, away from the others' lines.
  counts.assign(launch.program.opcodes().size(), 0);
  histogram.assign(counts.size(), 0);
  std::deque<std::unique_ptr<Workgroup>> resident;
  unsigned hostControl = _mm_getcsr();
  for (;;) {
    bool mayStart = resident.empty() || resident.size() < kMaxResident;
    if (mayStart) {
      uint32_t index = next.load();
      while (index < count && !next.compare_exchange_weak(index, index + 1)) {
      }
      if (index < count) {
        uint32_t linear =
            launch.config.sample.empty() ? index : launch.config.sample[index];
        resident.push_front(start(linear));
      }
    }
    if (resident.empty())
      break;
    std::unique_ptr<Workgroup> group = std::move(resident.front());
    resident.pop_front();
    bool done = slice(*group);
    // A slice adds at most 2^20 per wave, so 32-bit counts can't overflow.
    for (size_t k = 0; k < counts.size(); ++k) {
      histogram[k] += counts[k];
      counts[k] = 0;
    }
    if (done) {
      for (std::unique_ptr<Wave> &w : group->waves)
        spare.push_back(std::move(w));
    } else {
      resident.push_back(std::move(group));
    }
  }
  _mm_setcsr(hostControl);
}

std::unique_ptr<Workgroup> Worker::start(uint32_t linear) {
  auto group = std::make_unique<Workgroup>();
  group->launch = &launch;
  group->linear = linear;
  group->xcd = linear % kXcdCount;
  group->id = {linear % groups[0], linear / groups[0] % groups[1],
               linear / groups[0] / groups[1]};
  group->lds.assign(setup.ldsBytes, 0);
  const auto &size = launch.config.workgroup;
  unsigned items = size[0] * size[1] * size[2];
  CheckSet checks = launch.checks();
  if (checks.has(Check::LdsRace) || checks.has(Check::Uninitialised) ||
      checks.has(Check::WaitCount))
    group->history.resize((setup.ldsBytes + 3) / 4, (items + 63) / 64);
  group->counters = launch.config.countCaches ? &memory : nullptr;
  for (unsigned k = 0; k < (items + 63) / 64; ++k)
    startWave(*group, k);
  ++workgroups;
  return group;
}

void Worker::startWave(Workgroup &group, unsigned index) {
  auto w = std::make_unique<Wave>();
  if (spare.empty()) {
    // One row of slack lets pair accessors look past the last register.
    w->registers.reset(std::calloc((kRegisterRows + 1) * 64 + 16, 4));
  } else {
    w->registers = std::move(spare.back()->registers);
    spare.pop_back();
  }
  uintptr_t raw = reinterpret_cast<uintptr_t>(w->registers.get());
  w->vgpr = reinterpret_cast<uint32_t *>((raw + 63) & ~uintptr_t{63});
  std::memset(w->vgpr, 0, 256 * std::min(256u, launch.kernel.allocatedVgprs()));
  std::memset(w->vgpr + 256 * 64, 0,
              256 * std::min(256u, launch.kernel.allocatedVgprs()));
  w->group = &group;
  w->index = index;
  w->histogram = counts.data();
  w->code = launch.program.code().data();
  w->masks = launch.program.registerMasks().data();
  w->codeBase = launch.program.textAddress();
  const CodeObject &object = launch.program.object();
  w->codeWords =
      static_cast<uint32_t>((object.textEnd() - object.textBegin()) / 4);
  w->scratchBytes = setup.scratchBytes;
  w->scratch.assign(uint64_t{setup.scratchBytes} * 64, 0);
  CheckSet checks = launch.checks();
  if (checks.has(Check::WaitCount) || checks.has(Check::Uninitialised)) {
    w->shadow = std::make_unique<WaveShadow>();
    std::memset(w->shadow.get(), 0, sizeof(WaveShadow));
    std::memset(w->shadow->attention, 0xff, sizeof(w->shadow->attention));
    w->scratchInit.assign(w->scratch.size(), 0);
  }
  if (checks.has(Check::Hazard))
    w->hazards = std::make_unique<Hazards>();
  initRegisters(*w, group, index);
  group.waves.push_back(std::move(w));
  ++waves;
}

void Worker::initRegisters(Wave &w, const Workgroup &group, unsigned index) {
  const Kernel &kernel = launch.kernel;
  const auto &size = launch.config.workgroup;
  unsigned reg = 0;
  auto push = [&](uint32_t value) {
    if (reg < 104) {
      w.sgpr[reg] = value;
      if (w.shadow)
        w.shadow->sgprInit[reg] = true;
    }
    ++reg;
  };
  auto push64 = [&](uint64_t value) {
    push(static_cast<uint32_t>(value));
    push(static_cast<uint32_t>(value >> 32));
  };
  // User SGPRs in the order of the descriptor's enable bits.
  if (kernel.properties & 1) {
    push64(0);
    push64(0);
  }
  if (kernel.properties & 2)
    push64(setup.dispatchPacket);
  if (kernel.properties & 4)
    push64(setup.queue);
  if (kernel.properties & 8)
    push64(setup.kernargAddress);
  if (kernel.properties & 16)
    push64(0);
  if (kernel.properties & 32)
    push64(0);
  if (kernel.properties & 64)
    push(setup.scratchBytes);
  for (uint32_t value : setup.preloaded)
    push(value);
  // The count in the descriptor may exceed what the bits enable.
  unsigned users = kernel.rsrc2 >> 1 & 31;
  while (reg < users)
    push(0);
  for (unsigned d = 0; d < 3; ++d)
    if (kernel.rsrc2 >> (7 + d) & 1)
      push(group.id[d]);
  if (kernel.rsrc2 >> 10 & 1)
    push(0);

  // Work-item ids are packed into v0, ten bits each.
  uint64_t live = 0;
  for (unsigned l = 0; l < 64; ++l) {
    uint32_t flat = index * 64 + l;
    uint32_t x = flat % size[0], y = flat / size[0] % size[1],
             z = flat / size[0] / size[1];
    bool inside = z < size[2];
    const uint32_t local[3] = {x, y, z};
    for (unsigned d = 0; d < 3; ++d)
      inside &=
          uint64_t{group.id[d]} * size[d] + local[d] < launch.config.grid[d];
    live |= uint64_t{inside} << l;
    w.vgpr[l] = x | y << 10 | z << 20;
  }
  w.liveLanes = live;
  w.setExec(live);
  if (w.shadow) {
    w.shadow->vgprInit[0] = ~uint64_t{0};
    for (unsigned r : {unsigned{kVcc}, kVcc + 1u, unsigned{kM0},
                       unsigned{kExec}, kExec + 1u, 102u, 103u})
      w.shadow->sgprInit[r] = true;
  }
  // FP_ROUND, FP_DENORM, DX10_CLAMP, IEEE and FP16_OVFL come from rsrc1.
  w.mode = (kernel.rsrc1 >> 12 & 0xff) | (kernel.rsrc1 >> 21 & 1) << 8 |
           (kernel.rsrc1 >> 23 & 1) << 9 | (kernel.rsrc1 >> 26 & 1) << 23;
  uint64_t entry = kernel.entry;
  if (!setup.preloaded.empty())
    entry += 256; // Code before it loads what old firmware doesn't preload.
  w.pc =
      static_cast<uint32_t>((entry - launch.program.object().textBegin()) / 4);
  if (live == 0)
    w.state = Wave::Ended;
}

/// The instruction with M0 added to its vector registers; false if one leaves
/// the register file.
static bool applyIndex(const Wave &w, Inst &i) {
  if (i.format < Format::VOP1 || i.format > Format::VOP3P)
    return true;
  unsigned index = w.sgpr[kM0] & 0xff;
  bool inside = true;
  auto shift = [&](uint16_t &code, unsigned words) {
    if (code < kVgpr || code >= kAgpr)
      return;
    inside &= code + index + words <= kAgpr;
    uint16_t from = code;
    code = static_cast<uint16_t>(code + index);
    for (unsigned k = 0; k < i.useCount; ++k)
      if (i.uses[k].first == from)
        i.uses[k].first = code;
  };
  for (unsigned k = 0; k < 3; ++k)
    if (w.gprIndexEnable >> k & 1)
      shift(i.src[k], kindWords(i.op->src[k]));
  if (w.gprIndexEnable >> 3 & 1 && i.defCount && i.defs[0].first == i.dst) {
    shift(i.dst, kindWords(i.op->dst));
    i.defs[0].first = i.dst;
  }
  return inside;
}

/// The instruction to run at the wave's pc: of the code, or `copy` if registers
/// are indexed; null after a fault.
static inline __attribute__((always_inline)) const Inst *
currentInst(Wave &w, Inst &copy) {
  const Inst &i = w.code[w.pc];
  if (__builtin_expect(!w.gprIndexEnable, 1) || !i.op)
    return &i;
  copy = i;
  if (applyIndex(w, copy))
    return &copy;
  w.fault("register index leaves the register file");
  return nullptr;
}

uint64_t Worker::runPlain(Wave &w, uint64_t budget) {
  uint64_t left = budget;
  Inst copy;
  while (left && !w.stop) {
    const Inst *i = currentInst(w, copy);
    if (!i)
      break;
    w.next = w.pc + i->words;
    ++w.histogram[i->histogram];
    i->run(w, *i);
    w.pc = w.next;
    --left;
  }
  return budget - left;
}

__attribute__((noinline)) void Worker::beforeEach(Wave &w, const Inst &i) {
  if (launch.config.trace)
    trace(w);
  if (w.hazards)
    if (std::string problem = w.hazards->step(i); !problem.empty())
      w.report(Check::Hazard, -1, std::move(problem));
}

uint64_t Worker::runChecked(Wave &w, uint64_t budget) {
  CheckSet checks = launch.checks();
  const bool each = launch.config.trace || w.hazards;
  uint64_t left = budget;
  Inst copy;
  while (left && !w.stop) {
    const Inst *i = currentInst(w, copy);
    if (!i)
      break;
    w.next = w.pc + i->words;
    ++w.histogram[i->histogram];
    if (each)
      beforeEach(w, *i);
    bool look =
        w.shadow &&
        (i == &copy || (needsAttention(w, *i) && stillNeedsAttention(w, *i)));
    if (look)
      checkBefore(w, *i, checks);
    i->run(w, *i);
    if (look)
      checkAfter(w, *i);
    w.pc = w.next;
    --left;
  }
  return budget - left;
}

void Worker::trace(const Wave &w) const {
  launch.config.trace(absl::StrCat(
      "wg ", w.group->linear, " wave ", w.index, " 0x",
      absl::Hex(launch.program.object().textBegin() + 4 * uint64_t{w.pc}),
      " exec ", absl::Hex(w.exec(), absl::kZeroPad16), "  ",
      launch.program.text(w.pc)));
}

uint64_t Worker::runWave(Wave &w, uint64_t budget) {
  _mm_setcsr(baseline::HostMode::hostControl(baseline::HostMode::single(w)));
  w.stop = false;
  bool plain = !w.shadow && !w.hazards && !launch.config.trace;
  uint64_t executed = plain ? runPlain(w, budget) : runChecked(w, budget);
  if (w.state == Wave::AtBarrier && launch.checks().has(Check::Barrier) &&
      w.exec() != w.liveLanes)
    reportAtBarrier(w, absl::StrCat("barrier in divergent control flow: lanes ",
                                    absl::Hex(w.exec()), " of ",
                                    absl::Hex(w.liveLanes), " arrive"));
  return executed;
}

void Worker::reportAtBarrier(Wave &w, std::string message) {
  uint32_t pc = w.pc;
  w.pc -= 1;
  w.report(Check::Barrier, -1, std::move(message));
  w.pc = pc;
}

bool Worker::slice(Workgroup &group) {
  uint64_t limit = launch.config.maxInstructionsPerWave;
  for (uint64_t spent = 0; spent < kSlice;) {
    bool running = false;
    for (std::unique_ptr<Wave> &w : group.waves) {
      if (w->state != Wave::Running)
        continue;
      running = true;
      uint64_t executed = runWave(*w, std::min(kSlice, limit));
      w->executed += executed;
      spent = std::max(spent, executed);
      if (w->state == Wave::Running && w->executed >= limit)
        w->fault(
            absl::StrCat("still running after ", w->executed, " instructions"));
    }
    if (!running)
      releaseBarrier(group);
    bool ended =
        std::all_of(group.waves.begin(), group.waves.end(),
                    [](const auto &w) { return w->state == Wave::Ended; });
    if (ended)
      return true;
  }
  return false;
}

void Worker::releaseBarrier(Workgroup &group) {
  const Wave *early = nullptr;
  for (const std::unique_ptr<Wave> &w : group.waves)
    if (w->state == Wave::Ended && w->liveLanes)
      early = w.get();
  bool reported = false;
  for (std::unique_ptr<Wave> &w : group.waves) {
    if (w->state != Wave::AtBarrier)
      continue;
    if (early && !reported && launch.checks().has(Check::Barrier)) {
      reportAtBarrier(
          *w, absl::StrCat("wave ", early->index,
                           " of the workgroup has ended and never reaches "
                           "this barrier"));
      reported = true;
    }
    w->state = Wave::Running;
    w->vmAtBarrier = w->vmDone;
    w->lgAtBarrier = w->lgDone;
  }
  if (!group.history.empty()) {
    for (const std::unique_ptr<Wave> &w : group.waves)
      group.history.passBarrier(w->index, group.epoch, w->lgAtBarrier,
                                w->vmAtBarrier);
    group.orderedBefore = group.history.orderedBefore(group.epoch + 1);
  }
  ++group.epoch;
}

} // namespace dsv4emu
