//===- ModelConfig.h - The published config.json of a model
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spec section 1. Every size of the model comes from here; nothing of a
// particular release is a constant of the compiler. The file is not trusted.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_IMPORT_MODELCONFIG_H
#define DSV4C_IMPORT_MODELCONFIG_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace dsv4c {

/// What the queries of a layer see besides the window (spec 1.3).
enum class AttentionKind {
  /// Ratio 0: nothing.
  SlidingWindow,
  /// Ratio 4: the best entries by an indexer's score; overlapping compressors.
  Selected,
  /// Any other ratio: all entries; non-overlapping compressor.
  AllEntries
};

/// How the routed experts are stored (spec 1.5).
enum class ExpertFormat {
  /// e2m1 codes, one e8m0 scale per 1x32.
  Fp4,
  /// e4m3 codes, one e8m0 scale per block as for the other weights.
  Fp8
};

/// YaRN (spec 4.5); applies to the layers with compression only.
struct YarnConfig {
  double factor;
  double betaFast;
  double betaSlow;
  int64_t originalMaxPosition;
};

/// The values of config.json under the symbols of spec section 1. Sizes count
/// elements, positions or tokens.
struct ModelConfig {
  /// Name for reports: the folder the file was read from, else the model_type.
  std::string name;
  /// The file as read.
  std::string text;

  int64_t hiddenSize;
  int64_t vocabSize;
  int64_t numLayers;
  int64_t numDraftBlocks;
  int64_t numHashLayers;
  int64_t maxPosition;
  int64_t bosToken;
  int64_t eosToken;

  int64_t numHeads;
  int64_t headDim;
  int64_t ropeDim;
  int64_t queryRank;
  int64_t outputGroups;
  /// Per output group.
  int64_t outputRank;
  int64_t window;
  /// One ratio per layer, then one per draft block.
  std::vector<int64_t> compressRatios;

  int64_t indexHeads;
  int64_t indexHeadDim;
  int64_t indexTopK;

  int64_t numExperts;
  int64_t expertsPerToken;
  int64_t expertInnerSize;
  ExpertFormat expertFormat;
  double routedScale;
  double swigluLimit;

  int64_t numStreams;
  int64_t sinkhornIterations;
  double streamEps;
  double normEps;

  double ropeTheta;
  double compressRopeTheta;
  YarnConfig yarn;

  /// Rows and columns per scale of the FP8 weights.
  int64_t weightBlock[2];

  /// Channels of a key that are not rotated, and quantised in a cache.
  int64_t getPlainDim() const { return headDim - ropeDim; }
  /// Positions per page of every cache: a multiple of all ratios, >= 64.
  int64_t getPageSize() const;
};

/// The kind of a layer or draft block with this ratio.
AttentionKind getAttentionKind(int64_t ratio);

/// Parses and checks `text`. The error has one line per fault, each of the form
/// `<source>: <key>: expected <what>, found <what>`, or
/// `<source>:<line>:<column>: <message>` if the text isn't the JSON it must be.
llvm::Expected<ModelConfig> parseModelConfig(llvm::StringRef text,
                                             llvm::StringRef source);

/// Reads `path`, either a config.json or a folder that contains one.
llvm::Expected<ModelConfig> readModelConfig(llvm::StringRef path);

} // namespace dsv4c

#endif // DSV4C_IMPORT_MODELCONFIG_H
