//===- Exit.cpp - The end of the process ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Runtime.h"
#include "absl/strings/str_cat.h"
#include <cstdio>
#include <unistd.h>

namespace hipstandin {

/// What a process returns if DSV4_EMU_LEAKS_FATAL finds something.
static constexpr int kLeakStatus = 99;

size_t Runtime::shutDown() {
  std::vector<std::shared_ptr<Stream>> all = streams.all();
  for (const auto &device : devices)
    device->legacy->abandon();
  for (const auto &stream : all)
    stream->abandon();

  size_t count = 0;
  auto leak = [&](const std::string &what) {
    ++count;
    say(absl::StrCat("leak: ", what));
  };
  for (const Allocation &a : memory.all())
    leak(absl::StrCat(memoryKindName(a.kind), " #", a.serial, ": ", a.bytes,
                      " bytes at 0x", absl::Hex(a.address), " of device ",
                      a.device));
  for (const auto &stream : all)
    if (stream->kind() == Stream::Kind::Created)
      leak(absl::StrCat("a stream of device ", stream->device()));
  for (const auto &event : events.all())
    leak(absl::StrCat("an event of device ", event->device()));
  for (const auto &module : modules.all())
    leak(absl::StrCat("a module of device ", module->device(), ": ",
                      module->label()));
  for (const auto &graph : graphs.all())
    if (!graph->borrowed)
      leak(absl::StrCat("a graph of ", graph->nodes().size(), " nodes"));
  for (const auto &exec : execs.all())
    leak(absl::StrCat("an instance of a graph, of ", exec->plan()->steps.size(),
                      " steps"));
  if (count)
    say(absl::StrCat(count, " leaks at exit"));
  return count;
}

/// Runs after the destructors of the program, of which some use HIP.
__attribute__((destructor)) static void atExit() {
  Runtime *runtime = Runtime::existing();
  if (!runtime)
    return;
  bool fatal = runtime->settings.leaksAreFatal;
  if (runtime->shutDown() != 0 && fatal) {
    fflush(nullptr);
    _exit(kLeakStatus);
  }
}

} // namespace hipstandin
