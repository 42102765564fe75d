//===- AttentionOps.cpp - Rotary embedding, keys, index, attention
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpChecks.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

static constexpr int64_t anySize = ShapedType::kDynamic;

//===----------------------------------------------------------------------===//
// Rotary embedding and Hadamard transform
//===----------------------------------------------------------------------===//

LogicalResult RopeTableOp::verify() {
  // [rope_table_c1]
  Constraint c1(*this, "[rope_table_c1]");
  auto frequencies = cast<DenseElementsAttr>(getFrequencies());
  ArrayRef<int64_t> pairs = frequencies.getType().getShape();
  if (pairs.size() != 1 || pairs[0] < 1)
    return c1.fail() << "frequencies must be [P] f32, got "
                     << frequencies.getType();
  for (const APFloat &frequency : frequencies.getValues<APFloat>())
    if (failed(c1.positive("each frequency", frequency)))
      return failure();
  // [rope_table_c2]
  Constraint c2(*this, "[rope_table_c2]");
  auto result = cast<RankedTensorType>(getResult().getType());
  if (!result.hasStaticShape())
    return c2.fail() << "result must have a static shape, got " << result;
  return c2.shape("result", result, {"positions", "2 P"},
                  {anySize, 2 * pairs[0]}, Element::F32);
}

LogicalResult RopeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  // [rope_c1]
  Constraint c1(*this, "[rope_c1]");
  if (!input.getElementType().isBF16() || input.getRank() < 2 ||
      input.getRank() > 3)
    return c1.fail() << "input must be [T, d] or [T, H, d] bf16, got " << input;
  if (failed(c1.sameType("result", getResult().getType(), "input", input)))
    return failure();
  // [rope_c2]
  Constraint c2(*this, "[rope_c2]");
  Type table = getTable().getType();
  if (failed(c2.rank("table", table, {"positions", "2 P"}, Element::F32)))
    return failure();
  int64_t width = getShapeOf(table)[1], channels = input.getShape().back();
  if (width % 2 != 0 || width > channels)
    return c2.fail() << "table must be of an even width of at most " << channels
                     << ", got " << width;
  return success();
}

LogicalResult HadamardOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  // [hadamard_c1]
  Constraint c1(*this, "[hadamard_c1]");
  if (!input.getElementType().isBF16() || input.getRank() < 2)
    return c1.fail() << "input must be [T, ..., d] bf16, got " << input;
  if (failed(c1.sameType("result", getResult().getType(), "input", input)))
    return failure();
  // [hadamard_c2]
  int64_t channels = input.getShape().back();
  if (channels < 1 || !llvm::isPowerOf2_64(channels))
    return Constraint(*this, "[hadamard_c2]").fail()
           << "the last dimension must be a power of two, got " << channels;
  return success();
}

//===----------------------------------------------------------------------===//
// Window and index
//===----------------------------------------------------------------------===//

/// The kind of a cache operand is the given one.
static LogicalResult verifyKind(Constraint constraint, StringRef name,
                                CacheType cache, CacheKind kind) {
  if (cache.getKind() == kind)
    return success();
  return constraint.fail() << name << " must be a cache of kind '"
                           << stringifyCacheKind(kind) << "', got " << cache;
}

LogicalResult InsertKeysOp::verify() {
  CacheType cache = getCache().getType();
  Constraint c1(*this, "[insert_keys_c1]");
  if (failed(verifyKind(c1, "cache", cache, CacheKind::Window)) ||
      failed(c1.sameType("result", getResult().getType(), "cache", cache)))
    return failure();
  return Constraint(*this, "[insert_keys_c2]")
      .shape("keys", getKeys().getType(), {"T", "width + tail"},
             {anySize, cache.getRowWidth()}, Element::BF16);
}

/// [index_scores_c2]
static LogicalResult verifyIndexQuery(IndexScoresOp op, fp8::ScaledType keys) {
  Constraint c2(op, "[index_scores_c2]");
  auto query = dyn_cast<fp8::ScaledType>(op.getQuery().getType());
  int64_t heads = op.getHeads(), width = keys.getShape().back();
  if (!query || heads < 1 || query.getShape().size() != 2 ||
      query.getShape()[1] != heads * width)
    return c2.fail() << "query must be scaled [T, " << heads << " * " << width
                     << "], got " << op.getQuery().getType();
  if (query.getElementType() != keys.getElementType() ||
      query.getScaleType() != keys.getScaleType() ||
      query.getBlock() != keys.getBlock() ||
      query.getShift() != keys.getShift())
    return c2.fail() << "query must have the number format of keys, " << keys
                     << ", got " << query;
  return success();
}

LogicalResult IndexScoresOp::verify() {
  CacheType keys = getKeys().getType();
  if (failed(verifyKind({*this, "[index_scores_c1]"}, "keys", keys,
                        CacheKind::Index)) ||
      failed(verifyIndexQuery(*this, keys.getKeys())))
    return failure();
  if (failed(Constraint(*this, "[index_scores_c3]")
                 .shape("weights", getWeights().getType(), {"T", "H"},
                        {anySize, static_cast<int64_t>(getHeads())},
                        Element::BF16)))
    return failure();
  return Constraint(*this, "[index_scores_c4]")
      .rank("result", getResult().getType(), {"T", "?"}, Element::BF16);
}

LogicalResult SelectOp::verify() {
  if (failed(Constraint(*this, "[select_c1]")
                 .rank("scores", getScores().getType(), {"T", "?"},
                       Element::BF16)))
    return failure();
  Constraint c2(*this, "[select_c2]");
  Type result = getResult().getType();
  if (failed(c2.rank("result", result, {"T", "k"}, Element::I32)))
    return failure();
  if (getShapeOf(result)[1] < 1)
    return c2.fail() << "result must have a static, positive k, got " << result;
  return Constraint(*this, "[select_c3]").atLeast("ratio", getRatio(), 2);
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// [attention_c3], [attention_c4]
static LogicalResult verifyEntries(AttentionOp op, CacheType window) {
  Constraint c4(op, "[attention_c4]");
  if (!op.getEntries()) {
    if (op.getSelection())
      return c4.fail() << "selection must not be given without entries";
    return success();
  }
  CacheType entries = op.getEntries().getType();
  Constraint c3(op, "[attention_c3]");
  if (failed(verifyKind(c3, "entries", entries, CacheKind::Entries)))
    return failure();
  if (entries.getKeys() != window.getKeys() ||
      entries.getTail() != window.getTail())
    return c3.fail() << "entries must have rows as the window, "
                     << window.getKeys() << " and tail " << window.getTail()
                     << ", got " << entries.getKeys() << " and tail "
                     << entries.getTail();
  if (!op.getSelection())
    return success();
  return c4.rank("selection", op.getSelection().getType(), {"T", "k"},
                 Element::I32);
}

LogicalResult AttentionOp::verify() {
  Type query = getQuery().getType();
  Constraint c1(*this, "[attention_c1]");
  if (failed(c1.rank("query", query, {"T", "H", "d"}, Element::BF16)) ||
      failed(c1.sameType("result", getResult().getType(), "query", query)))
    return failure();
  int64_t heads = getShapeOf(query)[1], channels = getShapeOf(query)[2];
  CacheType window = getWindowKeys().getType();
  Constraint c2(*this, "[attention_c2]");
  if (failed(verifyKind(c2, "window_keys", window, CacheKind::Window)))
    return failure();
  if (!sizesAgree(window.getRowWidth(), channels))
    return c2.fail() << "window_keys must have rows of " << channels
                     << " channels, got " << window.getRowWidth();
  if (failed(verifyEntries(*this, window)))
    return failure();
  if (failed(Constraint(*this, "[attention_c5]")
                 .shape("sink", getSink().getType(), {"H"}, {heads},
                        Element::F32)))
    return failure();
  Constraint c6(*this, "[attention_c6]");
  if (failed(c6.atLeast("window", getWindow(), 1)))
    return failure();
  return c6.positive("scale", getScale());
}
