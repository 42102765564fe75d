//===- WriteBundle.cpp - Write the bundle of a module ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/WriteBundle.h"
#include "dsv4c/Bundle/BuildManifest.h"

using namespace mlir;
using namespace dsv4c;

LogicalResult bundle::writeBundle(ModuleOp module,
                                  ArrayRef<CodeObject> codeObjects,
                                  StringRef path,
                                  const ManifestOptions &options) {
  FailureOr<std::vector<uint8_t>> manifest =
      buildManifest(module, codeObjects, options);
  if (failed(manifest))
    return failure();
  std::vector<absl::Span<const std::byte>> sections;
  for (const CodeObject &object : codeObjects)
    sections.emplace_back(
        reinterpret_cast<const std::byte *>(object.bytes.data()),
        object.bytes.size());
  absl::Status status = dsv4run::WriteBundle(
      std::string(path),
      {reinterpret_cast<const std::byte *>(manifest->data()), manifest->size()},
      sections);
  if (status.ok())
    return success();
  return module.emitError()
         << "can't write the bundle: "
         << StringRef(status.message().data(), status.message().size());
}
