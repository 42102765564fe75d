//===- CudaModule.cpp - Kernels that the driver has compiled --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CudaModule.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Bundle/PtxModules.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::cuda {
namespace {

constexpr size_t kLogBytes = 16 << 10;

absl::StatusOr<void *> Compile(const Api &api, absl::string_view ptx) {
  std::vector<char> log(kLogBytes, '\0');
  int options[] = {kErrorLogBuffer, kErrorLogBufferBytes};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
  void *module = nullptr;
  absl::Status status = api.StatusOf(
      "cuModuleLoadDataEx",
      api.cuModuleLoadDataEx(&module, ptx.data(), 2, options, values));
  if (status.ok())
    return module;
  return absl::Status(status.code(),
                      log[0] ? absl::StrCat(status.message(), "\n", log.data())
                             : std::string(status.message()));
}

/// The names behind every ".entry" of a module.
std::vector<std::string> EntriesOf(absl::string_view ptx) {
  constexpr absl::string_view kEntry = ".entry ";
  std::vector<std::string> names;
  for (size_t at = ptx.find(kEntry); at != absl::string_view::npos;
       at = ptx.find(kEntry, at)) {
    at += kEntry.size();
    size_t end = ptx.find_first_of("( \n", at);
    names.emplace_back(ptx.substr(at, end - at));
  }
  return names;
}

/// Appends what the driver's compiler has made of a kernel to the file that the
/// environment names: whether anything spills is known nowhere else.
void Log(const std::string &kernel, int registers, int local_bytes,
         unsigned shared_bytes) {
  const char *path = std::getenv("DSV4_CUDA_KERNEL_LOG");
  if (!path || !*path)
    return;
  if (FILE *file = std::fopen(path, "a")) {
    std::fprintf(file, "%s registers %d local %d shared %u\n", kernel.c_str(),
                 registers, local_bytes, shared_bytes);
    std::fclose(file);
  }
}

} // namespace

absl::StatusOr<std::unique_ptr<Module>>
Module::Load(const Api &api, void *context, absl::Span<const std::byte> code) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<absl::string_view> texts,
                           SplitPtxModules(code));
  std::unique_ptr<Module> module(new Module(api));
  std::vector<absl::StatusOr<void *>> compiled(texts.size(), nullptr);
  std::atomic<size_t> next = 0;
  auto work = [&] {
    absl::Status current =
        api.StatusOf("cuCtxSetCurrent", api.cuCtxSetCurrent(context));
    for (size_t i; (i = next++) < texts.size();)
      if (current.ok())
        compiled[i] = Compile(api, texts[i]);
      else
        compiled[i] = current;
  };
  std::vector<std::thread> threads;
  size_t count = std::min<size_t>(
      std::max(1u, std::thread::hardware_concurrency()), texts.size());
  for (size_t i = 0; i < count; ++i)
    threads.emplace_back(work);
  for (std::thread &thread : threads)
    thread.join();
  absl::Status status;
  for (size_t i = 0; i < texts.size(); ++i) {
    status.Update(compiled[i].status());
    if (!compiled[i].ok())
      continue;
    module->modules_.push_back(*compiled[i]);
    for (const std::string &name : EntriesOf(texts[i]))
      module->entries_[name] = {
          *compiled[i],
          absl::StrContains(texts[i], absl::StrCat(name, kPtxSharedBytes))};
  }
  if (status.ok())
    return module;
  module->Unload().IgnoreError();
  return status;
}

absl::Status Module::Unload() {
  absl::Status status;
  for (void *module : modules_)
    status.Update(api_.StatusOf("cuModuleUnload", api_.cuModuleUnload(module)));
  modules_.clear();
  return status;
}

absl::StatusOr<Function *> Module::Find(absl::string_view kernel) {
  std::string name = PtxKernelName(kernel);
  auto it = entries_.find(name);
  if (it == entries_.end())
    return absl::NotFoundError(
        absl::StrCat("no PTX module has the entry ", name));
  void *function = nullptr;
  DSV4RUN_RETURN_IF_ERROR(api_.StatusOf(
      "cuModuleGetFunction",
      api_.cuModuleGetFunction(&function, it->second.module, name.c_str())));
  return Describe(it->second.module, function, name, it->second.asks_shared);
}

absl::StatusOr<Function *> Module::Describe(void *module, void *function,
                                            const std::string &name,
                                            bool asks_shared) {
  Function result;
  result.function = function;
  if (asks_shared) {
    Address address = 0;
    size_t bytes = 0;
    DSV4RUN_RETURN_IF_ERROR(api_.StatusOf(
        "cuModuleGetGlobal", api_.cuModuleGetGlobal_v2(
                                 &address, &bytes, module,
                                 absl::StrCat(name, kPtxSharedBytes).c_str())));
    if (bytes != sizeof(result.shared_bytes))
      return absl::InvalidArgumentError(absl::StrCat(
          name, kPtxSharedBytes, ": expected 4 bytes, found ", bytes));
    DSV4RUN_RETURN_IF_ERROR(
        api_.StatusOf("cuMemcpyDtoH", api_.cuMemcpyDtoH_v2(&result.shared_bytes,
                                                           address, bytes)));
    DSV4RUN_RETURN_IF_ERROR(api_.StatusOf(
        "cuFuncSetAttribute",
        api_.cuFuncSetAttribute(function, kMaxDynamicSharedBytes,
                                static_cast<int>(result.shared_bytes))));
  }
  int registers = 0, local_bytes = 0, static_bytes = 0;
  DSV4RUN_RETURN_IF_ERROR(
      api_.StatusOf("cuFuncGetAttribute",
                    api_.cuFuncGetAttribute(&registers, kRegisters, function)));
  DSV4RUN_RETURN_IF_ERROR(api_.StatusOf(
      "cuFuncGetAttribute",
      api_.cuFuncGetAttribute(&local_bytes, kLocalBytes, function)));
  DSV4RUN_RETURN_IF_ERROR(api_.StatusOf(
      "cuFuncGetAttribute",
      api_.cuFuncGetAttribute(&static_bytes, kStaticSharedBytes, function)));
  Log(name, registers, local_bytes, result.shared_bytes + static_bytes);
  functions_.push_back(result);
  return &functions_.back();
}

} // namespace dsv4run::cuda
