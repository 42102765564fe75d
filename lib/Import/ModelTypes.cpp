//===- ModelTypes.cpp - Types of a model's weights, activations and state
//---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModelTypes.h"

using namespace mlir;
using namespace dsv4c;

static fp8::ScaledType getScaled(Type element, ArrayRef<int64_t> shape,
                                 ArrayRef<int64_t> block, int64_t largest) {
  MLIRContext *context = element.getContext();
  return fp8::ScaledType::get(
      context, shape, element, Float8E8M0FNUType::get(context), block,
      /*shift=*/0, largest, fp8::LayoutAttr::getRowMajor(context));
}

static fp8::ScaledType getE4M3(MLIRContext *context, ArrayRef<int64_t> shape,
                               ArrayRef<int64_t> block) {
  return getScaled(Float8E4M3FNType::get(context), shape, block, 448);
}

static fp8::ScaledType getE2M1(MLIRContext *context, ArrayRef<int64_t> shape) {
  return getScaled(Float4E2M1FNType::get(context), shape, {1, 32}, 6);
}

fp8::ScaledType dsv4c::getFp8WeightType(MLIRContext *context,
                                        const ModelConfig &config,
                                        ArrayRef<int64_t> shape) {
  return getE4M3(context, shape, config.weightBlock);
}

fp8::ScaledType dsv4c::getExpertWeightType(MLIRContext *context,
                                           const ModelConfig &config,
                                           int64_t rows, int64_t columns) {
  int64_t shape[] = {config.numExperts, rows, columns};
  if (config.expertFormat == ExpertFormat::Fp8)
    return getFp8WeightType(context, config, shape);
  return getE2M1(context, shape);
}

fp8::ScaledType dsv4c::getFp8ActivationType(MLIRContext *context,
                                            ArrayRef<int64_t> shape) {
  return getE4M3(context, shape, {1, 128});
}

fp8::ScaledType dsv4c::getIndexQueryType(MLIRContext *context, int64_t width) {
  return getE2M1(context, {ShapedType::kDynamic, width});
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

static dsv4::CacheType getKeyCache(MLIRContext *context,
                                   const ModelConfig &config,
                                   dsv4::CacheKind kind, int64_t ratio) {
  auto keys =
      getE4M3(context, {ShapedType::kDynamic, config.getPlainDim()}, {1, 64});
  return dsv4::CacheType::get(context, kind, ratio, config.getPageSize(), keys,
                              config.ropeDim);
}

dsv4::CacheType dsv4c::getWindowType(MLIRContext *context,
                                     const ModelConfig &config) {
  return getKeyCache(context, config, dsv4::CacheKind::Window, 1);
}

dsv4::CacheType dsv4c::getEntriesType(MLIRContext *context,
                                      const ModelConfig &config,
                                      int64_t ratio) {
  return getKeyCache(context, config, dsv4::CacheKind::Entries, ratio);
}

dsv4::CacheType dsv4c::getIndexType(MLIRContext *context,
                                    const ModelConfig &config, int64_t ratio) {
  return dsv4::CacheType::get(
      context, dsv4::CacheKind::Index, ratio, config.getPageSize(),
      getE2M1(context, {ShapedType::kDynamic, config.indexHeadDim}), 0);
}

dsv4::OpenRowsType dsv4c::getOpenRowsType(MLIRContext *context, int64_t ratio,
                                          int64_t width) {
  int64_t halves = getAttentionKind(ratio) == AttentionKind::Selected ? 2 : 1;
  return dsv4::OpenRowsType::get(context, halves * ratio, halves * width);
}
