//===- Fp8Attrs.td - Attributes of the fp8 dialect ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_ATTRS
#define DSV4C_FP8_ATTRS

include "mlir/IR/AttrTypeBase.td"
include "Fp8/Fp8Dialect.td"
include "Fp8/Fp8Enums.td"

class Fp8_Attr<string name, string attrMnemonic>
    : AttrDef<Fp8_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Fp8_LayoutAttr : Fp8_Attr<"Layout", "layout"> {
  let summary = "Order in which the bytes of a matrix lie in memory";
  let description = [{
    `row_major` is the order of the checkpoint; for e2m1 a byte holds column 2c
    in its low and column 2c + 1 in its high nibble. `panel W` is the host's
    shuffle: a matrix [N, K] is cut into N/W panels of W rows and each panel is
    stored K-major, i.e. byte (n, k) lies at `((n / W) * K + k) * W + n % W`, so
    that the W outputs of a panel share one vector register. For e2m1 a byte
    holds the codes of (n, k) in the low and (n, k + 16) in the high nibble, for
    the k with k mod 32 < 16: byte ((n / W) * (K / 2) + (k / 32) * 16 + k % 16)
    * W + n % W. The e2m1 code of -0 (8), which no product tells from 0 and FNUZ
    has not, becomes 0.

    `panel W fragment P` cuts the same panels, but inside them the bytes lie as
    operands of matrix instructions that take P consecutive bytes of a row from
    each of 64 lanes in one step: 8 for e4m3 and bf16, 4 for f32 and for packed
    e2m1. Lane 16 q + i holds row i of 16 and the quarter q of a step's 4 P
    columns. The 16 bytes that a lane loads at once are 16 / P consecutive steps,
    so that 16 rows are one stream. With R bytes in a row (those of e2m1 paired as
    above), byte column c, block b = c / 64, r = c mod 64, step s = r / (4 P),
    quarter q = (r / P) mod 4 and j = r mod P, byte (n, c) lies in its panel, of
    which n is the row, at

        (n / 16) * 16 R + b * 1024 + q * 256 + (n mod 16) * 16 + s * P + j

    R is a multiple of 64. The type of a buffer in this layout stays that of the
    same panels without fragments.

    Scales of blocks with one row follow their panel: that of row n and block j lies
    at ((n / W) * (K / block) + j) * W + n % W. Those of 128x128 blocks stay row-major.

    Used as the `encoding` of a ranked tensor and as a parameter of
    `!fp8.scaled`. Examples: `#fp8.layout<row_major>`, `#fp8.layout<panel 16>`,
    `#fp8.layout<panel 64 fragment 8>`.

    Constraints:
    * [layout_c1] a panel has at least one row; row_major has no width.
    * [layout_c2] a fragment is 4 or 8 bytes of a panel of a multiple of 16 rows;
      0 if there are none.
  }];
  let parameters = (ins EnumParameter<Fp8_LayoutKind>:$kind,
                        DefaultValuedParameter<"int64_t", "0">:$width,
                        DefaultValuedParameter<"int64_t", "0">:$fragment);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Rows whose fragments lie side by side.
    static constexpr int64_t kFragmentRows = 16;
    /// Bytes of a row that are a block of fragments.
    static constexpr int64_t kFragmentBlock = 64;

    /// Reads "row_major", "panel 16" or "panel 64 fragment 8"; shared with
    /// !fp8.scaled.
    static LayoutAttr parseName(::mlir::AsmParser &parser);
    static LayoutAttr getRowMajor(::mlir::MLIRContext *context) {
      return get(context, LayoutKind::RowMajor, 0, 0);
    }
    bool isRowMajor() const { return getKind() == LayoutKind::RowMajor; }
    /// "row_major", "panel 16" or "panel 64 fragment 8".
    std::string describe() const;
  }];
}

def Fp8_FormatAttr : Fp8_Attr<"Format", "format"> {
  let summary = "Everything a code of a narrow float means";
  let description = [{
    A code has the fields s (sign), e (exponent) and m (M bits of mantissa) and
    stands for

        e = 0:  (-1)^s * m * 2^(1 - bias - M)
        else:   (-1)^s * (1 + m * 2^-M) * 2^(e - bias)

    except for the special codes. This attribute is the only place of the
    compiler that knows them.

    | format | builtin type | bias | largest | written at most | NaN | infinity | zero |
    |---|---|---|---|---|---|---|---|
    | e4m3 ocp  | f8E4M3FN   | 7   | 448   | 448   | 7F FF       | -     | 00 80 |
    | e4m3 fnuz | f8E4M3FNUZ | 8   | 240   | 224   | 80          | -     | 00    |
    | e5m2 ocp  | f8E5M2     | 15  | 57344 | 57344 | 7D-7F FD-FF | 7C FC | 00 80 |
    | e5m2 fnuz | f8E5M2FNUZ | 16  | 57344 | 28672 | 80          | -     | 00    |
    | e2m1      | f4E2M1FN   | 1   | 6     | 6     | -           | -     | 0 8   |
    | e8m0      | f8E8M0FNU  | 127 | 2^127 | -     | FF          | -     | -     |

    "Written at most" is the largest magnitude for which the FNUZ byte equals the
    OCP byte of twice the value: a FNUZ writer that went up to 240 would produce
    the byte 7F, which is NaN in OCP, and codes that differ from the reference's.

    Examples: `#fp8.format<e4m3 fnuz>`, `#fp8.format<e2m1>`.

    Constraints:
    * [format_c1] e2m1 and e8m0 exist in one dialect only and are written without.
  }];
  let parameters = (ins EnumParameter<Fp8_Encoding>:$encoding,
                        EnumParameter<Fp8_FloatDialect>:$floatDialect);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The format of a builtin type; null for types that are no narrow floats.
    static FormatAttr get(::mlir::Type elementType);
    /// Reads and writes "e4m3 ocp"; shared with !fp8.scaled.
    static FormatAttr parseName(::mlir::AsmParser &parser);
    /// "e4m3 ocp" or "e2m1".
    std::string getName() const;
    /// "e4m3 ocp (bias 7)": how diagnostics name a format.
    std::string describe() const;

    ::mlir::FloatType getElementType() const;
    const ::llvm::fltSemantics &getSemantics() const;
    bool isFnuz() const { return getFloatDialect() == FloatDialect::Fnuz; }
    /// e4m3 or e5m2, i.e. the format exists in two dialects.
    bool isFp8() const;
    /// The same encoding in the given dialect; e2m1 and e8m0 stay themselves.
    FormatAttr withDialect(FloatDialect floatDialect) const;

    unsigned getBits() const;
    unsigned getExponentBits() const;
    unsigned getMantissaBits() const;
    int64_t getBias() const;
    double getLargestFinite() const;
    /// What a writer may produce at most (see the table); 0 for e8m0.
    int64_t getLargestWritten() const;
    double getSmallestNormal() const;
    double getSmallestSubnormal() const;

    bool isNaN(uint8_t code) const;
    ::llvm::SmallVector<uint8_t> getNaNCodes() const;
    ::llvm::SmallVector<uint8_t> getInfinityCodes() const;
    ::llvm::SmallVector<uint8_t> getZeroCodes() const;
    bool hasNegativeZero() const { return getZeroCodes().size() == 2; }
    /// The code that conversions produce for NaN; none for e2m1.
    std::optional<uint8_t> getCanonicalNaN() const;

    double decode(uint8_t code) const;
    /// Saturates at `largest`, then rounds to nearest, ties to the even code.
    uint8_t encode(::llvm::APFloat value, int64_t largest) const;

    /// Whether a writer may saturate at `largest` ([scaled_c3], [truncate_c1]).
    ::llvm::LogicalResult verifyLargest(
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError,
        ::llvm::StringRef label, int64_t largest) const;
  }];
}

#endif // DSV4C_FP8_ATTRS
