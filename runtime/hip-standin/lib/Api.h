//===- Api.h - The frame of every entry point -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_API_H
#define HIPSTANDIN_API_H

#include "Runtime.h"
#include "hip/hip_runtime_api.h"

namespace hipstandin {

/// The major version of the soname that this is linked into: 5, 6 or 7.
extern const int kAbiMajor;

/// Keeps the result for hipGetLastError and returns it.
hipError_t finish(const char *function, hipError_t result);

/// An entry point. After a failure it does nothing and returns the failure.
template <class Body>
hipError_t call(const char *function, Body &&body) {
  Runtime *runtime = Runtime::get();
  if (!runtime)
    return finish(function, hipErrorNotInitialized);
  hipError_t error = runtime->failure();
  return finish(function, error == hipSuccess ? body(*runtime) : error);
}

/// An entry point that takes something away: it does so after a failure too,
/// and returns the failure all the same.
template <class Body>
hipError_t callRelease(const char *function, Body &&body) {
  Runtime *runtime = Runtime::get();
  if (!runtime)
    return finish(function, hipErrorNotInitialized);
  hipError_t error = body(*runtime);
  hipError_t failure = runtime->failure();
  return finish(function, failure == hipSuccess ? error : failure);
}

/// Says on stderr why a call fails, for callers who only see the code.
hipError_t explain(const char *function, hipError_t error,
                   const std::string &why);

} // namespace hipstandin

#endif // HIPSTANDIN_API_H
