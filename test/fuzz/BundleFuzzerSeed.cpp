//===- BundleFuzzerSeed.cpp - Write the seed of BundleFuzzer --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <cstdio>
#include <fstream>

#include "Bundle/SampleManifest.h"
#include "dsv4run/Bundle/OffloadBundle.h"

static bool Write(const std::string &path,
                  const std::vector<std::byte> &bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  return static_cast<bool>(file.flush());
}

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: BundleFuzzerSeed FILE\n");
    return 2;
  }
  dsv4run::schema::ManifestT manifest = dsv4run::testing::SampleManifest();
  // The harness wraps manifests without code objects.
  manifest.code_objects.clear();
  std::vector<std::byte> code(16);
  return Write(argv[1], dsv4run::testing::ToBytes(manifest)) &&
                 Write(std::string(argv[1]) + ".offload",
                       dsv4run::WriteOffloadBundle(
                           {{dsv4run::OffloadEntryId("gfx942"), code}}))
             ? 0
             : 1;
}
