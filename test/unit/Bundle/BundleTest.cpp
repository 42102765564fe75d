//===- BundleTest.cpp - Container: round trip, truncation, bit flips ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/Bundle.h"

#include <csignal>
#include <cstring>
#include <functional>
#include <sys/resource.h>

#include "Bundle/SampleManifest.h"
#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Bundle/Format.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "dsv4run/Bundle/ResolveLaunches.h"
#include "dsv4run/Bundle/Text.h"
#include "dsv4run/Bundle/WriteBundle.h"
#include "dsv4run/Support/Crc32.h"
#include "dsv4run/Support/Sha256.h"

namespace dsv4run {
namespace {

using namespace testing;
using bundle_format::Header;
using bundle_format::ImageEntry;

const std::string &Code() {
  static const std::string code = "\x7F"
                                  "ELF of a kernel";
  return code;
}

/// Two images: the sample, and the same for another target.
class SampleImages {
public:
  SampleImages() {
    schema::ManifestT other = SampleManifest();
    other.code_objects[0]->target = "gfx942";
    other.code_objects[0]->level = "gfx942";
    other.code_objects[0]->format = "fnuz";
    other.kernels[0]->threads = 256;
    manifests_ = {ToBytes(SampleManifest()), ToBytes(other)};
    gpu_code_ =
        WriteOffloadBundle({{OffloadEntryId("gfx942"), AsBytes(Code())}});
    images_ = {{manifests_[0], {AsBytes(Code())}},
               {manifests_[1], {gpu_code_}}};
  }
  std::vector<BundleImage> &operator*() { return images_; }

private:
  std::vector<std::vector<std::byte>> manifests_;
  std::vector<std::byte> gpu_code_;
  std::vector<BundleImage> images_;
};

std::vector<std::byte> SampleFile() {
  SampleImages images;
  absl::StatusOr<std::vector<std::byte>> file = SerializeBundle(*images);
  EXPECT_OK(file);
  return *std::move(file);
}

/// Recomputes the header's own checksum after a change to it.
void FixHeaderChecksum(std::vector<std::byte> &file) {
  Header header;
  std::memcpy(&header, file.data(), sizeof(header));
  absl::Span<const std::byte> bytes(file);
  uint32_t crc = Crc32(
      bytes.subspan(sizeof(Header),
                    header.images * sizeof(bundle_format::ImageEntry) +
                        header.sections * sizeof(bundle_format::SectionEntry)),
      Crc32(bytes.first(offsetof(Header, header_crc))));
  std::memcpy(file.data() + offsetof(Header, header_crc), &crc, 4);
}

TEST(BundleTest, RoundTripThroughAFile) {
  TempDir directory;
  const std::string path = directory / "model.dsv4";
  SampleImages images;
  ASSERT_OK(WriteBundle(path, *images));
  EXPECT_EQ(directory.CountEntries(), 1u);
  ASSERT_OK_AND_ASSIGN(Bundle bundle, Bundle::Open(path));
  EXPECT_EQ(bundle.path(), path);
  ASSERT_EQ(bundle.images(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    Bundle selected = bundle.Select(i);
    EXPECT_EQ(Text(selected.manifest().model()->name()), "sample");
    EXPECT_EQ(selected.CodeObject(0), (*images)[i].sections[0]);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(selected.CodeObject(0).data()) % 4096,
              0u);
    schema::ManifestT found;
    selected.manifest().UnPackTo(&found);
    EXPECT_EQ(absl::MakeConstSpan(ToBytes(found)), (*images)[i].manifest);
  }
  EXPECT_EQ(Text(bundle.manifest().code_objects()->Get(0)->target()), "host");
  EXPECT_EQ(bundle.manifest().kernels()->Get(0)->threads(), 1u);
  EXPECT_EQ(bundle.Select(1).manifest().kernels()->Get(0)->threads(), 256u);
  EXPECT_EQ(DescribeTargets(bundle), "host x86-64-v3 (ocp), gfx942 (fnuz)");
}

TEST(BundleTest, ABundleOutlivesTheMoveOfItsOwner) {
  ASSERT_OK_AND_ASSIGN(Bundle first, Bundle::FromBytes("b", SampleFile()));
  Bundle second = std::move(first);
  EXPECT_EQ(second.manifest().buffers()->size(), kLogits + 1u);
}

TEST(BundleTest, EveryTruncationIsRefused) {
  std::vector<std::byte> file = SampleFile();
  for (size_t size = 0; size < file.size(); ++size)
    ASSERT_FALSE(Bundle::FromBytes("b", absl::MakeSpan(file.data(), size)).ok())
        << size;
}

TEST(BundleTest, EveryBitFlipIsRefused) {
  std::vector<std::byte> file = SampleFile();
  for (size_t i = 0; i < file.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      file[i] ^= std::byte(1 << bit);
      ASSERT_FALSE(Bundle::FromBytes("b", file).ok())
          << "byte " << i << " bit " << bit;
      file[i] ^= std::byte(1 << bit);
    }
}

TEST(BundleTest, ErrorsOfTheContainerNameTheProblem) {
  const std::vector<std::byte> sample = SampleFile();
  EXPECT_THAT(Bundle::FromBytes("b.dsv4", absl::MakeSpan(sample).first(10)),
              IsError(absl::StatusCode::kDataLoss,
                      "b.dsv4: file: expected at least 64 bytes, found 10"));
  EXPECT_THAT(Bundle::FromBytes("b", std::vector<std::byte>(100)),
              IsInvalid("this is no .dsv4 bundle"));
  auto with = [&](size_t offset, auto value) {
    std::vector<std::byte> file = sample;
    std::memcpy(file.data() + offset, &value, sizeof(value));
    FixHeaderChecksum(file);
    return Bundle::FromBytes("b", file);
  };
  EXPECT_THAT(with(offsetof(Header, version), uint32_t{1}),
              IsInvalid("format version: expected 2, found 1"));
  EXPECT_THAT(with(offsetof(Header, file_bytes), uint64_t{7}),
              IsError(absl::StatusCode::kDataLoss,
                      "file size: expected 7 bytes, found"));
  constexpr size_t kImage = sizeof(Header);
  constexpr size_t kSection = kImage + 2 * sizeof(ImageEntry);
  EXPECT_THAT(with(offsetof(Header, images), uint32_t{0}),
              IsError(absl::StatusCode::kDataLoss,
                      "images: expected 1 to 16, found 0"));
  EXPECT_THAT(
      with(kImage + offsetof(ImageEntry, manifest_bytes), UINT64_MAX - 63),
      IsError(absl::StatusCode::kDataLoss, "manifest 0, bytes"));
  EXPECT_THAT(
      with(kImage + offsetof(ImageEntry, manifest_offset), uint64_t{64}),
      IsError(absl::StatusCode::kDataLoss, "manifest 0, offset"));
  EXPECT_THAT(with(kImage + offsetof(ImageEntry, sections), uint32_t{2}),
              IsError(absl::StatusCode::kDataLoss,
                      "sections of all images: expected 2, found 3"));
  EXPECT_THAT(with(kSection, uint64_t{4096} * 50),
              IsError(absl::StatusCode::kDataLoss, "section 0, offset"));
  EXPECT_THAT(with(kSection + 8, uint64_t{1} << 40),
              IsError(absl::StatusCode::kDataLoss, "section 0, bytes"));
  EXPECT_THAT(with(offsetof(Header, reserved), uint32_t{1}),
              IsError(absl::StatusCode::kDataLoss, "reserved bytes"));
  std::vector<std::byte> flipped = sample;
  flipped.back() ^= std::byte{1};
  EXPECT_THAT(Bundle::FromBytes("b", flipped),
              IsError(absl::StatusCode::kDataLoss, "checksum of section 1"));
}

TEST(BundleTest, AManifestThatIsNoFlatBufferIsRefused) {
  std::vector<std::byte> file = SampleFile();
  ImageEntry entry;
  std::memcpy(&entry, file.data() + sizeof(Header), sizeof(entry));
  // An offset to the root that points behind the end.
  const uint32_t root = entry.manifest_bytes;
  std::memcpy(file.data() + entry.manifest_offset, &root, 4);
  uint32_t crc = Crc32(absl::MakeConstSpan(file).subspan(entry.manifest_offset,
                                                         entry.manifest_bytes));
  std::memcpy(file.data() + sizeof(Header) + offsetof(ImageEntry, manifest_crc),
              &crc, 4);
  FixHeaderChecksum(file);
  EXPECT_THAT(Bundle::FromBytes("b", file),
              IsInvalid("images[0].manifest: not a FlatBuffer"));
}

TEST(BundleTest, ImagesBelongToOneModel) {
  SampleImages images;
  schema::ManifestT other = SampleManifest();
  other.code_objects[0]->target = "gfx942";
  other.model->config = "{ }";
  std::vector<std::byte> manifest = ToBytes(other);
  (*images)[1].manifest = manifest;
  EXPECT_THAT(SerializeBundle(*images),
              IsInvalid("images[1].model.config: expected that of image 0"));
}

TEST(BundleTest, CodeOfAGpuIsAnOffloadBundle) {
  SampleImages images;
  (*images)[1].sections[0] = AsBytes(Code());
  EXPECT_THAT(SerializeBundle(*images),
              IsInvalid("images[1].code_objects[0].offload bundle: magic"));
}

TEST(BundleTest, HipSourceBelongsToItsCodeObject) {
  auto open = [](std::function<void(schema::CodeObjectT &)> change) {
    SampleImages images;
    schema::ManifestT manifest = SampleManifest();
    schema::CodeObjectT &object = *manifest.code_objects[0];
    object.target = object.level = "gfx942";
    object.format = "fnuz";
    object.hip = std::make_unique<schema::HipSourceT>();
    object.hip->text = "void f() {}\n";
    object.hip->target = "gfx942";
    object.hip->format = "fnuz";
    object.hip->sha256 = Sha256Hex(object.hip->text);
    change(object);
    std::vector<std::byte> bytes = ToBytes(manifest);
    (*images)[1].manifest = bytes;
    auto file = SerializeBundle(*images);
    return file.ok() ? Bundle::FromBytes("b", *file) : file.status();
  };
  ASSERT_OK_AND_ASSIGN(Bundle bundle, open([](auto &) {}));
  EXPECT_EQ(
      Text(bundle.Select(1).manifest().code_objects()->Get(0)->hip()->text()),
      "void f() {}\n");
  EXPECT_THAT(open([](auto &object) { object.hip->target = "gfx950"; }),
              IsInvalid("images[1].code_objects[0].hip.target: expected "
                        "gfx942, found gfx950"));
  EXPECT_THAT(open([](auto &object) { object.hip->format = "ocp"; }),
              IsInvalid("images[1].code_objects[0].hip.format: expected fnuz, "
                        "found ocp"));
  EXPECT_THAT(open([](auto &object) { object.hip->text = ""; }),
              IsInvalid("code_objects[0].hip.text: expected HIP C++"));
  EXPECT_THAT(open([](auto &object) { object.hip->text += " "; }),
              IsInvalid("code_objects[0].hip.sha256: expected "));
  EXPECT_THAT(open([](auto &object) { object.target = "host"; }),
              IsInvalid("code_objects[0].hip: expected none for host"));
}

TEST(BundleTest, EveryTargetOccursOnce) {
  SampleImages images;
  (*images)[1] = (*images)[0];
  EXPECT_THAT(SerializeBundle(*images),
              IsInvalid("images[1].code_objects[0]: expected a target that no "
                        "other has, found host x86-64-v3"));
}

TEST(BundleTest, UnreadableFiles) {
  TempDir directory;
  EXPECT_THAT(Bundle::Open(directory / "missing"),
              IsError(absl::StatusCode::kNotFound, "missing"));
  EXPECT_FALSE(Bundle::Open(directory.path()).ok());
  WriteFile(directory / "empty", "");
  EXPECT_THAT(Bundle::Open(directory / "empty"),
              IsError(absl::StatusCode::kDataLoss, "found 0"));
}

TEST(WriteBundleTest, AnInvalidManifestIsNotWritten) {
  TempDir directory;
  schema::ManifestT manifest = SampleManifest();
  manifest.programs[0]->launches[0]->kernel = 9;
  std::vector<std::byte> bytes = ToBytes(manifest);
  BundleImage image{bytes, {AsBytes(Code())}};
  EXPECT_THAT(WriteBundle(directory / "b", {&image, 1}),
              IsInvalid("programs[0].launches[0].kernel: expected one of 3 "
                        "kernels, found index 9"));
  EXPECT_EQ(directory.CountEntries(), 0u);
}

TEST(WriteBundleTest, OneSectionPerCodeObject) {
  EXPECT_THAT(SerializeOne(SampleManifest(), {}),
              IsInvalid("code_objects: expected 0, one per section, found 1"));
}

TEST(WriteBundleTest, AtMostSixteenImages) {
  SampleImages images;
  std::vector<BundleImage> many(17, (*images)[0]);
  EXPECT_THAT(SerializeBundle(many),
              IsInvalid("images: expected at most 16, found 17"));
}

TEST(WriteBundleTest, UnwritablePathsAreReported) {
  TempDir directory;
  SampleImages images;
  EXPECT_FALSE(WriteBundle(directory / "none/b", *images).ok());
}

TEST(WriteBundleTest, AFullDiskLeavesTheOldFile) {
  TempDir directory;
  const std::string path = directory / "b";
  WriteFile(path, "old");
  SampleImages images;
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  auto old_handler = signal(SIGXFSZ, SIG_IGN);
  rlimit small = {2048, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  absl::Status status = WriteBundle(path, *images);
  setrlimit(RLIMIT_FSIZE, &old_limit);
  signal(SIGXFSZ, old_handler);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_EQ(directory.CountEntries(), 1u);
}

TEST(ResolveLaunchesTest, ConditionsChooseTheKernel) {
  PackedManifest manifest(SampleManifest());
  std::vector<PackFacts> facts(manifest->packs()->size());
  facts[0] = {100, 112, 0};
  EXPECT_EQ(ResolveLaunches(*manifest->programs()->Get(0), facts),
            (std::vector<uint32_t>{0, 1}));
  facts[0].scale_max = 113;
  EXPECT_EQ(ResolveLaunches(*manifest->programs()->Get(0), facts),
            (std::vector<uint32_t>{0, 2}));
}

TEST(ResolveLaunchesTest, EveryFactHasItsValue) {
  PackFacts facts;
  facts.scale_min = 3;
  facts.scale_max = 10;
  facts.local_spread = 4;
  facts.negative_zeros = 5;
  EXPECT_EQ(ValueOfFact(facts, schema::Fact::ScaleMin), 3);
  EXPECT_EQ(ValueOfFact(facts, schema::Fact::ScaleMax), 10);
  EXPECT_EQ(ValueOfFact(facts, schema::Fact::ScaleSpread), 7);
  EXPECT_EQ(ValueOfFact(facts, schema::Fact::NegativeZeros), 5);
  EXPECT_EQ(ValueOfFact(facts, schema::Fact::LocalSpread), 4);
}

} // namespace
} // namespace dsv4run
