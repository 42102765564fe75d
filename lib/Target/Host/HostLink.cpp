//===- HostLink.cpp - Link kernels to a shared object ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HostCodegen.h"
#include "dsv4c/Target/Support/LinkElf.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Object/ELFObjectFile.h"

using namespace dsv4c;

/// Everything that the runtime's process provides to a kernel.
static bool isAllowedSymbol(llvm::StringRef name) {
  return name == "memcpy" || name == "memmove" || name == "memset";
}

/// Reports symbols that `object` needs and nobody provides.
static llvm::LogicalResult verifyUndefinedSymbols(llvm::MemoryBufferRef object,
                                                  mlir::Location location) {
  auto file = llvm::object::ObjectFile::createELFObjectFile(object);
  if (!file)
    return mlir::emitError(location, "linker output: ")
           << llvm::toString(file.takeError());
  auto &elf = llvm::cast<llvm::object::ELFObjectFileBase>(**file);
  bool ok = true;
  for (const llvm::object::ELFSymbolRef &symbol :
       elf.getDynamicSymbolIterators()) {
    llvm::Expected<uint32_t> flags = symbol.getFlags();
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (!flags || !name)
      return mlir::emitError(location, "unreadable symbol in linker output");
    if (!(*flags & llvm::object::SymbolRef::SF_Undefined) || name->empty() ||
        isAllowedSymbol(*name))
      continue;
    // [host_link_c1]
    mlir::emitError(location,
                    "[host_link_c1] kernels refer to the undefined symbol '")
        << *name << "'; only memcpy, memmove and memset exist at run time";
    ok = false;
  }
  return mlir::success(ok);
}

mlir::FailureOr<llvm::SmallVector<char>>
host::linkHostObject(llvm::ArrayRef<llvm::SmallVector<char>> objects,
                     mlir::Location location) {
  mlir::FailureOr<llvm::SmallVector<char>> linked =
      linkElf(objects, {"--hash-style=gnu", "-z", "noexecstack"}, location);
  if (failed(linked) ||
      failed(verifyUndefinedSymbols(
          {llvm::StringRef(linked->data(), linked->size()), "kernels.so"},
          location)))
    return mlir::failure();
  return linked;
}
