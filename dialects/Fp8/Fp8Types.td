//===- Fp8Types.td - Types of the fp8 dialect -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_TYPES
#define DSV4C_FP8_TYPES

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"
include "Fp8/Fp8Attrs.td"

def Fp8_ScaledType : TypeDef<Fp8_Dialect, "Scaled"> {
  let mnemonic = "scaled";
  let summary = "Narrow floats with a scale per block";
  let description = [{
    Everything that is needed to turn bytes into numbers:

        value[i] = code(i) * scale(block of i) * 2^shift

    | parameter | meaning |
    |---|---|
    | shape | logical shape, `?` for the number of tokens |
    | elementType | f8E4M3FN, f8E4M3FNUZ, f8E5M2, f8E5M2FNUZ or f4E2M1FN |
    | scaleType | f8E8M0FNU, f32 or f8E4M3FN |
    | block | elements per scale in each of the trailing dimensions |
    | shift | exponent that a reader still has to add (0 once paid) |
    | largest | largest magnitude that a writer may produce |
    | layout | order of the bytes |

    Two types are equal only if all of that is.
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$shape,
    "::mlir::Type":$elementType,
    "::mlir::Type":$scaleType,
    ArrayRefParameter<"int64_t">:$block,
    "int64_t":$shift,
    "int64_t":$largest,
    "::dsv4c::fp8::LayoutAttr":$layout);
  let assemblyFormat = [{
    `<` `[` $shape `]` `,` $elementType `,` $scaleType `,` `[` $block `]` `,`
    $shift `,` $largest `,` $layout `>`
  }];
}

#endif // DSV4C_FP8_TYPES
