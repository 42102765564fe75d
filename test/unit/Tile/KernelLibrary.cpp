//===- KernelLibrary.cpp - Compile and run kernels in tests ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLibrary.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include <dlfcn.h>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

using namespace dsv4c;

mlir::MLIRContext &test::context() {
  static mlir::MLIRContext *context = [] {
    mlir::DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    registry.insert<fp8::Fp8Dialect, tile::TileDialect>();
    auto *result = new mlir::MLIRContext(registry);
    result->loadAllAvailableDialects();
    return result;
  }();
  return *context;
}

std::vector<std::string> test::runnableLevels() {
  std::vector<std::string> levels = {"x86-64-v3"};
  if (__builtin_cpu_supports("x86-64-v4"))
    levels.push_back("x86-64-v4");
  return levels;
}

test::KernelLibrary::KernelLibrary(const std::string &text,
                                   const std::string &march, unsigned optLevel,
                                   unsigned numThreads) {
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(&context(),
                                        [&](mlir::Diagnostic &diagnostic) {
                                          messages += diagnostic.str() + "\n";
                                          return mlir::success();
                                        });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context());
  if (!module)
    throw std::runtime_error("kernel text: " + messages);
  host::HostOptions options;
  options.march = march;
  options.optLevel = optLevel;
  options.numThreads = numThreads;
  auto object = host::compileHostObject(*module, options);
  if (failed(object))
    throw std::runtime_error("compilation: " + messages);

  file = memfd_create("kernels", MFD_CLOEXEC);
  if (file < 0 || write(file, object->data(), object->size()) !=
                      static_cast<ssize_t>(object->size()))
    throw std::runtime_error("cannot write the shared object");
  handle = dlopen(("/proc/self/fd/" + std::to_string(file)).c_str(),
                  RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    throw std::runtime_error(dlerror());
}

test::KernelLibrary::~KernelLibrary() {
  if (handle)
    dlclose(handle);
  if (file >= 0)
    close(file);
}

test::KernelLibrary::Function
test::KernelLibrary::get(const std::string &name) const {
  void *symbol = dlsym(handle, name.c_str());
  if (!symbol)
    throw std::runtime_error("no kernel " + name);
  return reinterpret_cast<Function>(symbol);
}

void test::KernelLibrary::run(const std::string &name,
                              std::vector<void *> buffers,
                              int64_t numWorkgroups) const {
  get(name)(buffers.data(), 0, numWorkgroups);
}

std::string test::substitute(
    std::string text,
    std::vector<std::pair<std::string, std::string>> replacements) {
  for (const auto &[name, value] : replacements)
    for (size_t at; (at = text.find("$" + name)) != std::string::npos;)
      text.replace(at, name.size() + 1, value);
  return text;
}
