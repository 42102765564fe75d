//===- Compress.h - Entries of a compressor ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_DSV4TOTILE_COMPRESS_H
#define DSV4C_CONVERSION_DSV4TOTILE_COMPRESS_H

#include "RowScope.h"

namespace dsv4c {

/// If the token of this row ends a block: pools, finishes and stores the entry.
void compress(RowScope &scope, dsv4::CompressOp op);
/// Stores the token's u and s rows if later steps may need them.
void commitRows(RowScope &scope, dsv4::CommitRowsOp op);

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_COMPRESS_H
