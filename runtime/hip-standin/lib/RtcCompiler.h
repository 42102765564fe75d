//===- RtcCompiler.h - Running clang on HIP source --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_RTCCOMPILER_H
#define HIPSTANDIN_RTCCOMPILER_H

#include "hip/hiprtc.h"
#include <map>
#include <string>
#include <vector>

namespace hipstandin::rtc {

struct Source {
  std::string text, name;
  std::vector<std::pair<std::string, std::string>> headers; ///< Name, text.
  std::vector<std::string> nameExpressions;
};

struct Result {
  hiprtcResult code = HIPRTC_ERROR_INTERNAL_ERROR;
  std::string log;   ///< What clang said.
  std::string image; ///< An ELF file for gfx942.
  std::map<std::string, std::string> loweredNames;
};

/// Compiles for gfx942 with the clang that DSV4_EMU_CLANG names, or else
/// clang++-22 in PATH or /usr/lib/llvm-22/bin. The source need not include
/// hip/hip_runtime.h.
Result compile(const Source &source, const std::vector<std::string> &options);

/// Writes one message to stderr.
void say(const std::string &message);

} // namespace hipstandin::rtc

#endif // HIPSTANDIN_RTCCOMPILER_H
