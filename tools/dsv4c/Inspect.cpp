//===- Inspect.cpp - dsv4c inspect ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"

int dsv4c::runInspect(int, char **) { return kFailure; }
