//===- PortableExp.h - The same exponential everywhere --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SAMPLING_PORTABLEEXP_H
#define DSV4RUN_SAMPLING_PORTABLEEXP_H

namespace dsv4run {

/// e to the power of `x`, which is at most 0 and may be -infinity, within 2^-50
/// of the exact value relative to it; 0 below -700. Made of IEEE operations
/// that round the same everywhere, which mathematical libraries do not promise.
double PortableExp(double x);

} // namespace dsv4run

#endif // DSV4RUN_SAMPLING_PORTABLEEXP_H
