//===- TileDialect.td - Dialect definition ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TILE_DIALECT
#define DSV4C_TILE_DIALECT

include "mlir/IR/OpBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::dsv4c::tile";
  let summary = "Kernels over statically shaped tiles";
  let description = [{
    A `tile.kernel` is what one workgroup computes. Tiles are ranked tensors of
    static shape, on which arith, math, tensor and scf work unchanged; the dialect
    adds loads and stores of tiles, products and sums whose order is part of their
    meaning, and selection with a rule for ties. Nothing names a lane, a wave or a
    chip. See Rationale.md for the reasons.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

class Tile_Op<string mnemonic, list<Trait> traits = []>
    : Op<Tile_Dialect, mnemonic, traits>;

#endif // DSV4C_TILE_DIALECT
