//===- RunFlags.cpp - How sequences are run, from the command line --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/RunFlags.h"

#include "absl/strings/str_cat.h"
#include "dsv4run/Generation/MtpDrafter.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr int64_t kDefaultPrefixCacheMib = 512;

} // namespace

void RunFlags::AddTo(OptionTable &table) {
  table.Integer("draft", "N", &draft, 0, 1024,
                "speculative decoding: the model's MTP block drafts N tokens,\n"
                "and one step verifies them; default: 0, off");
  table.Integer(
      "prefix-cache", "MIB", &prefix_cache_mib, 0, 1 << 20,
      absl::StrCat(
          "host memory for states of prompts, from which prompts with\n"
          "the same beginning start; default: ",
          kDefaultPrefixCacheMib, ", 0 is off"));
  table.Flag("quiet", &quiet, "no progress and no timing, only errors");
  table.ShortName('q', "quiet");
  table.Flag("verbose", &verbose,
             "also tell about device, model, memory and seed");
  table.ShortName('v', "verbose");
}

absl::Status RunFlags::Finish() const {
  if (quiet && verbose)
    return UsageError("expected one of --quiet and --verbose");
  return absl::OkStatus();
}

uint64_t RunFlags::prefix_cache_bytes() const {
  return static_cast<uint64_t>(
             prefix_cache_mib.value_or(kDefaultPrefixCacheMib))
         << 20;
}

absl::StatusOr<std::unique_ptr<Drafter>>
RunFlags::MakeDrafter(Session &session) const {
  if (drafts() == 0)
    return std::unique_ptr<Drafter>();
  const int64_t most = session.reversible_tokens() - 1;
  if (drafts() > most)
    return UsageError(
        absl::StrCat("--draft: this model's state allows at most ", most,
                     " drafts in a step, found ", drafts()));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<MtpDrafter> drafter,
                           MtpDrafter::Create(session));
  return std::unique_ptr<Drafter>(std::move(drafter));
}

std::string Describe(const LoadedModel &loaded, const Session &session) {
  const schema::Manifest &manifest = loaded.model->manifest();
  const PoolGeometry &pool = session.pool().geometry();
  uint64_t state = 0;
  std::vector<uint64_t> bytes = BufferBytes(manifest, pool);
  for (uint32_t i = 0; i < bytes.size(); ++i)
    if (manifest.buffers()->Get(i)->space() == schema::Space::State)
      state += bytes[i];
  std::string shared;
  if (pool.entry_pages_per_sequence != 0 &&
      pool.entry_pages < pool.max_batch * pool.ContextPages())
    shared = absl::StrCat(", ", pool.entry_pages * pool.page,
                          " tokens in all (as much as fits)");
  return absl::StrCat("device: ", loaded.device->description(),
                      "\nmodel: ", manifest.model()->name()->str(), ", ",
                      manifest.model()->layers(), " layers, vocabulary ",
                      manifest.model()->vocab(), "; weights ",
                      FormatBytes(manifest.weights_bytes()), " loaded in ",
                      FormatSeconds(loaded.seconds),
                      "\nstate: ", pool.max_batch, " sequences of up to ",
                      pool.max_context, " tokens", shared, " in ",
                      FormatBytes(state), "\n");
}

} // namespace dsv4run
