//===- RouterPart.cpp - Logits of one token and its experts ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Experts are chosen among all logits. The last workgroup of the product to
// arrive adds up the chunks of every logit, in order (SplitSum.h), and chooses:
// one meeting of workgroups where sums and choice apart would take two.

#include "Choose.h"
#include "ColumnTile.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

Part dsv4c::makeRouterPart(LinearOp product, RouteOp op, int64_t width) {
  int64_t columns =
      cast<RankedTensorType>(product.getResult().getType()).getDimSize(1);
  int64_t chunks = chunksOfProduct(product);
  int64_t workgroups = columns / width * chunks;
  Part part;
  part.workgroups = workgroups;
  part.write = [=](KernelWriter &w, Value local) mutable {
    TileBuilder &b = w.b;
    Value chunk = b.remIndex(local, chunks);
    Value column = b.mulIndex(b.divIndex(local, chunks), width);
    ColumnTile tile{w, false, 1, b.index(0), b.index(1), column};
    Value partial = joinPanels(
        b, multiplyColumns(tile, product, width, chunks > 1 ? chunk : Value()));
    auto choose = [&](Value logits) {
      RowScope scope(w, b.index(0));
      scope.set(product.getResult(), logits);
      route(scope, op);
      scope.storeYielded();
    };
    if (workgroups == 1)
      return choose(partial);
    Value partials = w.scratch({chunks, columns});
    b.store(partial, partials, {chunk, column});
    b.when(w.arrive(b.index(0), 1, workgroups), [&] {
      auto load = [&](int64_t number) {
        return b.load(partials, {b.index(number), b.index(0)}, {1, columns});
      };
      if (chunks == 1)
        return choose(load(0));
      Value sum = b.fill({1, columns}, 0.0);
      for (int64_t number = 0; number < chunks; ++number)
        sum = b.add(sum, load(number));
      choose(sum);
    });
  };
  return part;
}
