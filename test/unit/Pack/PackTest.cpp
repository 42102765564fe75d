//===- PackTest.cpp - Packed bytes against the formulas of the layouts ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Pack/PackWeights.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "Bundle/SampleManifest.h"
#include "Device/OpaqueDevice.h"
#include "Pack/MemorySource.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Bundle/PackShape.h"
#include "dsv4run/Bundle/Validate.h"
#include "dsv4run/Device/HostDevice.h"
#include "dsv4run/Pack/PackOntoDevice.h"

namespace dsv4run {
namespace {

using namespace testing;
using schema::PackKind;

/// A manifest under construction: one pack, its buffers, and as little else as
/// is valid.
class PackFixture : public ::testing::Test {
protected:
  PackFixture() : manifest_(EmptyManifest()) {
    manifest_.buffers.push_back(MakeBuffer("out", schema::Space::Output, "f32",
                                           {1}, 4, "tensor<1xf32>"));
    manifest_.kernels.push_back(MakeKernel("k", manifest_, {}, {0}));
    auto program = std::make_unique<schema::ProgramT>();
    program->name = "step";
    program->tokens = 1;
    program->launches.push_back(MakeLaunch(0, {0}, ""));
    manifest_.programs.push_back(std::move(program));
  }

  uint32_t AddBuffer(const std::string &element, uint64_t bytes,
                     uint64_t element_bytes, schema::Part part) {
    const uint32_t index = manifest_.buffers.size();
    manifest_.buffers.push_back(MakeBuffer(
        "b" + std::to_string(index), schema::Space::Weights, element,
        {bytes / element_bytes}, bytes, "type", part, manifest_.weights_bytes));
    manifest_.weights_bytes += (bytes + 255) / 256 * 256;
    return index;
  }

  /// Adds a pack whose buffers get the sizes that the pack needs.
  schema::PackProgramT &Add(std::unique_ptr<schema::PackProgramT> pack,
                            const std::string &element) {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::PackProgram::Pack(builder, pack.get()));
    absl::StatusOr<PackShape> shape = ShapeOfPack(
        *flatbuffers::GetRoot<schema::PackProgram>(builder.GetBufferPointer()));
    EXPECT_OK(shape);
    const bool scaled = pack->kind == PackKind::Scaled;
    pack->buffer =
        AddBuffer(element, shape->bytes, shape->element_bytes,
                  scaled ? schema::Part::Codes : schema::Part::Whole);
    if (scaled)
      pack->scales =
          AddBuffer("i8", shape->scale_bytes, 1, schema::Part::Scales);
    manifest_.packs.push_back(std::move(pack));
    return *manifest_.packs.back();
  }

  schema::PackProgramT &AddScaled(uint32_t experts, uint64_t rows,
                                  uint64_t columns, uint32_t panel, bool fp4,
                                  bool recast = false, uint32_t fragment = 0) {
    auto pack = MakePack(PackKind::Scaled, 0, rows, columns, panel);
    pack->fragment = fragment;
    pack->recast = recast;
    pack->block_rows = fp4 ? 1 : 128;
    pack->block_columns = fp4 ? 32 : 128;
    const uint64_t scale_rows = fp4 ? rows : (rows + 127) / 128;
    const uint64_t scale_columns =
        (columns + pack->block_columns - 1) / pack->block_columns;
    for (uint32_t e = 0; e < experts; ++e) {
      const std::string stem = "experts." + std::to_string(e);
      const std::vector<uint64_t> shape = {rows, fp4 ? columns / 2 : columns};
      const char *dtype = fp4 ? "I8" : "F8_E4M3";
      pack->tensors.push_back(MakeTensor(stem + ".weight", dtype, shape));
      pack->scale_tensors.push_back(
          MakeTensor(stem + ".scale", "F8_E8M0", {scale_rows, scale_columns}));
      auto &codes = source_.Add(stem + ".weight", *DTypeFromName(dtype), shape);
      for (uint8_t &code : codes)
        code = fp4 ? random_() : random_() % 127 + (random_() & 128);
      auto &scales = source_.Add(stem + ".scale", DType::kF8E8M0,
                                 {scale_rows, scale_columns});
      for (uint8_t &scale : scales)
        scale = 100 + random_() % 30;
    }
    return Add(std::move(pack), "i8");
  }

  absl::StatusOr<std::vector<PackFacts>> Run(int threads = 3) {
    PackedManifest packed(manifest_);
    EXPECT_OK(ValidateManifest(*packed));
    weights_.assign(manifest_.weights_bytes, std::byte{0xEE});
    PackOptions options;
    options.threads = threads;
    return PackWeights(*packed, source_, absl::MakeSpan(weights_), options);
  }

  /// Packed bytes of a buffer.
  const uint8_t *Bytes(uint32_t buffer) const {
    return reinterpret_cast<const uint8_t *>(weights_.data()) +
           manifest_.buffers[buffer]->offset;
  }

  schema::ManifestT manifest_;
  MemorySource source_;
  std::vector<std::byte> weights_;
  std::mt19937 random_{20260};
};

struct TensorCase {
  const char *dtype;
  const char *element;
  uint64_t bytes, experts, rows, columns, panel;
};

class PackTensorTest : public PackFixture,
                       public ::testing::WithParamInterface<TensorCase> {};

TEST_P(PackTensorTest, FollowsTheIndexFormula) {
  const TensorCase &c = GetParam();
  auto pack = MakePack(PackKind::Tensor, 0, c.rows, c.columns, c.panel);
  for (uint64_t e = 0; e < c.experts; ++e) {
    const std::string name = "t" + std::to_string(e);
    pack->tensors.push_back(MakeTensor(name, c.dtype, {c.rows, c.columns}));
    for (uint8_t &byte :
         source_.Add(name, *DTypeFromName(c.dtype), {c.rows, c.columns}))
      byte = random_();
  }
  const uint32_t buffer = Add(std::move(pack), c.element).buffer;
  ASSERT_OK(Run());

  const uint64_t w = c.panel ? c.panel : 1;
  const uint64_t panels = (c.rows + w - 1) / w;
  for (uint64_t e = 0; e < c.experts; ++e)
    for (uint64_t n = 0; n < panels * w; ++n)
      for (uint64_t k = 0; k < c.columns; ++k)
        for (uint64_t byte = 0; byte < c.bytes; ++byte) {
          uint64_t at = ((n / w) * c.columns + k) * w + n % w;
          if (!c.panel)
            at = n * c.columns + k;
          at += e * panels * w * c.columns;
          const uint8_t expected =
              n < c.rows
                  ? source_.Get(
                        "t" +
                        std::to_string(e))[(n * c.columns + k) * c.bytes + byte]
                  : 0;
          ASSERT_EQ(Bytes(buffer)[at * c.bytes + byte], expected)
              << "expert " << e << " row " << n << " column " << k;
        }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, PackTensorTest,
    ::testing::Values(TensorCase{"BF16", "bf16", 2, 1, 33, 7, 0},
                      TensorCase{"BF16", "bf16", 2, 1, 48, 40, 16},
                      TensorCase{"BF16", "bf16", 2, 1, 24, 41, 16},
                      TensorCase{"F32", "f32", 4, 3, 16, 12, 8},
                      TensorCase{"F32", "f32", 4, 1, 5, 9, 16},
                      TensorCase{"F32", "f32", 4, 2, 7, 5, 3},
                      TensorCase{"I8", "i8", 1, 1, 64, 50, 32},
                      TensorCase{"I64", "i64", 8, 1, 9, 6, 4},
                      TensorCase{"F16", "f16", 2, 1, 1, 100, 0},
                      // Larger than one task.
                      TensorCase{"BF16", "bf16", 2, 2, 1000, 700, 16}));

TEST_F(PackFixture, E4m3PanelsAndRowMajorScales) {
  const uint64_t experts = 2, n = 272, k = 200, w = 16;
  const schema::PackProgramT &pack = AddScaled(experts, n, k, w, false);
  ASSERT_OK(Run());
  for (uint64_t e = 0; e < experts; ++e) {
    const std::string stem = "experts." + std::to_string(e);
    for (uint64_t i = 0; i < n; ++i)
      for (uint64_t j = 0; j < k; ++j)
        ASSERT_EQ(Bytes(pack.buffer)[e * n * k + ((i / w) * k + j) * w + i % w],
                  source_.Get(stem + ".weight")[i * k + j]);
    for (uint64_t i = 0; i < 3; ++i)
      for (uint64_t j = 0; j < 2; ++j)
        ASSERT_EQ(Bytes(pack.scales)[e * 6 + i * 2 + j],
                  source_.Get(stem + ".scale")[i * 2 + j]);
  }
}

/// Nibble of column k of a published row: even columns are low.
uint8_t PublishedCode(const std::vector<uint8_t> &bytes, uint64_t row,
                      uint64_t columns, uint64_t k) {
  const uint8_t byte = bytes[row * (columns / 2) + k / 2];
  return k % 2 ? byte >> 4 : byte & 15;
}

/// The same as panels have it: without -0.
uint8_t PackedCode(const std::vector<uint8_t> &bytes, uint64_t row,
                   uint64_t columns, uint64_t k) {
  const uint8_t code = PublishedCode(bytes, row, columns, k);
  return code == 8 ? 0 : code;
}

TEST_F(PackFixture, E2m1PanelsPairDistantColumns) {
  const uint64_t experts = 3, n = 40, k = 96, w = 16, padded = 48;
  const schema::PackProgramT &pack = AddScaled(experts, n, k, w, true);
  ASSERT_OK(Run());
  for (uint64_t e = 0; e < experts; ++e) {
    const std::string stem = "experts." + std::to_string(e);
    const uint8_t *codes = Bytes(pack.buffer) + e * padded * k / 2;
    const uint8_t *scales = Bytes(pack.scales) + e * padded * k / 32;
    for (uint64_t i = 0; i < padded; ++i) {
      for (uint64_t j = 0; j < k; ++j) {
        if (j % 32 >= 16)
          continue;
        const uint8_t byte =
            codes[((i / w) * (k / 2) + (j / 32) * 16 + j % 16) * w + i % w];
        const auto &published = source_.Get(stem + ".weight");
        const uint8_t low = i < n ? PackedCode(published, i, k, j) : 0;
        const uint8_t high = i < n ? PackedCode(published, i, k, j + 16) : 0;
        ASSERT_EQ(byte, low | high << 4) << "row " << i << " column " << j;
      }
      for (uint64_t b = 0; b < k / 32; ++b)
        ASSERT_EQ(scales[((i / w) * (k / 32) + b) * w + i % w],
                  i < n ? source_.Get(stem + ".scale")[i * (k / 32) + b] : 0);
    }
  }
}

/// Index of byte c of row n among the rows of a matrix of `row_bytes` a row in
/// fragments: the formula of the compiler's layout attribute, which does not
/// depend on the width of the panels.
uint64_t FragmentIndex(uint64_t n, uint64_t c, uint64_t row_bytes,
                       uint64_t fragment) {
  const uint64_t r = c % 64, step = r / (4 * fragment);
  const uint64_t quarter = (r / fragment) % 4;
  return n / 16 * (16 * row_bytes) + c / 64 * 1024 + quarter * 256 +
         n % 16 * 16 + step * fragment + r % fragment;
}

struct FragmentCase {
  const char *dtype;
  const char *element;
  uint64_t bytes, experts, rows, columns, panel, fragment;
};

class PackFragmentsTest : public PackFixture,
                          public ::testing::WithParamInterface<FragmentCase> {};

TEST_P(PackFragmentsTest, FollowTheIndexFormula) {
  const FragmentCase &c = GetParam();
  auto pack = MakePack(PackKind::Tensor, 0, c.rows, c.columns, c.panel);
  pack->fragment = c.fragment;
  for (uint64_t e = 0; e < c.experts; ++e) {
    const std::string name = "t" + std::to_string(e);
    pack->tensors.push_back(MakeTensor(name, c.dtype, {c.rows, c.columns}));
    for (uint8_t &byte :
         source_.Add(name, *DTypeFromName(c.dtype), {c.rows, c.columns}))
      byte = random_();
  }
  const uint32_t buffer = Add(std::move(pack), c.element).buffer;
  ASSERT_OK(Run());

  const uint64_t row_bytes = c.columns * c.bytes;
  const uint64_t padded = (c.rows + c.panel - 1) / c.panel * c.panel;
  ASSERT_EQ(manifest_.buffers[buffer]->bytes, c.experts * padded * row_bytes);
  for (uint64_t e = 0; e < c.experts; ++e) {
    const uint8_t *packed = Bytes(buffer) + e * padded * row_bytes;
    const auto &read = source_.Get("t" + std::to_string(e));
    for (uint64_t n = 0; n < padded; ++n)
      for (uint64_t i = 0; i < row_bytes; ++i)
        ASSERT_EQ(packed[FragmentIndex(n, i, row_bytes, c.fragment)],
                  n < c.rows ? read[n * row_bytes + i] : 0)
            << "expert " << e << " row " << n << " byte " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, PackFragmentsTest,
    ::testing::Values(
        FragmentCase{"BF16", "bf16", 2, 1, 64, 32, 64, 8},
        FragmentCase{"BF16", "bf16", 2, 2, 48, 96, 48, 8},
        FragmentCase{"F32", "f32", 4, 1, 32, 48, 16, 4},
        // A last panel of 21 rows, of which the third group has none.
        FragmentCase{"F32", "f32", 4, 3, 69, 16, 48, 4},
        FragmentCase{"I8", "i8", 1, 1, 16, 64, 16, 4},
        // Larger than one task.
        FragmentCase{"BF16", "bf16", 2, 2, 1000, 704, 64, 8}));

TEST_F(PackFixture, E4m3FragmentsKeepTheirScalesRowMajor) {
  const uint64_t experts = 2, n = 256, k = 192;
  const schema::PackProgramT &pack =
      AddScaled(experts, n, k, 64, false, /*recast=*/true, 8);
  ASSERT_OK(Run());
  for (uint64_t e = 0; e < experts; ++e) {
    const std::string stem = "experts." + std::to_string(e);
    for (uint64_t i = 0; i < n; ++i)
      for (uint64_t j = 0; j < k; ++j) {
        const uint8_t code = source_.Get(stem + ".weight")[i * k + j];
        ASSERT_EQ(Bytes(pack.buffer)[e * n * k + FragmentIndex(i, j, k, 8)],
                  code == 0x80 ? 0 : code);
      }
    for (uint64_t i = 0; i < 4; ++i)
      ASSERT_EQ(Bytes(pack.scales)[e * 4 + i],
                source_.Get(stem + ".scale")[i] + 1);
  }
}

TEST_F(PackFixture, E2m1FragmentsPairDistantColumns) {
  const uint64_t experts = 2, n = 40, k = 256, w = 32, padded = 64;
  const schema::PackProgramT &pack =
      AddScaled(experts, n, k, w, true, /*recast=*/false, 4);
  ASSERT_OK(Run());
  for (uint64_t e = 0; e < experts; ++e) {
    const std::string stem = "experts." + std::to_string(e);
    const uint8_t *codes = Bytes(pack.buffer) + e * padded * k / 2;
    const uint8_t *scales = Bytes(pack.scales) + e * padded * k / 32;
    const auto &published = source_.Get(stem + ".weight");
    for (uint64_t i = 0; i < padded; ++i) {
      for (uint64_t c = 0; c < k / 2; ++c) {
        const uint64_t j = c / 16 * 32 + c % 16;
        const uint8_t low = i < n ? PackedCode(published, i, k, j) : 0;
        const uint8_t high = i < n ? PackedCode(published, i, k, j + 16) : 0;
        ASSERT_EQ(codes[FragmentIndex(i, c, k / 2, 4)], low | high << 4)
            << "row " << i << " column " << j;
      }
      // Scales lie as in plain panels.
      for (uint64_t b = 0; b < k / 32; ++b)
        ASSERT_EQ(scales[((i / w) * (k / 32) + b) * w + i % w],
                  i < n ? source_.Get(stem + ".scale")[i * (k / 32) + b] : 0);
    }
  }
}

TEST_F(PackFixture, RowMajorScaledWeightsAreCopied) {
  const schema::PackProgramT &e2m1 = AddScaled(1, 8, 64, 0, true);
  ASSERT_OK(Run());
  const auto &codes = source_.Get("experts.0.weight");
  const auto &scales = source_.Get("experts.0.scale");
  EXPECT_EQ(std::memcmp(Bytes(e2m1.buffer), codes.data(), codes.size()), 0);
  EXPECT_EQ(std::memcmp(Bytes(e2m1.scales), scales.data(), scales.size()), 0);
}

TEST_F(PackFixture, RecastToFnuzHalvesEveryCodeAndDoublesItsScale) {
  const schema::PackProgramT &pack = AddScaled(1, 16, 128, 16, false, true);
  auto &codes = source_.Get("experts.0.weight");
  for (int i = 0; i < 256; ++i)
    codes[i] = (i & 0x7F) == 0x7F ? 0 : i;
  source_.Get("experts.0.scale")[0] = 253;
  ASSERT_OK_AND_ASSIGN(std::vector<PackFacts> facts, Run());
  for (uint64_t i = 0; i < 16; ++i)
    for (uint64_t j = 0; j < 128; ++j) {
      const uint8_t code = codes[i * 128 + j];
      ASSERT_EQ(Bytes(pack.buffer)[j * 16 + i], code == 0x80 ? 0x00 : code);
    }
  EXPECT_EQ(Bytes(pack.scales)[0], 254);
  EXPECT_EQ(facts[0].scale_max, 254);
  EXPECT_EQ(facts[0].negative_zeros,
            uint64_t(std::count(codes.begin(), codes.end(), 0x80)));
}

TEST_F(PackFixture, WithoutRecastNegativeZerosStay) {
  const schema::PackProgramT &pack = AddScaled(1, 16, 128, 16, false);
  source_.Get("experts.0.weight").assign(16 * 128, 0x80);
  ASSERT_OK_AND_ASSIGN(std::vector<PackFacts> facts, Run());
  EXPECT_EQ(facts[0].negative_zeros, 16u * 128u);
  EXPECT_EQ(Bytes(pack.buffer)[77], 0x80);
}

TEST_F(PackFixture, FactsCoverEveryExpertAndTask) {
  AddScaled(2, 4096, 256, 16, false);
  AddScaled(1, 8, 32, 8, true).tensors[0]->name = "fp4.weight";
  manifest_.packs[1]->scale_tensors[0]->name = "fp4.scale";
  source_.Rename("experts.0.weight", "fp4.weight");
  source_.Rename("experts.0.scale", "fp4.scale");
  auto &codes = source_.Add("experts.0.weight", DType::kF8E4M3, {4096, 256});
  auto &scales = source_.Add("experts.0.scale", DType::kF8E8M0, {32, 2});
  scales.assign(64, 120);
  auto &last = source_.Get("experts.1.scale");
  last.assign(64, 120);
  last[63] = 131;
  scales[0] = 90;
  codes[0] = codes[4096 * 256 - 1] = 0x80;
  source_.Get("fp4.weight").assign(8 * 16, 0x88);
  source_.Get("fp4.weight")[5] = 0x71;
  source_.Get("fp4.scale").assign(8, 7);
  auto zeros = [&](const char *name) {
    const auto &bytes = source_.Get(name);
    return uint64_t(std::count(bytes.begin(), bytes.end(), 0x80));
  };
  for (int threads : {1, 4}) {
    ASSERT_OK_AND_ASSIGN(std::vector<PackFacts> facts, Run(threads));
    EXPECT_EQ(facts[0].scale_min, 90);
    EXPECT_EQ(facts[0].scale_max, 131);
    EXPECT_EQ(facts[0].scale_spread(), 41);
    EXPECT_EQ(facts[0].local_spread, 30);
    EXPECT_EQ(facts[0].negative_zeros,
              zeros("experts.0.weight") + zeros("experts.1.weight"));
    EXPECT_EQ(facts[1].scale_min, 7);
    EXPECT_EQ(facts[1].scale_max, 7);
    EXPECT_EQ(facts[1].local_spread, 0);
    EXPECT_EQ(facts[1].negative_zeros, 2u * 127u);
  }
}

TEST_F(PackFixture, LocalSpreadIsThatOfFourNeighboursInARow) {
  const uint64_t k = 288, groups = 9;
  AddScaled(1, 16, k, 16, true);
  auto &scales = source_.Get("experts.0.scale");
  auto spread = [&](std::vector<std::pair<uint64_t, uint8_t>> changes) {
    scales.assign(16 * groups, 100);
    for (auto [at, scale] : changes)
      scales[at] = scale;
    auto facts = Run();
    EXPECT_OK(facts);
    return facts.ok() ? (*facts)[0].local_spread : -1;
  };
  EXPECT_EQ(spread({}), 0);
  EXPECT_EQ(spread({{0, 107}}), 7);
  // The first and the last of a group, either one larger.
  EXPECT_EQ(spread({{4, 98}, {7, 103}}), 5);
  EXPECT_EQ(spread({{4, 103}, {7, 98}}), 5);
  // Steps between groups don't count.
  std::vector<std::pair<uint64_t, uint8_t>> steps;
  for (uint64_t i = 0; i < 16 * groups; ++i)
    steps.push_back({i, static_cast<uint8_t>(i % groups / 4 * 40 + 20)});
  EXPECT_EQ(spread(steps), 0);
  // Nor does the next row belong to what is left at the end of one.
  EXPECT_EQ(spread({{groups - 1, 150}}), 0);
  EXPECT_EQ(spread({{groups - 1, 150}, {groups, 40}}), 60);
}

TEST_F(PackFixture, ErrorsNameTensorRowColumnAndByte) {
  AddScaled(2, 300, 256, 16, false, true);
  auto &codes = source_.Get("experts.1.weight");
  const size_t place = 299 * 256 + 17;
  const uint8_t good = codes[place];
  codes[place] = 0x7F;
  EXPECT_THAT(Run(),
              IsInvalid("experts.1.weight in memory: row 299, column 17: "
                        "byte 0x7F is NaN in e4m3"));
  codes[place] = 0xFF;
  EXPECT_THAT(Run(), IsInvalid("byte 0xFF is NaN in e4m3"));
  codes[place] = good;
  auto &scales = source_.Get("experts.0.scale");
  scales[5] = 255;
  EXPECT_THAT(Run(), IsInvalid("experts.0.scale in memory: row 2, column 1: "
                               "byte 0xFF is NaN as a scale"));
  scales[5] = 254;
  EXPECT_THAT(Run(), IsInvalid("row 2, column 1: byte 0xFE can't be raised"));
  manifest_.packs[0]->recast = false;
  EXPECT_OK(Run());
  scales[5] = 255;
  EXPECT_THAT(Run(), IsInvalid("is NaN as a scale"));
}

TEST_F(PackFixture, TheFirstErrorWinsWhateverTheThreads) {
  AddScaled(8, 2048, 256, 16, false);
  source_.Get("experts.2.weight")[9] = 0x7F;
  for (int e = 3; e < 8; ++e)
    source_.Get("experts." + std::to_string(e) + ".weight")[0] = 0xFF;
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(Run(4),
                IsInvalid("experts.2.weight in memory: row 0, column 9: "
                          "byte 0x7F"));
}

TEST_F(PackFixture, IdTable) {
  auto pack = MakePack(PackKind::IdTable, 0, 5, 3);
  pack->limit = 256;
  pack->tensors.push_back(MakeTensor("tid", "I64", {5, 3}));
  std::vector<int64_t> ids = {0, 255, 1, 2,  3,  4,  5, 6,
                              7, 8,   9, 10, 11, 12, 13};
  auto store = [&] {
    std::memcpy(source_.Add("tid", DType::kI64, {5, 3}).data(), ids.data(),
                ids.size() * 8);
  };
  store();
  const uint32_t buffer = Add(std::move(pack), "i32").buffer;
  ASSERT_OK(Run());
  for (size_t i = 0; i < ids.size(); ++i) {
    int32_t id;
    std::memcpy(&id, Bytes(buffer) + i * 4, 4);
    EXPECT_EQ(id, ids[i]);
  }
  for (int64_t bad : {int64_t{256}, int64_t{-1}, int64_t{1} << 32}) {
    ids[7] = bad;
    store();
    EXPECT_THAT(Run(), IsInvalid("tid in memory: row 2, column 1: expected an "
                                 "id of 0 to 255, found " +
                                 std::to_string(bad)));
  }
}

TEST_F(PackFixture, EveryHeaderIsCheckedBeforeAnythingIsRead) {
  AddScaled(30, 16, 128, 16, false);
  source_.Add("experts.0.weight", DType::kF8E4M3, {16, 64});
  source_.Add("experts.1.weight", DType::kU8, {16, 128});
  for (int e = 4; e < 30; ++e)
    source_.Remove("experts." + std::to_string(e) + ".weight");
  absl::Status status = Run().status();
  EXPECT_THAT(status, IsInvalid("memory does not fit the bundle: 28 problems"));
  EXPECT_THAT(status, IsInvalid("experts.0.weight: expected shape [16, 128], "
                                "found [16, 64] in memory"));
  EXPECT_THAT(
      status,
      IsInvalid(
          "experts.1.weight: expected dtype F8_E4M3, found U8 in memory"));
  EXPECT_THAT(status, IsInvalid("experts.4.weight: missing"));
  EXPECT_THAT(status, IsInvalid("and 8 more"));
  EXPECT_EQ(source_.reads(), 0);
  EXPECT_EQ(weights_[0], std::byte{0xEE});
}

TEST_F(PackFixture, ProgressEndsAtTheTotal) {
  AddScaled(4, 1024, 512, 16, false);
  PackedManifest packed(manifest_);
  weights_.resize(manifest_.weights_bytes);
  uint64_t last = 0, total = 0, calls = 0;
  PackOptions options;
  options.threads = 4;
  options.progress = [&](uint64_t done, uint64_t all) {
    EXPECT_GT(done, last);
    last = done;
    total = all;
    ++calls;
  };
  ASSERT_OK(PackWeights(*packed, source_, absl::MakeSpan(weights_), options));
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, 4u * (1024 * 512 + 8 * 4));
  EXPECT_GT(calls, 4u);
}

/// In place where the host sees the memory, else through a copy.
TEST_F(PackFixture, EveryDeviceGetsTheSameBytes) {
  AddScaled(4, 1024, 512, 16, false);
  PackedManifest packed(manifest_);
  ASSERT_OK_AND_ASSIGN(std::vector<PackFacts> facts, Run());
  ASSERT_OK_AND_ASSIGN(auto pool, ThreadPool::Create({2}));
  for (bool opaque : {false, true}) {
    std::unique_ptr<Device> device =
        opaque ? CreateOpaqueDevice(*pool) : CreateHostDevice(*pool);
    ASSERT_OK_AND_ASSIGN(DeviceWeights weights,
                         PackOntoDevice(*packed, source_, *device));
    EXPECT_EQ(weights.facts[0].scale_max, facts[0].scale_max);
    for (const auto &buffer : manifest_.buffers) {
      if (buffer->space != schema::Space::Weights)
        continue;
      std::vector<std::byte> found(buffer->bytes);
      ASSERT_OK(device->CopyOut(absl::MakeSpan(found),
                                weights.memory->address() + buffer->offset));
      EXPECT_EQ(std::memcmp(found.data(), weights_.data() + buffer->offset,
                            found.size()),
                0)
          << buffer->name;
    }
  }
}

TEST_F(PackFixture, TooLittleMemoryIsAnError) {
  AddScaled(1, 16, 128, 16, false);
  PackedManifest packed(manifest_);
  std::vector<std::byte> small(manifest_.weights_bytes - 1);
  EXPECT_THAT(PackWeights(*packed, source_, absl::MakeSpan(small)),
              IsInvalid("memory for weights: expected"));
}

} // namespace
} // namespace dsv4run
