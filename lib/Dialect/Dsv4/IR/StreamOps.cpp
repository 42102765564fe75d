//===- StreamOps.cpp - Hyper-connections and norms
//--------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpChecks.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

static constexpr int64_t anySize = ShapedType::kDynamic;

static bool hasDynamic(std::initializer_list<int64_t> sizes) {
  return llvm::any_of(sizes, ShapedType::isDynamic);
}

/// a * b, unknown if either is.
static int64_t product(int64_t a, int64_t b) {
  return hasDynamic({a, b}) ? anySize : a * b;
}

/// [T, ..., d] bf16 and the same as result.
static LogicalResult verifyRows(Constraint c1, Type input, Type result) {
  auto tensor = cast<RankedTensorType>(input);
  if (tensor.getRank() < 2 || !tensor.getElementType().isBF16())
    return c1.fail() << "input must be [T, ..., d] bf16, got " << input;
  return c1.sameType("result", result, "input", input);
}

LogicalResult ReplicateOp::verify() {
  Type input = getInput().getType();
  if (failed(Constraint(*this, "[replicate_c1]")
                 .rank("input", input, {"T", "D"}, Element::BF16)))
    return failure();
  ArrayRef<int64_t> sizes = getShapeOf(input);
  return Constraint(*this, "[replicate_c2]")
      .shape("result", getResult().getType(), {"T", "n", "D"},
             {sizes[0], anySize, sizes[1]}, Element::BF16);
}

LogicalResult HcMixOp::verify() {
  Type streams = getStreams().getType();
  if (failed(Constraint(*this, "[hc_mix_c1]")
                 .rank("streams", streams, {"T", "n", "D"}, Element::BF16)))
    return failure();
  ArrayRef<int64_t> sizes = getShapeOf(streams);
  int64_t t = sizes[0], n = sizes[1], d = sizes[2];
  int64_t mixes = hasDynamic({n}) ? anySize : (2 + n) * n;
  if (failed(Constraint(*this, "[hc_mix_c2]")
                 .shape("fn", getFn().getType(), {"(2 + n) n", "n D"},
                        {mixes, product(n, d)}, Element::F32)))
    return failure();
  Constraint c3(*this, "[hc_mix_c3]");
  if (failed(c3.shape("base", getBase().getType(), {"(2 + n) n"}, {mixes},
                      Element::F32)) ||
      failed(c3.shape("scale", getScale().getType(), {"3"}, {3}, Element::F32)))
    return failure();
  Constraint c4(*this, "[hc_mix_c4]");
  if (failed(c4.shape("input", getInput().getType(), {"T", "D"}, {t, d},
                      Element::BF16)) ||
      failed(c4.shape("post", getPost().getType(), {"T", "n"}, {t, n},
                      Element::F32)) ||
      failed(c4.shape("comb", getComb().getType(), {"T", "n", "n"}, {t, n, n},
                      Element::F32)))
    return failure();
  Constraint c5(*this, "[hc_mix_c5]");
  if (failed(c5.atLeast("iterations", getIterations(), 1)) ||
      failed(c5.positive("hc_eps", getHcEps())) ||
      failed(c5.positive("eps", getEps())))
    return failure();
  if (!getProduct())
    return success();
  return Constraint(*this, "[hc_mix_c6]")
      .shape("product", getProduct().getType(), {"T", "(2 + n) n"}, {t, mixes},
             Element::F32);
}

LogicalResult HcMergeOp::verify() {
  Type streams = getStreams().getType();
  Constraint c1(*this, "[hc_merge_c1]");
  if (failed(c1.rank("streams", streams, {"T", "n", "D"}, Element::BF16)) ||
      failed(c1.sameType("result", getResult().getType(), "streams", streams)))
    return failure();
  ArrayRef<int64_t> sizes = getShapeOf(streams);
  int64_t t = sizes[0], n = sizes[1], d = sizes[2];
  if (failed(Constraint(*this, "[hc_merge_c2]")
                 .shape("output", getOutput().getType(), {"T", "D"}, {t, d},
                        Element::BF16)))
    return failure();
  Constraint c3(*this, "[hc_merge_c3]");
  if (failed(c3.shape("post", getPost().getType(), {"T", "n"}, {t, n},
                      Element::F32)))
    return failure();
  return c3.shape("comb", getComb().getType(), {"T", "n", "n"}, {t, n, n},
                  Element::F32);
}

LogicalResult HcCollapseOp::verify() {
  Type streams = getStreams().getType();
  Constraint c1(*this, "[hc_collapse_c1]");
  if (failed(c1.rank("streams", streams, {"T", "n", "D"}, Element::BF16)))
    return failure();
  ArrayRef<int64_t> sizes = getShapeOf(streams);
  int64_t t = sizes[0], n = sizes[1], d = sizes[2];
  if (failed(c1.shape("result", getResult().getType(), {"T", "D"}, {t, d},
                      Element::BF16)))
    return failure();
  Constraint c2(*this, "[hc_collapse_c2]");
  if (failed(c2.shape("fn", getFn().getType(), {"n", "n D"}, {n, product(n, d)},
                      Element::F32)) ||
      failed(c2.shape("base", getBase().getType(), {"n"}, {n}, Element::F32)) ||
      failed(c2.shape("scale", getScale().getType(), {"1"}, {1}, Element::F32)))
    return failure();
  Constraint c3(*this, "[hc_collapse_c3]");
  if (failed(c3.positive("hc_eps", getHcEps())) ||
      failed(c3.positive("eps", getEps())))
    return failure();
  if (!getProduct())
    return success();
  return Constraint(*this, "[hc_collapse_c4]")
      .shape("product", getProduct().getType(), {"T", "n"}, {t, n},
             Element::F32);
}

LogicalResult RmsNormOp::verify() {
  Type input = getInput().getType();
  if (failed(verifyRows({*this, "[rmsnorm_c1]"}, input, getResult().getType())))
    return failure();
  if (failed(Constraint(*this, "[rmsnorm_c2]")
                 .shape("weight", getWeight().getType(), {"d"},
                        {getShapeOf(input).back()}, Element::BF16)))
    return failure();
  return Constraint(*this, "[rmsnorm_c3]").positive("eps", getEps());
}

LogicalResult HeadNormOp::verify() {
  Type input = getInput().getType();
  Constraint c1(*this, "[head_norm_c1]");
  if (failed(c1.rank("input", input, {"T", "H", "d"}, Element::BF16)) ||
      failed(c1.sameType("result", getResult().getType(), "input", input)))
    return failure();
  return Constraint(*this, "[head_norm_c2]").positive("eps", getEps());
}

LogicalResult AddOp::verify() {
  Type b = getB().getType();
  Constraint c1(*this, "[add_c1]");
  if (failed(c1.rank("b", b, {"T", "n", "D"}, Element::BF16)) ||
      failed(c1.sameType("result", getResult().getType(), "b", b)))
    return failure();
  ArrayRef<int64_t> sizes = getShapeOf(b);
  return Constraint(*this, "[add_c2]")
      .shape("a", getA().getType(), {"T", "D"}, {sizes[0], sizes[2]},
             Element::BF16);
}
