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

        value[i] = decode(code[i]) * scale[block of i] * 2^shift

    | parameter | meaning |
    |---|---|
    | shape | logical shape, `?` for the number of tokens |
    | elementType | f8E4M3FN, f8E4M3FNUZ, f8E5M2, f8E5M2FNUZ or f4E2M1FN, written as `#fp8.format` with its bias |
    | scaleType | f8E8M0FNU (`e8m0`), f32 or f8E4M3FN (`e4m3 ocp`) |
    | block | elements per scale in each of the trailing dimensions; 1 in all others |
    | shift | exponent that a reader still has to add (0 once paid) |
    | largest | largest magnitude of a code that a writer may produce |
    | layout | order of the bytes, see `#fp8.layout` |

    Two types are equal only if all of that is. Legal combinations:

    | element | scale | blocks of this model | largest |
    |---|---|---|---|
    | e4m3 ocp bias 7 | e8m0, f32, e4m3 ocp | 128x128, 1x128, 1x64 | <= 448 |
    | e4m3 fnuz bias 8 | e8m0, f32, e4m3 ocp | 128x128, 1x128, 1x64 | <= 224 |
    | e5m2 ocp bias 15 | e8m0, f32, e4m3 ocp | not used | <= 57344 |
    | e5m2 fnuz bias 16 | e8m0, f32, e4m3 ocp | not used | <= 28672 |
    | e2m1 bias 1 | e8m0, f32, e4m3 ocp | 1x32 | <= 6 |

    In memory, codes lie in the order of the layout (two e2m1 codes per byte) and
    scales row-major, one per block of every leading index:
    scale[.., i / block[0], j / block[1]].

    ```mlir
    !weight = !fp8.scaled<1024x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
    !window = !fp8.scaled<?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>
    !expert = !fp8.scaled<2048x4096, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>
    ```

    Constraints:
    * [scaled_c1] the element type is one of those above.
    * [scaled_c2] so is the scale type.
    * [scaled_c3] `largest` is a value of the format that a writer may produce
      and has a counterpart in the other FP8 dialect (is even in OCP).
    * [scaled_c4] there are at most as many block sizes as dimensions, at least
      one, and all sizes are positive.
    * [scaled_c5] along a dynamic dimension a block has one element: what a
      token is scaled by must not depend on the tokens beside it.
    * [scaled_c6] blocks divide the shape; only row_major may end in a partial
      block.
    * [scaled_c7] e2m1 packs pairs: the last dimension is static and even.
    * [scaled_c8] a panel's width divides the rows of a static matrix; in e2m1
      32 divides its columns; 64 divides the bytes of a row of fragments.
    * [scaled_c9] the bias in the text is the format's.
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$shape,
    "::mlir::Type":$elementType,
    "::mlir::Type":$scaleType,
    ArrayRefParameter<"int64_t">:$block,
    "int64_t":$shift,
    "int64_t":$largest,
    "::dsv4c::fp8::LayoutAttr":$layout);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getShape().size(); }
    bool hasStaticShape() const;
    FormatAttr getFormat() const { return FormatAttr::get(getElementType()); }
    bool isFnuz() const { return getFormat().isFnuz(); }

    /// Block size of each dimension, 1 for the leading ones.
    ::llvm::SmallVector<int64_t> getFullBlock() const;
    /// Shape of the scales: the number of blocks along each dimension.
    ::llvm::SmallVector<int64_t> getScaleShape() const;
    /// Bytes of all codes or scales. `dynamicSize` stands for each `?`; there is
    /// no answer if one occurs and no size is given.
    std::optional<int64_t>
    getCodesBytes(std::optional<int64_t> dynamicSize = std::nullopt) const;
    std::optional<int64_t>
    getScaleBytes(std::optional<int64_t> dynamicSize = std::nullopt) const;

    /// The type of the same numbers after a recast with all shifts paid in the
    /// scales. e2m1 belongs to no dialect and stays itself.
    ScaledType withDialect(FloatDialect floatDialect) const;
    ScaledType withLayout(LayoutAttr layout) const;
    ScaledType withShift(int64_t shift) const;

    /// What two types differ in, in words; empty for equal types.
    std::string describeDifference(ScaledType other) const;
  }];
}

#endif // DSV4C_FP8_TYPES
