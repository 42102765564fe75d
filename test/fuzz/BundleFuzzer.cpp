//===- BundleFuzzer.cpp - Bundles whose checksums are right ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The input is a manifest. The harness wraps it with correct checksums, so that
// verification and validation see every mutation, and then walks whatever was
// accepted. Inputs that start with the magic number are files as they are.

#include <cstdlib>
#include <cstring>
#include <vector>

#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Bundle/Format.h"
#include "dsv4run/Bundle/Inspect.h"
#include "dsv4run/Bundle/ResolveLaunches.h"
#include "dsv4run/Support/Crc32.h"

using namespace dsv4run;
using namespace dsv4run::bundle_format;

namespace {

/// A file with this manifest and no code objects.
std::vector<std::byte> Wrap(absl::Span<const std::byte> manifest) {
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.manifest_offset = sizeof(Header);
  header.manifest_bytes = manifest.size();
  header.file_bytes = sizeof(Header) + manifest.size();
  header.manifest_crc = Crc32(manifest);
  auto *bytes = reinterpret_cast<const std::byte *>(&header);
  header.header_crc = Crc32({bytes, offsetof(Header, header_crc)});
  std::vector<std::byte> file(bytes, bytes + sizeof(header));
  file.insert(file.end(), manifest.begin(), manifest.end());
  return file;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  absl::Span<const std::byte> input(reinterpret_cast<const std::byte *>(data),
                                    size);
  const bool is_file =
      size >= sizeof(kMagic) && std::memcmp(data, kMagic, sizeof(kMagic)) == 0;
  absl::StatusOr<Bundle> bundle = is_file
                                      ? Bundle::FromBytes("input", input)
                                      : Bundle::FromBytes("input", Wrap(input));
  if (!bundle.ok()) {
    if (bundle.status().message().empty())
      std::abort();
    return 0;
  }
  const schema::Manifest &manifest = bundle->manifest();
  InspectAsText(*bundle);
  std::vector<PackFacts> facts(manifest.packs()->size());
  for (const schema::Program *program : *manifest.programs())
    for (uint32_t kernel : ResolveLaunches(*program, facts))
      if (kernel >= manifest.kernels()->size())
        std::abort();
  return 0;
}
