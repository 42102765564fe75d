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
    `row_major` is the order of the checkpoint. `panel W` is the host's shuffle:
    a matrix W[N, K] is cut into N/W panels of W rows and each panel is stored
    K-major, i.e. byte (n, k) lies at `((n / W) * K + k) * W + n % W`, so that
    the W outputs of a panel share one vector register. For e2m1 a byte holds
    the codes of (n, k) in the low and (n, k + 16) in the high nibble, for the
    k with k mod 32 < 16: byte ((n / W) * (K / 2) + (k / 32) * 16 + k % 16) * W
    + n % W.

    Used as the `encoding` of a ranked tensor and as a parameter of
    `!fp8.scaled`.
  }];
  let parameters = (ins EnumParameter<Fp8_LayoutKind>:$kind,
                        DefaultValuedParameter<"int64_t", "0">:$width);
  let assemblyFormat = "`<` $kind (`` `,` $width^)? `>`";
}

#endif // DSV4C_FP8_ATTRS
