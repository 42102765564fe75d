//===- HiprtcCompiler.cpp - HIP's compiler at run time --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HiprtcCompiler.h"

#include <vector>

#include "HiprtcApi.h"
#include "RocmLibrary.h"
#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::hip {
namespace {

class HiprtcCompiler final : public GpuCompiler {
public:
  HiprtcCompiler(const RtcApi &api, std::vector<std::string> options,
                 std::string identity)
      : api_(api), options_(std::move(options)),
        identity_(std::move(identity)) {}

  const std::string &identity() const override { return identity_; }

  absl::StatusOr<std::string> Compile(const std::string &source,
                                      const std::string &name) override {
    void *program = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        StatusOf("hiprtcCreateProgram",
                 api_.hiprtcCreateProgram(&program, source.c_str(),
                                          name.c_str(), 0, nullptr, nullptr)));
    auto destroy =
        absl::MakeCleanup([&] { api_.hiprtcDestroyProgram(&program); });
    std::vector<const char *> options;
    for (const std::string &option : options_)
      options.push_back(option.c_str());
    int result = api_.hiprtcCompileProgram(
        program, static_cast<int>(options.size()), options.data());
    if (result == kRtcErrorCompilation)
      return absl::InvalidArgumentError(absl::StrCat("hipRTC (", identity_,
                                                     ") cannot compile ", name,
                                                     ":\n", Log(program)));
    DSV4RUN_RETURN_IF_ERROR(StatusOf("hiprtcCompileProgram", result));
    size_t bytes = 0;
    DSV4RUN_RETURN_IF_ERROR(
        StatusOf("hiprtcGetCodeSize", api_.hiprtcGetCodeSize(program, &bytes)));
    std::string code(bytes, '\0');
    DSV4RUN_RETURN_IF_ERROR(
        StatusOf("hiprtcGetCode", api_.hiprtcGetCode(program, code.data())));
    return code;
  }

private:
  absl::Status StatusOf(const char *function, int result) const {
    if (result == kRtcSuccess)
      return absl::OkStatus();
    const char *text = api_.hiprtcGetErrorString(result);
    return absl::InternalError(absl::StrCat(
        function, ": ", text ? text : "unknown error", " (", result, ")"));
  }

  std::string Log(void *program) const {
    size_t bytes = 0;
    if (api_.hiprtcGetProgramLogSize(program, &bytes) != kRtcSuccess)
      return "(no messages)";
    std::string log(bytes, '\0');
    if (bytes == 0 ||
        api_.hiprtcGetProgramLog(program, log.data()) != kRtcSuccess)
      return "(no messages)";
    return std::string(log.c_str());
  }

  const RtcApi api_;
  const std::vector<std::string> options_;
  const std::string identity_;
};

} // namespace

absl::StatusOr<std::unique_ptr<GpuCompiler>>
OpenCompiler(const GpuProperties &device) {
  DSV4RUN_ASSIGN_OR_RETURN(DynamicLibrary library,
                           DynamicLibrary::Open(RocmLibrarySearch(
                               "hipRTC", "libhiprtc", "DSV4_HIPRTC_LIBRARY")));
#define DSV4RUN_HIPRTC_NAME(name, parameters) #name,
  DSV4RUN_RETURN_IF_ERROR(
      library.CheckSymbols({DSV4RUN_HIPRTC_FUNCTIONS(DSV4RUN_HIPRTC_NAME) //
                            "hiprtcGetErrorString"}));
#undef DSV4RUN_HIPRTC_NAME
  RtcApi api;
  auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(
        library.FindSymbol(name));
  };
#define DSV4RUN_HIPRTC_FIND(name, parameters) find(api.name, #name);
  DSV4RUN_HIPRTC_FUNCTIONS(DSV4RUN_HIPRTC_FIND)
#undef DSV4RUN_HIPRTC_FIND
  find(api.hiprtcGetErrorString, "hiprtcGetErrorString");
  int major = 0, minor = 0;
  if (api.hiprtcVersion(&major, &minor) != kRtcSuccess)
    return absl::InternalError(
        absl::StrCat(library.path(), ": hiprtcVersion failed"));
  // Multiply-adds are fused where the kernels say so, nowhere else: results
  // have to be those of the code objects, bit for bit.
  std::vector<std::string> options = {
      absl::StrCat("--offload-arch=", device.target,
                   device.features.empty() ? "" : ":", device.features),
      "-O3", "-std=c++17", "-ffp-contract=off"};
  std::string identity = absl::StrCat(major, ".", minor, " of ", device.version,
                                      ", ", absl::StrJoin(options, " "));
  return std::make_unique<HiprtcCompiler>(api, std::move(options),
                                          std::move(identity));
}

} // namespace dsv4run::hip
