//===- InspectTest.cpp - Reports about a bundle ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/Inspect.h"

#include "Bundle/SampleManifest.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Bundle/Text.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

using namespace testing;

Bundle SampleBundle(const schema::ManifestT &manifest = SampleManifest()) {
  std::vector<std::byte> code(100);
  return *Bundle::FromBytes("sample.dsv4", *SerializeOne(manifest, {code}));
}

TEST(InspectTest, Json) {
  auto file = nlohmann::json::parse(InspectAsJson(SampleBundle()));
  EXPECT_EQ(file["path"], "sample.dsv4");
  EXPECT_EQ(file["model"]["hidden"], 64);
  const auto &json = file["images"][0];
  EXPECT_EQ(json["pool"]["window_pages"], 4);
  EXPECT_EQ(json["bytes"]["weights"], 15872);
  EXPECT_EQ(json["bytes"]["arena"], 768);
  EXPECT_EQ(json["bytes"]["state"], 2048 + 32 + 512 + 2 * 2048);
  EXPECT_EQ(json["weights"]["F8_E4M3"]["bytes"], 2048);
  EXPECT_EQ(json["weights"]["F8_E8M0"]["tensors"], 1);
  EXPECT_EQ(json["weights"]["BF16"]["bytes"], 128);
  EXPECT_EQ(json["weights"]["rope_table"]["bytes"], 1024);
  EXPECT_EQ(json["programs"][0]["launches"], 2);
  EXPECT_EQ(json["programs"][0]["launches_by_layer"]["layers.0"], 1);
  EXPECT_EQ(json["programs"][0]["launches_by_layer"]["other"], 1);
  EXPECT_EQ(json["kernels"][0]["threads"], 1);
  EXPECT_EQ(json["kernels"][0]["parameters"].size(), 8u);
  EXPECT_EQ(json["kernels"][0]["parameters"][6]["part"], "Codes");
  EXPECT_EQ(json["kernels"][0]["parameters"][6]["writes"], true);
  // Two pages of eight rows of 64 codes, one scale and eight bf16.
  EXPECT_EQ(json["states"][0]["bytes_per_sequence"], 16 * (64 + 1 + 16));
  EXPECT_EQ(json["states"][1]["bytes_per_sequence"], 2 * 8 * 32 * 4);
  EXPECT_EQ(json["code_objects"][0]["bytes"], 100);
}

TEST(InspectTest, WeightsInFragments) {
  schema::ManifestT manifest = SampleManifest();
  manifest.packs[0]->fragment = 8;
  auto file = nlohmann::json::parse(InspectAsJson(SampleBundle(manifest)));
  const auto &json = file["images"][0];
  EXPECT_EQ(json["weights"]["F8_E4M3"]["bytes_in_fragments"], 2048);
  EXPECT_EQ(json["weights"]["F8_E8M0"]["bytes_in_fragments"], 0);
  EXPECT_EQ(json["weights"]["BF16"]["bytes_in_fragments"], 0);
}

TEST(InspectTest, EntriesGrowByTheToken) {
  schema::ManifestT manifest = SampleManifest();
  // Sixteen pages of two rows each: the sample's 32 rows at ratio 4.
  manifest.states[0]->kind = schema::CacheKind::Entries;
  manifest.states[0]->ratio = 4;
  std::vector<std::byte> code(1);
  ASSERT_OK_AND_ASSIGN(std::vector<std::byte> file,
                       SerializeOne(manifest, {code}));
  auto json =
      nlohmann::json::parse(InspectAsJson(*Bundle::FromBytes("b", file)));
  EXPECT_EQ(json["images"][0]["states"][0]["bytes_per_token"],
            (64 + 1 + 16) / 4.0);
}

TEST(InspectTest, Text) {
  const std::string text = InspectAsText(SampleBundle());
  for (const char *part :
       {"sample.dsv4: ", "bytes for host x86-64-v3 (ocp)",
        "name sample, vocab 512", "max_batch 2", "weights 15872, arena 768",
        "F8_E4M3: tensors 1, bytes 2048, bytes_in_fragments 0",
        "name step, tokens 4", "layers.0 1, other 1", "name head_wide",
        "name layers.0.window, kind Window", "level x86-64-v3, format ocp"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(InspectTest, FiguresOfKernels) {
  Bundle bundle = SampleBundle();
  const std::string name(Text(bundle.manifest().kernels()->Get(1)->name()));
  KernelFigures figures;
  figures[{0, name}] = {{"vgprs", 48}, {"mfma", 7}};
  auto json = nlohmann::json::parse(InspectAsJson(bundle, figures));
  const auto &kernels = json["images"][0]["kernels"];
  EXPECT_FALSE(kernels[0].contains("resources"));
  EXPECT_EQ(kernels[1]["resources"]["vgprs"], 48);
  EXPECT_THAT(InspectAsText(bundle, figures),
              ::testing::HasSubstr(
                  "resources\n  kernel  vgprs  mfma\n  head       48     7\n"));
  EXPECT_THAT(InspectAsText(bundle),
              ::testing::Not(::testing::HasSubstr("resources")));
}

} // namespace
} // namespace dsv4run
