//===- StepAbi.h - What a step's input buffers hold -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The contract between compiled kernels and the runtime about the inputs of a
// step, shared by the compiler (which reads them in kernels) and the runtime
// (which writes them). All elements are int32. T is the number of tokens of the
// step, at most the program's bucket; tokens of one sequence occupy consecutive
// rows with consecutive positions.
//
// A program's outputs are output buffers with the names that the graph gives
// them ("logits", "streams", ...), its further inputs likewise with ".in"
// behind the name, since one program's output may be another one's input.

#ifndef DSV4RUN_ABI_STEPABI_H
#define DSV4RUN_ABI_STEPABI_H

namespace dsv4run::abi {

/// [kCountsSize]: element 0 is T, element 1 the number R of output rows.
inline constexpr char kCounts[] = "step.counts";
inline constexpr int kCountsSize = 16;

/// [kArrivalsSize]: zeros, which kernels count with (`tile.arrive`) and leave
/// as zeros.
inline constexpr char kArrivals[] = "step.arrivals";
inline constexpr int kArrivalsSize = 4096;

// [bucket], one element per token; rows from T on are not read.
/// Token id.
inline constexpr char kIds[] = "step.ids";
/// Id of the token that follows; read by the draft block only.
inline constexpr char kNextIds[] = "step.next_ids";
/// Slot of the token's sequence, 0 <= slot < max_batch.
inline constexpr char kSlots[] = "step.slots";
/// Position in the sequence.
inline constexpr char kPositions[] = "step.positions";
/// Row and position of the first token of the same sequence in this step.
inline constexpr char kFirstRows[] = "step.first_rows";
inline constexpr char kFirstPositions[] = "step.first_positions";
/// Position of the last token of the same sequence in this step.
inline constexpr char kLastPositions[] = "step.last_positions";

/// [output_rows of the program]: rows of the tokens whose logits are wanted.
inline constexpr char kOutputRows[] = "step.output_rows";

// Page tables, [max_batch, pages per sequence], -1 where there is no page.
/// Page of positions [p * page, (p + 1) * page) of a sequence's window keys:
/// column p mod window_pages_per_sequence.
inline constexpr char kWindowPages[] = "step.window_pages";
/// Page of the entries over positions [p * page, (p + 1) * page): column p.
inline constexpr char kEntryPages[] = "step.entry_pages";

/// In front of the names of arena buffers that one launch alone uses. What lies
/// in them is a matter of how the launch divides its work.
inline constexpr char kScratchPrefix[] = "scratch.";

/// Behind the name of a program's further inputs.
inline constexpr char kInputSuffix[] = ".in";

} // namespace dsv4run::abi

#endif // DSV4RUN_ABI_STEPABI_H
