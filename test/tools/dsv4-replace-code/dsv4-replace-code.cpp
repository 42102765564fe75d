//===- dsv4-replace-code.cpp - A bundle with another code object ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   dsv4-replace-code model.dsv4 gfx942 kernels.hsaco out.dsv4
//
// Writes the bundle with the ELF file in the place of the target's code, for
// tests that compile the same kernels in another way. Everything else stays.
//
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <fstream>
#include <iterator>

#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "dsv4run/Bundle/Text.h"
#include "dsv4run/Bundle/WriteBundle.h"

using namespace dsv4run;

static int Fail(absl::string_view message) {
  std::fprintf(stderr, "dsv4-replace-code: %.*s\n",
               static_cast<int>(message.size()), message.data());
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 5)
    return Fail("expected BUNDLE TARGET CODE OUTPUT");
  const std::string target = argv[2];
  std::ifstream file(argv[3], std::ios::binary);
  const std::string code((std::istreambuf_iterator<char>(file)), {});
  if (!file || code.empty())
    return Fail("can't read the code object");
  absl::StatusOr<Bundle> bundle = Bundle::Open(argv[1]);
  if (!bundle.ok())
    return Fail(bundle.status().message());

  const std::vector<std::byte> section = WriteOffloadBundle(
      {{OffloadEntryId(target),
        {reinterpret_cast<const std::byte *>(code.data()), code.size()}}});
  std::vector<std::vector<std::byte>> manifests(bundle->images());
  std::vector<BundleImage> images;
  bool replaced = false;
  for (size_t i = 0; i < bundle->images(); ++i) {
    const Bundle image = bundle->Select(i);
    std::unique_ptr<schema::ManifestT> manifest(image.manifest().UnPack());
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::Manifest::Pack(builder, manifest.get()));
    auto *data =
        reinterpret_cast<const std::byte *>(builder.GetBufferPointer());
    manifests[i].assign(data, data + builder.GetSize());
    BundleImage &copy = images.emplace_back(BundleImage{manifests[i], {}});
    for (uint32_t j = 0; j < image.manifest().code_objects()->size(); ++j) {
      bool isTarget =
          Text(image.manifest().code_objects()->Get(j)->target()) == target;
      copy.sections.push_back(isTarget ? absl::MakeConstSpan(section)
                                       : image.CodeObject(j));
      replaced |= isTarget;
    }
  }
  if (!replaced)
    return Fail("no code for " + target + " in the bundle");
  absl::Status status = WriteBundle(argv[4], images);
  return status.ok() ? 0 : Fail(status.message());
}
