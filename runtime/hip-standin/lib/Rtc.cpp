//===- Rtc.cpp - hipRTC through clang -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RtcCompiler.h"
#include "hip/hiprtc.h"
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>

using namespace hipstandin;

namespace {

struct Program {
  rtc::Source source;
  bool compiled = false;
  rtc::Result result;
};

/// Live programs; never destroyed, as programs use hipRTC until they end.
struct Programs {
  std::mutex mutex;
  std::unordered_map<const void *, std::shared_ptr<Program>> live;
};
Programs &programs() {
  static auto *all = new Programs();
  return *all;
}

std::shared_ptr<Program> find(hiprtcProgram handle) {
  std::lock_guard<std::mutex> lock(programs().mutex);
  auto it = programs().live.find(handle);
  return it == programs().live.end() ? nullptr : it->second;
}

} // namespace

extern "C" {

const char *hiprtcGetErrorString(hiprtcResult result) {
  switch (result) {
  case HIPRTC_SUCCESS:
    return "HIPRTC_SUCCESS";
  case HIPRTC_ERROR_OUT_OF_MEMORY:
    return "HIPRTC_ERROR_OUT_OF_MEMORY";
  case HIPRTC_ERROR_PROGRAM_CREATION_FAILURE:
    return "HIPRTC_ERROR_PROGRAM_CREATION_FAILURE";
  case HIPRTC_ERROR_INVALID_INPUT:
    return "HIPRTC_ERROR_INVALID_INPUT";
  case HIPRTC_ERROR_INVALID_PROGRAM:
    return "HIPRTC_ERROR_INVALID_PROGRAM";
  case HIPRTC_ERROR_INVALID_OPTION:
    return "HIPRTC_ERROR_INVALID_OPTION";
  case HIPRTC_ERROR_COMPILATION:
    return "HIPRTC_ERROR_COMPILATION";
  case HIPRTC_ERROR_BUILTIN_OPERATION_FAILURE:
    return "HIPRTC_ERROR_BUILTIN_OPERATION_FAILURE";
  case HIPRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION:
    return "HIPRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION";
  case HIPRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION:
    return "HIPRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION";
  case HIPRTC_ERROR_NAME_EXPRESSION_NOT_VALID:
    return "HIPRTC_ERROR_NAME_EXPRESSION_NOT_VALID";
  case HIPRTC_ERROR_INTERNAL_ERROR:
    return "HIPRTC_ERROR_INTERNAL_ERROR";
  case HIPRTC_ERROR_LINKING:
    return "HIPRTC_ERROR_LINKING";
  }
  return "HIPRTC_ERROR_UNKNOWN";
}

hiprtcResult hiprtcVersion(int *major, int *minor) {
  if (!major || !minor)
    return HIPRTC_ERROR_INVALID_INPUT;
  *major = 9;
  *minor = 0;
  return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcCreateProgram(hiprtcProgram *handle, const char *source,
                                 const char *name, int headerCount,
                                 const char **headers,
                                 const char **includeNames) {
  if (!handle || headerCount < 0 ||
      (headerCount != 0 && (!headers || !includeNames)))
    return HIPRTC_ERROR_INVALID_INPUT;
  if (!source)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  auto program = std::make_shared<Program>();
  program->source.text = source;
  program->source.name = name && *name ? name : "default_program";
  for (int k = 0; k < headerCount; ++k) {
    if (!headers[k] || !includeNames[k])
      return HIPRTC_ERROR_INVALID_INPUT;
    program->source.headers.emplace_back(includeNames[k], headers[k]);
  }
  *handle = reinterpret_cast<hiprtcProgram>(program.get());
  std::lock_guard<std::mutex> lock(programs().mutex);
  programs().live[program.get()] = program;
  return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcDestroyProgram(hiprtcProgram *handle) {
  if (!handle)
    return HIPRTC_ERROR_INVALID_INPUT;
  std::lock_guard<std::mutex> lock(programs().mutex);
  if (programs().live.erase(*handle) == 0)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  *handle = nullptr;
  return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcAddNameExpression(hiprtcProgram handle,
                                     const char *expression) {
  auto program = find(handle);
  if (!program)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  if (!expression)
    return HIPRTC_ERROR_INVALID_INPUT;
  if (program->compiled)
    return HIPRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION;
  program->source.nameExpressions.push_back(expression);
  return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcCompileProgram(hiprtcProgram handle, int optionCount,
                                  const char **options) {
  auto program = find(handle);
  if (!program)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  if (optionCount < 0 || (optionCount != 0 && !options))
    return HIPRTC_ERROR_INVALID_INPUT;
  std::vector<std::string> flags;
  for (int k = 0; k < optionCount; ++k) {
    if (!options[k])
      return HIPRTC_ERROR_INVALID_OPTION;
    flags.push_back(options[k]);
  }
  program->result = rtc::compile(program->source, flags);
  program->compiled = program->result.code == HIPRTC_SUCCESS;
  return program->result.code;
}

hiprtcResult hiprtcGetLoweredName(hiprtcProgram handle, const char *expression,
                                  const char **name) {
  auto program = find(handle);
  if (!program)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  if (!expression || !name)
    return HIPRTC_ERROR_INVALID_INPUT;
  if (!program->compiled)
    return HIPRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION;
  auto it = program->result.loweredNames.find(expression);
  if (it == program->result.loweredNames.end())
    return HIPRTC_ERROR_NAME_EXPRESSION_NOT_VALID;
  *name = it->second.c_str();
  return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcGetProgramLogSize(hiprtcProgram handle, size_t *bytes) {
  auto program = find(handle);
  if (!program)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  if (!bytes)
    return HIPRTC_ERROR_INVALID_INPUT;
  *bytes = program->result.log.size() + 1;
  return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcGetProgramLog(hiprtcProgram handle, char *log) {
  auto program = find(handle);
  if (!program)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  if (!log)
    return HIPRTC_ERROR_INVALID_INPUT;
  std::memcpy(log, program->result.log.c_str(), program->result.log.size() + 1);
  return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcGetCodeSize(hiprtcProgram handle, size_t *bytes) {
  auto program = find(handle);
  if (!program || !program->compiled)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  if (!bytes)
    return HIPRTC_ERROR_INVALID_INPUT;
  *bytes = program->result.image.size();
  return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcGetCode(hiprtcProgram handle, char *code) {
  auto program = find(handle);
  if (!program || !program->compiled)
    return HIPRTC_ERROR_INVALID_PROGRAM;
  if (!code)
    return HIPRTC_ERROR_INVALID_INPUT;
  std::memcpy(code, program->result.image.data(), program->result.image.size());
  return HIPRTC_SUCCESS;
}

/// Linking of bitcode, which is not supported.
static hiprtcResult refuseLinking(const char *function) {
  rtc::say(std::string(function) +
           ": HIPRTC_ERROR_LINKING: linking is not supported");
  return HIPRTC_ERROR_LINKING;
}
hiprtcResult hiprtcLinkCreate() { return refuseLinking("hiprtcLinkCreate"); }
hiprtcResult hiprtcLinkAddFile() { return refuseLinking("hiprtcLinkAddFile"); }
hiprtcResult hiprtcLinkAddData() { return refuseLinking("hiprtcLinkAddData"); }
hiprtcResult hiprtcLinkComplete() {
  return refuseLinking("hiprtcLinkComplete");
}
hiprtcResult hiprtcLinkDestroy() { return refuseLinking("hiprtcLinkDestroy"); }
hiprtcResult hiprtcGetBitcode() { return refuseLinking("hiprtcGetBitcode"); }
hiprtcResult hiprtcGetBitcodeSize() {
  return refuseLinking("hiprtcGetBitcodeSize");
}

} // extern "C"
