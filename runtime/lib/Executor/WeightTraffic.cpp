//===- WeightTraffic.cpp - Bytes of weights that a step reads -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/WeightTraffic.h"

#include <algorithm>
#include <set>

#include "absl/container/flat_hash_map.h"

namespace dsv4run {
namespace {

/// The share of a weight buffer that `tokens` tokens read, as a fraction.
struct Share {
  uint64_t read = 1, of = 1;
};

Share ShareOf(const schema::PackProgram &pack, uint64_t tokens,
              uint64_t experts_per_token) {
  uint64_t rows = std::max<uint64_t>(1, pack.rows());
  uint64_t tensors = pack.tensors()->size();
  bool embedding = pack.kind() == schema::PackKind::Tensor && tensors == 1 &&
                   pack.tensors()->Get(0)->name()->str() == "embed.weight";
  if (embedding || pack.kind() == schema::PackKind::IdTable ||
      pack.kind() == schema::PackKind::RopeTable)
    return {std::min(rows, tokens), rows};
  if (tensors > 1)
    return {std::min(tensors, tokens * experts_per_token), tensors};
  return {};
}

} // namespace

std::vector<uint64_t> WeightBytesOfLaunches(const Model &model, int program,
                                            int64_t tokens,
                                            int64_t experts_per_token) {
  const schema::Manifest &manifest = model.manifest();
  absl::flat_hash_map<uint32_t, Share> shares;
  for (const schema::PackProgram *pack : *manifest.packs()) {
    Share share = ShareOf(*pack, tokens, experts_per_token);
    shares[pack->buffer()] = share;
    if (pack->scales() >= 0)
      shares[static_cast<uint32_t>(pack->scales())] = share;
  }
  std::vector<uint64_t> bytes;
  for (const schema::Launch *launch :
       *model.programs()[program].program->launches()) {
    uint64_t sum = 0;
    for (uint32_t index : std::set<uint32_t>(launch->buffers()->begin(),
                                             launch->buffers()->end())) {
      const schema::Buffer &buffer = *manifest.buffers()->Get(index);
      if (buffer.space() != schema::Space::Weights)
        continue;
      Share share = shares[index];
      sum += buffer.bytes() / share.of * share.read;
    }
    bytes.push_back(sum);
  }
  return bytes;
}

} // namespace dsv4run
