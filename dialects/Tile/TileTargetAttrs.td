//===- TileTargetAttrs.td - What a kernel is lowered for ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TILE_TARGET_ATTRS
#define DSV4C_TILE_TARGET_ATTRS

include "mlir/IR/AttrTypeBase.td"
include "Fp8/Fp8Enums.td"
include "Tile/TileDialect.td"

def Tile_TargetAttr : AttrDef<Tile_Dialect, "Target"> {
  let mnemonic = "target";
  let summary = "What kernels are compiled for";
  let description = [{
    Names an entry of the table of known targets
    (`dsv4c/Dialect/Tile/IR/TargetFacts.h`), which is the only place of the
    compiler that knows a chip: passes ask for facts, never for the name. A
    target whose hardware has no FP8 computes in the dialect that is asked for;
    the others have one, which is left out.

    ```mlir
    module attributes {tile.target = #tile.target<gfx942>} { ... }
    #tile.target<host fnuz>
    ```

    Constraints: `[target_attr_c1]` the table has the name; `[target_attr_c2]`
    the dialect is the one of the hardware, if that has one; `[target_attr_c3]`
    `tile.target` on an op is such an attribute.
  }];
  let parameters = (ins StringRefParameter<>:$name,
                        EnumParameter<Fp8_FloatDialect>:$format);
  let builders = [
    AttrBuilder<(ins "const ::dsv4c::tile::TargetFacts &":$facts), [{
      return $_get($_ctxt, facts.name, facts.format);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Attribute of the module or function that says what it is lowered for.
    static constexpr ::llvm::StringLiteral kAttrName{"tile.target"};

    /// That of the innermost op around `op`, itself included, that has one;
    /// null if none has.
    static TargetAttr lookup(::mlir::Operation *op);

    /// The entry of the table; `format` of the attribute takes precedence over
    /// that of a target without FP8 hardware.
    const TargetFacts &getFacts() const;
  }];
}

#endif // DSV4C_TILE_TARGET_ATTRS
