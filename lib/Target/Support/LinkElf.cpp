//===- LinkElf.cpp - Link objects in process ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Support/LinkElf.h"
#include "lld/Common/Driver.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace dsv4c;

/// Runs the linker, which works on files and has global state.
static llvm::LogicalResult runLinker(llvm::ArrayRef<const char *> arguments,
                                     llvm::ArrayRef<std::string> inputs,
                                     const std::string &output,
                                     mlir::Location location) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<const char *> args = {"ld.lld",      "-shared", "--build-id=none",
                                    "--threads=1", "-o",      output.c_str()};
  args.insert(args.end(), arguments.begin(), arguments.end());
  for (const std::string &input : inputs)
    args.push_back(input.c_str());
  std::string messages;
  llvm::raw_string_ostream os(messages);
  lld::Result result =
      lld::lldMain(args, os, os, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return mlir::emitError(location, "linking failed: ") << messages;
  return mlir::success();
}

mlir::FailureOr<llvm::SmallVector<char>>
dsv4c::linkElf(llvm::ArrayRef<llvm::SmallVector<char>> objects,
               llvm::ArrayRef<const char *> arguments,
               mlir::Location location) {
  llvm::SmallString<128> folder;
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory("dsv4c-link", folder))
    return mlir::emitError(location, "cannot create a temporary folder: ")
           << error.message();
  llvm::scope_exit cleanUp([&] { llvm::sys::fs::remove_directories(folder); });

  std::vector<std::string> inputs;
  for (const llvm::SmallVector<char> &object : objects) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, std::to_string(inputs.size()) + ".o");
    std::error_code error;
    llvm::raw_fd_ostream os(path, error);
    if (!error) {
      os.write(object.data(), object.size());
      os.close();
      error = os.error();
    }
    if (error)
      return mlir::emitError(location, "cannot write ")
             << path << ": " << error.message();
    inputs.push_back(path.str().str());
  }
  llvm::SmallString<128> output(folder);
  llvm::sys::path::append(output, "kernels.so");
  if (failed(runLinker(arguments, inputs, output.str().str(), location)))
    return mlir::failure();
  auto buffer = llvm::MemoryBuffer::getFile(output, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return mlir::emitError(location, "cannot read the linker's output: ")
           << buffer.getError().message();
  llvm::StringRef bytes = (*buffer)->getBuffer();
  return llvm::SmallVector<char>(bytes.begin(), bytes.end());
}
