//===- PortableExp.cpp - The same exponential everywhere ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/PortableExp.h"

#include "InlineExp.h"

namespace dsv4run {

double PortableExp(double x) { return InlineExp(x); }

} // namespace dsv4run
