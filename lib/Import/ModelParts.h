//===- ModelParts.h - The parts that programs are composed of
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function appends one part of the model to the program. Shapes: T tokens,
// n streams, D hidden, H heads of d channels, k selected entries or experts.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_IMPORT_MODELPARTS_H
#define DSV4C_LIB_IMPORT_MODELPARTS_H

#include "ProgramBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace dsv4c {

/// One decoder layer or the layer inside a draft block.
struct Layer {
  /// Of its tensors and state, e.g. "layers.3".
  std::string prefix;
  int64_t ratio;
  /// Experts come from a table of token ids instead of the router's scores.
  bool hashRouted;

  AttentionKind getKind() const { return getAttentionKind(ratio); }
  bool isCompressed() const { return ratio != 0; }
};

Layer getLayer(const ModelConfig &config, int64_t index);
Layer getDraftLayer(const ModelConfig &config, int64_t index);

/// Adds the caches that the attention core reads: window, entries (spec 5.2).
void addKeyStates(ProgramBuilder &program, const Layer &layer);
/// Adds all of the layer's state: its caches, then its open rows (spec 5.2).
void addLayerStates(ProgramBuilder &program, const Layer &layer);

/// [T] -> [T, n, D]: the embedding, replicated (spec 4.1).
mlir::Value buildEmbedding(ProgramBuilder &program);
/// Rows of the embedding: [T, D] (spec 4.1, 4.13).
mlir::Value buildEmbeddingRows(ProgramBuilder &program, dsv4::TokenField field);

/// One decoder layer, streams [T, n, D] -> [T, n, D] (spec 4.2).
mlir::Value buildLayer(ProgramBuilder &program, const Layer &layer,
                       mlir::Value streams);

/// hc_pre, norm, `sublayer` [T, D] -> [T, D], hc_post (spec 4.2, 4.3). `name`
/// is "attn" or "ffn".
mlir::Value
buildSublayer(ProgramBuilder &program, const Layer &layer, llvm::StringRef name,
              mlir::Value streams,
              llvm::function_ref<mlir::Value(mlir::Value)> sublayer);

/// What an indexer computes.
struct IndexValues {
  /// [T, ?] bf16, a column per entry.
  mlir::Value scores;
  /// [T, k] i32.
  mlir::Value selection;
};

/// What a sub-layer computes on the way to its output.
struct AttentionValues {
  /// [T, H, d] after the rotary embedding.
  mlir::Value query;
  /// Of the indexer; null without one.
  mlir::Value scores, selection;
  /// [T, H, d] before the inverse rotary embedding.
  mlir::Value core;
  /// [T, D].
  mlir::Value output;
};

/// Attention of normalised `input` [T, D] (spec 4.6); updates the state.
AttentionValues buildAttention(ProgramBuilder &program, const Layer &layer,
                               mlir::Value input);
/// The sparse attention alone (spec 4.6, step 11): query [T, H, d] and, for
/// layers with an indexer, selection [T, k] -> [T, H, d].
mlir::Value buildAttentionCore(ProgramBuilder &program, const Layer &layer,
                               mlir::Value query, mlir::Value selection);

/// Appends the entries of `input` [T, D] to the cache in state `cache` and
/// keeps the open rows in state `rows`; `stem` names the compressor's tensors
/// (spec 4.7).
void buildCompressor(ProgramBuilder &program, const Layer &layer,
                     const llvm::Twine &stem, llvm::StringRef cache,
                     llvm::StringRef rows, mlir::Value input);

/// Updates the index and selects entries (spec 4.8): `input` [T, D] and the
/// quantised low-rank query [T, queryRank] -> [T, k] i32.
IndexValues buildIndexer(ProgramBuilder &program, const Layer &layer,
                         mlir::Value input, mlir::Value quantizedQuery);

struct ExpertValues {
  /// [T, k] f32.
  mlir::Value weights;
  /// [T, k] i32.
  mlir::Value experts;
  /// [T, D].
  mlir::Value output;
};

/// Router, routed experts and shared expert of `input` [T, D] (spec 4.9).
ExpertValues buildExperts(ProgramBuilder &program, const Layer &layer,
                          mlir::Value input);

/// Logits [R, V] f32 of the rows that are wanted (spec 4.12): collapse with
/// `<collapse>_fn/_base/_scale`, the norm `<norm>.weight`, the shared head.
mlir::Value buildHead(ProgramBuilder &program, const llvm::Twine &collapse,
                      const llvm::Twine &norm, mlir::Value streams);

/// The draft block `index` on the model's final streams [T, n, D]; returns the
/// block's own final streams (spec 4.13, steps 1 to 3).
mlir::Value buildDraftBlock(ProgramBuilder &program, int64_t index,
                            mlir::Value streams);

} // namespace dsv4c

#endif // DSV4C_LIB_IMPORT_MODELPARTS_H
