//===- Drafter.h - What proposes tokens for verification ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A drafter guesses the next tokens of sequences at less cost than the model;
// the model checks them all in one step. Results never depend on it, only
// speed. The interface asks for no more than what any draft model needs: rows
// of the step's outputs for the tokens that stay, and the next token. A block
// that drafts one token at a time (spec 4.13) and one that drafts several at
// once from other outputs (spec 8) both fit.

#ifndef DSV4RUN_GENERATION_DRAFTER_H
#define DSV4RUN_GENERATION_DRAFTER_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Executor/RowBlock.h"
#include "dsv4run/Generation/SpeculativeSampling.h"
#include "dsv4run/Generation/TokenChooser.h"

namespace dsv4run {

/// A sequence for which tokens are to be drafted.
struct DraftRequest {
  int slot = 0;
  /// The token at position length(slot), which the model has not processed.
  int32_t next_id = 0;
  /// How many tokens to draft at most, for the positions behind it.
  int64_t count = 0;
  const TokenChooser *chooser = nullptr;
};

class Drafter {
public:
  virtual ~Drafter();

  /// Outputs of the step, with a row per token, that Observe wants.
  virtual std::vector<std::string> step_outputs() const = 0;

  /// The model has processed tokens of a slot's sequence, at positions
  /// first, first + 1, ... `outputs` have a row for each.
  virtual absl::Status
  Observe(int slot, int64_t first, absl::Span<const int32_t> ids,
          const std::map<std::string, RowBlock> &outputs) = 0;

  /// The last of the tokens observed are taken back; `length` are left.
  virtual void Truncate(int slot, int64_t length) = 0;

  /// Drafts for each request, in order, as many or fewer than asked for.
  virtual absl::StatusOr<std::vector<std::vector<DraftToken>>>
  Propose(absl::Span<const DraftRequest> requests) = 0;

  /// Brings its part of the session's state up to the tokens observed, and
  /// returns what it keeps of the slot's sequence beside that state.
  virtual absl::StatusOr<std::vector<std::byte>> Carry(int slot) = 0;
  /// The slot holds another sequence from now on, for which Carry returned
  /// `carried`. INVALID_ARGUMENT for other bytes, but for none at all: then
  /// nothing is kept, as of an empty sequence.
  virtual absl::Status Reset(int slot, absl::Span<const int32_t> ids,
                             absl::Span<const std::byte> carried) = 0;
};

} // namespace dsv4run

#endif // DSV4RUN_GENERATION_DRAFTER_H
