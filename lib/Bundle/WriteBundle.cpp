//===- WriteBundle.cpp - Write the bundle of a module ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/WriteBundle.h"
#include "dsv4c/Bundle/BuildManifest.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace dsv4c;

LogicalResult bundle::writeBundle(ArrayRef<Image> images, StringRef path,
                                  Location location) {
  std::vector<dsv4run::BundleImage> parts;
  for (const Image &image : images) {
    dsv4run::BundleImage part;
    part.manifest = {reinterpret_cast<const std::byte *>(image.manifest.data()),
                     image.manifest.size()};
    for (const CodeObject &object : image.codeObjects)
      part.sections.emplace_back(
          reinterpret_cast<const std::byte *>(object.bytes.data()),
          object.bytes.size());
    parts.push_back(std::move(part));
  }
  absl::Status status = dsv4run::WriteBundle(std::string(path), parts);
  if (status.ok())
    return success();
  return emitError(location)
         << "can't write the bundle: "
         << StringRef(status.message().data(), status.message().size());
}
