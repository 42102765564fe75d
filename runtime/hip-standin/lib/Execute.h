//===- Execute.h - Doing a stream's work ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_EXECUTE_H
#define HIPSTANDIN_EXECUTE_H

#include "Work.h"

namespace hipstandin {

class Runtime;

/// Does the work to its end, on a stream's thread. Errors become the runtime's
/// failure; once there is one, only completions are signalled.
void execute(Runtime &runtime, int device, const Work &work);

} // namespace hipstandin

#endif // HIPSTANDIN_EXECUTE_H
