//===- PoolFit.cpp - How much state fits a device -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/PoolFit.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Allocations start at multiples of this at most, on any device.
constexpr uint64_t kAlignment = 4096;

/// `bytes` for `all` pages or sequences, cut down to `some` of them. Divided
/// first: the product may exceed 64 bits.
uint64_t ShareOf(uint64_t bytes, int64_t some, int64_t all) {
  if (some >= all)
    return bytes;
  return bytes / all * some + (bytes % all * some + all - 1) / all;
}

uint64_t TotalBytes(const schema::Manifest &manifest,
                    const PoolGeometry &pool) {
  uint64_t total = 0;
  for (const schema::Program *program : *manifest.programs())
    total = std::max(total, program->arena_bytes());
  std::vector<uint64_t> bytes = BufferBytes(manifest, pool);
  for (uint32_t i = 0; i < bytes.size(); ++i) {
    schema::Space space = manifest.buffers()->Get(i)->space();
    if (space != schema::Space::Arena && space != schema::Space::Weights)
      total += (bytes[i] + kAlignment - 1) / kAlignment * kAlignment;
  }
  return total;
}

absl::StatusOr<int64_t> Limit(absl::string_view option,
                              std::optional<int64_t> wanted, int64_t most) {
  if (!wanted)
    return most;
  if (*wanted >= 1 && *wanted <= most)
    return *wanted;
  return absl::InvalidArgumentError(
      absl::StrCat("--", option, ": expected 1 to ", most,
                   ", what the bundle was compiled for, found ", *wanted));
}

} // namespace

PoolGeometry BundlePool(const schema::Manifest &manifest) {
  const schema::Pool &pool = *manifest.pool();
  PoolGeometry geometry;
  geometry.max_batch = pool.max_batch();
  geometry.max_context = static_cast<int64_t>(pool.max_context());
  geometry.page = pool.page();
  geometry.window = pool.window();
  geometry.window_pages = pool.window_pages();
  geometry.window_pages_per_sequence = pool.window_pages_per_sequence();
  geometry.entry_pages = pool.entry_pages();
  geometry.entry_pages_per_sequence = pool.entry_pages_per_sequence();
  return geometry;
}

std::vector<uint64_t> BufferBytes(const schema::Manifest &manifest,
                                  const PoolGeometry &pool) {
  std::vector<uint64_t> bytes;
  for (const schema::Buffer *buffer : *manifest.buffers())
    bytes.push_back(buffer->bytes());
  const PoolGeometry whole = BundlePool(manifest);
  for (const schema::State *state : *manifest.states())
    for (uint32_t buffer : *state->buffers()) {
      uint64_t &size = bytes[buffer];
      switch (state->kind()) {
      case schema::CacheKind::Window:
        size = ShareOf(size, pool.window_pages, whole.window_pages);
        break;
      case schema::CacheKind::Entries:
      case schema::CacheKind::Index:
        size = ShareOf(size, pool.entry_pages, whole.entry_pages);
        break;
      case schema::CacheKind::OpenRows:
        size = ShareOf(size, pool.max_batch, whole.max_batch);
        break;
      }
    }
  return bytes;
}

absl::StatusOr<PoolGeometry> FitPool(const schema::Manifest &manifest,
                                     const PoolLimits &limits,
                                     std::optional<uint64_t> free_bytes) {
  const PoolGeometry whole = BundlePool(manifest);
  DSV4RUN_RETURN_IF_ERROR(whole.Check());
  PoolGeometry pool = whole;
  DSV4RUN_ASSIGN_OR_RETURN(
      pool.max_context,
      Limit("max-context", limits.max_context, whole.max_context));
  DSV4RUN_ASSIGN_OR_RETURN(
      pool.max_batch, Limit("max-batch", limits.max_batch, whole.max_batch));
  // A sequence that is left out would have held at least the pages of its
  // window. Pages that a step adds are not per sequence and stay.
  int64_t held = std::min((whole.window - 1 + whole.page - 1) / whole.page,
                          whole.ContextPages());
  pool.window_pages =
      std::max(whole.window_pages - (whole.max_batch - pool.max_batch) * held,
               std::min(whole.window_pages, pool.max_batch * held + 1));
  if (pool.entry_pages_per_sequence == 0)
    pool.entry_pages = 0;
  else
    pool.entry_pages =
        std::min(whole.entry_pages, pool.max_batch * pool.ContextPages());
  if (!free_bytes || TotalBytes(manifest, pool) <= *free_bytes)
    return pool;

  // The largest number of entry pages with which everything fits.
  int64_t fits = pool.max_batch - 1, too_many = pool.entry_pages;
  while (too_many - fits > 1) {
    pool.entry_pages = fits + (too_many - fits) / 2;
    (TotalBytes(manifest, pool) <= *free_bytes ? fits : too_many) =
        pool.entry_pages;
  }
  pool.entry_pages = std::min(whole.entry_pages, pool.max_batch);
  if (fits < pool.max_batch)
    return absl::ResourceExhaustedError(absl::StrCat(
        "the state of ", pool.max_batch, " sequences of at least ", pool.page,
        " positions and the buffers of a step need ",
        FormatBytes(TotalBytes(manifest, pool)), "; the device has ",
        FormatBytes(*free_bytes), " left. A smaller --max-batch needs less"));
  pool.entry_pages = fits;
  return pool;
}

} // namespace dsv4run
