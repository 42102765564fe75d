//===- BundleFuzzer.cpp - Bundles whose checksums are right ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The input is a manifest. The harness wraps it with correct checksums, so that
// verification and validation see every mutation, and then walks whatever was
// accepted. Inputs that start with the magic number are files as they are.
// Every input is also read as an offload bundle.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Bundle/Format.h"
#include "dsv4run/Bundle/Inspect.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "dsv4run/Bundle/ResolveLaunches.h"
#include "dsv4run/Support/Crc32.h"

using namespace dsv4run;
using namespace dsv4run::bundle_format;

namespace {

/// A file with this manifest twice, each time without code objects.
std::vector<std::byte> Wrap(absl::Span<const std::byte> manifest) {
  constexpr size_t kImages = 2;
  auto align = [](uint64_t offset) {
    return (offset + kManifestAlignment - 1) / kManifestAlignment *
           kManifestAlignment;
  };
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.images = kImages;
  ImageEntry entries[kImages];
  uint64_t end = sizeof(Header) + sizeof(entries);
  for (ImageEntry &entry : entries) {
    entry = {align(end), manifest.size(), Crc32(manifest), 0};
    end = entry.manifest_offset + manifest.size();
  }
  header.file_bytes = end;
  auto bytes_of = [](const void *object, size_t size) {
    return absl::MakeConstSpan(static_cast<const std::byte *>(object), size);
  };
  header.header_crc =
      Crc32(bytes_of(entries, sizeof(entries)),
            Crc32(bytes_of(&header, offsetof(Header, header_crc))));
  std::vector<std::byte> file(end);
  std::memcpy(file.data(), &header, sizeof(header));
  std::memcpy(file.data() + sizeof(header), entries, sizeof(entries));
  for (const ImageEntry &entry : entries)
    std::copy(manifest.begin(), manifest.end(),
              file.begin() + entry.manifest_offset);
  return file;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  absl::Span<const std::byte> input(reinterpret_cast<const std::byte *>(data),
                                    size);
  // Sections of GPUs are read before anything trusts them.
  if (auto entries = ReadOffloadBundle(input); entries.ok())
    for (const OffloadEntry &entry : *entries)
      Crc32(entry.code);
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
  InspectAsText(*bundle);
  const schema::Manifest &manifest =
      bundle->Select(bundle->images() - 1).manifest();
  std::vector<PackFacts> facts(manifest.packs()->size());
  for (const schema::Program *program : *manifest.programs())
    for (uint32_t kernel : ResolveLaunches(*program, facts))
      if (kernel >= manifest.kernels()->size())
        std::abort();
  return 0;
}
