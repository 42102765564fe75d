//===- GpuKernels.cpp - Compile for gfx942 and run in the emulator --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GpuKernels.h"
#include "Tile/KernelLibrary.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include <stdexcept>

using namespace dsv4c;
using namespace dsv4c::test;

static mlir::MLIRContext &gpuContext() {
  static mlir::MLIRContext *instance = [] {
    mlir::DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    mlir::registerAllToLLVMIRTranslations(registry);
    registry.insert<fp8::Fp8Dialect>();
    return new mlir::MLIRContext(registry);
  }();
  return *instance;
}

GpuKernels::GpuKernels(const std::string &text) : device(uint64_t{1} << 30) {
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceString<mlir::ModuleOp>(
          "gpu.module @kernels {\n" + text + "}\n", &gpuContext());
  if (!module)
    throw std::runtime_error("kernels cannot be parsed");
  amdgcn::AmdgpuOptions options;
  options.target = tile::findTarget("gfx942");
  options.numThreads = 1;
  auto objects = amdgcn::compileAmdgpuKernels(*module, options);
  if (failed(objects))
    throw std::runtime_error("kernels cannot be compiled");
  auto linked = amdgcn::linkAmdgpuObject(*objects, options, module->getLoc());
  if (failed(linked))
    throw std::runtime_error("kernels cannot be linked");
  auto loaded =
      device.load({reinterpret_cast<const uint8_t *>(linked->bytes.data()),
                   linked->bytes.size()});
  if (!loaded.ok())
    throw std::runtime_error(loaded.status().ToString());
  program = *loaded;
}

void GpuKernels::run(const std::string &name, const void *in, size_t inBytes,
                     void *out, size_t outBytes, size_t workgroups) {
  auto check = [](const absl::Status &status) {
    if (!status.ok())
      throw std::runtime_error(status.ToString());
  };
  auto input = device.memory().allocate(inBytes, "input");
  check(input.status());
  auto output = device.memory().allocate(outBytes, "output");
  check(output.status());
  check(device.memory().write(*input, in, inBytes));
  auto kernel = device.kernel(program, name);
  check(kernel.status());
  dsv4emu::LaunchConfig config;
  config.grid = {static_cast<uint32_t>(64 * workgroups), 1, 1};
  config.workgroup = {64, 1, 1};
  config.checks = dsv4emu::CheckSet::all();
  uint64_t arguments[] = {*input, *output};
  auto result = device.launch(
      *kernel, config,
      {reinterpret_cast<const uint8_t *>(arguments), sizeof(arguments)});
  check(result.status());
  if (!result->clean())
    throw std::runtime_error(result->reports.front().str());
  check(device.memory().read(*output, out, outBytes));
  check(device.memory().free(*input));
  check(device.memory().free(*output));
}

std::string GpuKernels::elementwise(const std::string &name,
                                    const std::string &input,
                                    const std::string &output,
                                    const std::string &body) {
  return substitute(
      R"mlir(
    gpu.func @$name(%in: memref<?x$from>, %out: memref<?x$to>)
        kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
      %c4 = arith.constant 4 : index
      %c64 = arith.constant 64 : index
      %wg = gpu.block_id x
      %t = gpu.thread_id x
      %w = arith.muli %wg, %c64 : index
      %l = arith.addi %w, %t : index
      %i = arith.muli %l, %c4 : index
      %x = vector.load %in[%i] : memref<?x$from>, vector<4x$from>
      $body
      vector.store %y, %out[%i] : memref<?x$to>, vector<4x$to>
      gpu.return
    }
  )mlir",
      {{"body", body}, {"name", name}, {"from", input}, {"to", output}});
}
