//===- Dsv4Types.td - Types of the dsv4 dialect ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_TYPES
#define DSV4C_DSV4_TYPES

include "mlir/IR/AttrTypeBase.td"
include "Dsv4/Dsv4Attrs.td"

class Dsv4_Type<string name, string typeMnemonic>
    : TypeDef<Dsv4_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Dsv4_TokensType : Dsv4_Type<"Tokens", "tokens"> {
  let summary = "The T tokens of a step";
  let description = [{
    Per token: its id, the id that follows it (draft block only), the slot of its
    sequence, its position, and of the tokens of the same sequence in this step,
    which are consecutive rows: the row and position of the first and the position
    of the last. Per slot: the page tables of its state. T varies from step to step.
  }];
}

def Dsv4_CacheType : Dsv4_Type<"Cache", "cache"> {
  let summary = "Keys of all sequences in a paged pool";
  let description = [{
    Row i of a sequence holds the key of position i (`window`, ratio 1) or of the
    entry over positions i * ratio to (i + 1) * ratio - 1 (`entries`, `index`). A row
    is the scaled type `keys`, of shape [?, width], followed by `tail` bf16 channels
    that are not quantised (the rotary channels). Rows of `page` positions lie
    together in a page; the page tables of the step's tokens say where. Writer and
    reader of a cache agree in every field, or the program is not valid.
    Spec sections 4.6 (8, 9), 4.7, 5.2, 5.4.

    Constraints:
    * [cache_c1] the ratio of a window is 1, that of entries and index at least 2.
    * [cache_c2] a page holds a positive multiple of ratio positions.
    * [cache_c3] keys is of shape [?, width], width positive.
    * [cache_c4] the tail of an index is 0, that of the others is not negative.
  }];
  let parameters = (ins
    EnumParameter<Dsv4_CacheKind>:$kind,
    "int64_t":$ratio,
    "int64_t":$page,
    "::dsv4c::fp8::ScaledType":$keys,
    "int64_t":$tail);
  let assemblyFormat = [{
    `<` $kind `,` `ratio` $ratio `,` `page` $page `,` `keys` $keys `,` `tail` $tail `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Channels of a row that are quantised.
    int64_t getWidth() const { return getKeys().getShape().back(); }
    /// All channels of a row.
    int64_t getRowWidth() const { return getWidth() + getTail(); }
  }];
}

def Dsv4_OpenRowsType : Dsv4_Type<"OpenRows", "open_rows"> {
  let summary = "Rows of a compressor that are not yet consumed, of all sequences";
  let description = [{
    Two f32 arrays of `slots` x `width` per sequence, u and s of spec 4.7; position
    p lies in slot p mod `slots`. Overlapping compressors (ratio 4) keep the previous
    and the open block, 2 * ratio rows of 2c channels; the others keep ratio rows of
    c channels. A row is valid only if the sequence has reached its position, so
    that nothing has to be cleared when a slot is reused (pitfall P23).

    Constraints:
    * [open_rows_c1] slots and width are positive.
  }];
  let parameters = (ins "int64_t":$slots, "int64_t":$width);
  let assemblyFormat = "`<` $slots `x` $width `>`";
  let genVerifyDecl = 1;
}

#endif // DSV4C_DSV4_TYPES
