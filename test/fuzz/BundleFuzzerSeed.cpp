//===- BundleFuzzerSeed.cpp - Write the seed of BundleFuzzer --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <cstdio>
#include <fstream>

#include "Bundle/SampleManifest.h"

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: BundleFuzzerSeed FILE\n");
    return 2;
  }
  dsv4run::schema::ManifestT manifest = dsv4run::testing::SampleManifest();
  // The harness wraps manifests without code objects.
  manifest.code_objects.clear();
  std::vector<std::byte> bytes = dsv4run::testing::ToBytes(manifest);
  std::ofstream file(argv[1], std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  return file.flush() ? 0 : 1;
}
