//===- PlantedErrors.cpp - Wrong programs that verification must find -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PlantedErrors.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Kernels/TileBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace dsv4c;
using kernels::TileBuilder;

namespace {

/// Removes extf(truncf(x)) where `matches(x)`.
int64_t removeRounding(ModuleOp module, function_ref<bool(Value)> matches) {
  int64_t count = 0;
  module.walk([&](arith::ExtFOp extend) {
    // Of all, or of a slice.
    Value rounded = extend.getIn();
    auto slice = rounded.getDefiningOp<tensor::ExtractSliceOp>();
    if (slice)
      rounded = slice.getSource();
    auto truncate = rounded.getDefiningOp<arith::TruncFOp>();
    if (!truncate ||
        getElementTypeOrSelf(truncate.getIn().getType()) !=
            getElementTypeOrSelf(extend.getType()) ||
        !matches(truncate.getIn()))
      return;
    Value exact = truncate.getIn();
    OpBuilder builder(extend);
    if (slice)
      exact = tensor::ExtractSliceOp::create(
          builder, extend.getLoc(), cast<RankedTensorType>(extend.getType()),
          exact, slice.getMixedOffsets(), slice.getMixedSizes(),
          slice.getMixedStrides());
    extend.replaceAllUsesWith(exact);
    ++count;
  });
  return count;
}

/// Streams are mixed by comb instead of its transpose.
int64_t transposeComb(ModuleOp module) {
  int64_t count = 0;
  module.walk([&](tile::StoreOp store) {
    auto type = cast<RankedTensorType>(store.getValue().getType());
    if (type.getRank() != 2 || type.getDimSize(0) != 4 ||
        type.getDimSize(1) != 4)
      return;
    TileBuilder b(store.getLoc(), store);
    store.getValueMutable().assign(b.transpose(store.getValue()));
    ++count;
  });
  return count;
}

/// The last workgroup to arrive at a mix's product leaves out the last block of
/// the sum.
int64_t dropLastBlock(ModuleOp module) {
  int64_t count = 0;
  module.walk([&](tile::StoreOp store) {
    auto sum = store.getValue().getDefiningOp<arith::AddFOp>();
    // (2 + n) n = 24 outputs of n = 4 streams.
    if (!sum || !sum.getRhs().getDefiningOp<tile::LoadOp>() ||
        cast<RankedTensorType>(sum.getType()).getShape().back() != 24)
      return;
    store.getValueMutable().assign(sum.getLhs());
    ++count;
  });
  return count;
}

/// Layers with a compressor rotate by the frequencies of those without.
int64_t rotatePlainly(ModuleOp module) {
  dsv4::RopeTableOp plain;
  SmallVector<dsv4::RopeTableOp> compressed;
  module.walk([&](dsv4::RopeTableOp table) {
    if (table.getKind() == dsv4::RopeKind::Plain)
      plain = table;
    else
      compressed.push_back(table);
  });
  for (dsv4::RopeTableOp table : compressed)
    table.setFrequenciesAttr(plain.getFrequenciesAttr());
  return compressed.size();
}

int64_t dropInverseRotation(ModuleOp module) {
  int64_t count = 0;
  module.walk([&](dsv4::RopeOp rope) {
    if (!rope.getInverse())
      return;
    rope.replaceAllUsesWith(rope.getInput());
    rope.erase();
    ++count;
  });
  return count;
}

int64_t dropClamp(ModuleOp module) {
  int64_t count = 0;
  module.walk([&](dsv4::SwigluOp swiglu) {
    swiglu.setLimitAttr(Builder(swiglu).getF32FloatAttr(1e30f));
    ++count;
  });
  return count;
}

/// Routing weights as gate/up kernels read them: rows of a vector of f32.
tile::GatherOp routingWeights(tile::KernelOp kernel) {
  tile::GatherOp found;
  kernel.walk([&](tile::GatherOp gather) {
    auto source = cast<MemRefType>(gather.getSource().getType());
    if (source.getRank() == 1 && source.getElementType().isF32())
      found = gather;
  });
  return found;
}

/// The down product takes over the routing weights from the activation between,
/// whose quantisation they then no longer pass.
int64_t weighAfterDown(ModuleOp module) {
  int64_t count = 0;
  SymbolTable symbols(module);
  llvm::SmallPtrSet<Operation *, 4> upKernels, downKernels;
  module.walk([&](exec::ProgramOp program) {
    FlatSymbolRefAttr weights;
    Type type;
    DictionaryAttr attributes;
    for (auto launch : program.getBody().front().getOps<exec::LaunchOp>()) {
      auto kernel = symbols.lookup<tile::KernelOp>(launch.getKernel());
      if (!kernel.getSymName().contains("expert_linear"))
        continue;
      if (tile::GatherOp gather = routingWeights(kernel);
          gather && !downKernels.contains(kernel)) {
        unsigned number =
            cast<BlockArgument>(gather.getSource()).getArgNumber();
        weights = cast<FlatSymbolRefAttr>(launch.getBuffers()[number - 1]);
        type = gather.getSource().getType();
        attributes = kernel.getArgAttrDict(number);
        upKernels.insert(kernel);
        continue;
      }
      SmallVector<Attribute> buffers(launch.getBuffers().begin(),
                                     launch.getBuffers().end());
      buffers.push_back(weights);
      launch.setBuffersAttr(ArrayAttr::get(module.getContext(), buffers));
      if (!downKernels.insert(kernel).second)
        continue;
      unsigned number = kernel.getNumArguments();
      if (failed(
              kernel.insertArgument(number, type, attributes, kernel.getLoc())))
        continue;
      kernel.walk([&](tile::ScatterOp scatter) {
        auto truncate = scatter.getValue().getDefiningOp<arith::TruncFOp>();
        TileBuilder b(scatter.getLoc(), scatter);
        kernels::Shape shape = TileBuilder::shapeOf(scatter.getValue());
        Value weight = b.gather(kernel.getArgument(number), scatter.getRows(),
                                {}, {shape[0]});
        Value product = b.mul(b.alongRows(weight, shape), truncate.getIn());
        scatter.getValueMutable().assign(b.toBf16(product));
        ++count;
      });
    }
  });
  for (Operation *kernel : upKernels) {
    tile::GatherOp gather = routingWeights(cast<tile::KernelOp>(kernel));
    TileBuilder b(gather.getLoc(), gather);
    gather.replaceAllUsesWith(
        b.fill(TileBuilder::shapeOf(gather.getResult()), 1.0));
  }
  return count;
}

/// The per-head norm rounds nothing but its result: neither squares nor, a
/// number per row each, mean and factor.
int64_t normHeadsInF32(ModuleOp module) {
  return removeRounding(module, [](Value value) {
    auto square = value.getDefiningOp<arith::MulFOp>();
    return (square && square.getLhs() == square.getRhs()) ||
           cast<RankedTensorType>(value.getType()).getRank() == 1;
  });
}

int64_t keepProbabilities(ModuleOp module) {
  return removeRounding(
      module, [](Value value) { return value.getDefiningOp<math::ExpOp>(); });
}

/// Scales of keys half as large as the rule says, as if log2 were rounded down,
/// so that the largest key of a block saturates. Keys that aren't quantised at
/// all can't be expressed: what a cache stores is part of its type.
int64_t halveKeyScales(ModuleOp module) {
  int64_t count = 0;
  module.walk([&](fp8::ScaleExponentOp exponent) {
    auto amax = exponent->getOperand(0).getDefiningOp<tile::ReduceOp>();
    // Only keys have blocks of 64.
    if (!amax ||
        cast<RankedTensorType>(amax.getInput().getType()).getShape().back() !=
            64)
      return;
    OpBuilder builder(exponent->getContext());
    builder.setInsertionPointAfter(exponent);
    auto type = cast<RankedTensorType>(exponent->getResult(0).getType());
    auto one = arith::ConstantOp::create(
        builder, exponent.getLoc(),
        DenseElementsAttr::get(type, Attribute(builder.getI32IntegerAttr(1))));
    auto smaller = arith::SubIOp::create(builder, exponent.getLoc(),
                                         exponent->getResult(0), one);
    exponent->getResult(0).replaceAllUsesExcept(smaller, smaller);
    ++count;
  });
  return count;
}

/// A weight recast to FNUZ, in which a byte means half of what it means in OCP,
/// whose scale was not doubled. Half the scale is half the product.
int64_t halveScale(ModuleOp module) {
  int64_t count = 0;
  module.walk([&](fp8::ScaledMatmulOp product) {
    Operation *source = product.getRhs().getDefiningOp();
    while (source && !isa<dsv4::WeightOp>(source))
      source = source->getOperand(0).getDefiningOp();
    if (!source ||
        cast<dsv4::WeightOp>(source).getTensor() != "layers.2.attn.wo_b.weight")
      return;
    OpBuilder builder(product->getContext());
    builder.setInsertionPointAfter(product);
    Value result = product->getResult(0);
    auto half =
        dsv4::ScaleOp::create(builder, product.getLoc(), result.getType(),
                              result, builder.getF32FloatAttr(0.5f));
    result.replaceAllUsesExcept(half->getResult(0), half);
    ++count;
  });
  return count;
}

} // namespace

ArrayRef<test::PlantedError> test::plantedErrors() {
  static constexpr PlantedError errors[] = {
      {"comb-transposed", "tile", transposeComb},
      {"mix-without-last-block", "tile", dropLastBlock},
      {"plain-rope", "graph", rotatePlainly},
      {"no-inverse-rope", "graph", dropInverseRotation},
      {"no-clamp", "graph", dropClamp},
      {"weight-after-down", "tile", weighAfterDown},
      {"f32-head-norm", "tile", normHeadsInF32},
      {"f32-probabilities", "tile", keepProbabilities},
      {"key-scale-rounded-down", "tile", halveKeyScales},
      {"fnuz-scale-not-doubled", "graph", halveScale},
  };
  return errors;
}
