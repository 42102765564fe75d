//===- OpByOpTest.cpp - Verification of an implementation without error ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A bundle whose kernels replay the goldens of one dsv4-nano layer passes; with
// an error planted into one of its tables it does not.

#include "dsv4run/Verify/OpByOp.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "Device/OpaqueDevice.h"
#include "Executor/ManifestBuilder.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Executor/CacheFormat.h"
#include "dsv4run/Support/NumberFormats.h"
#include "dsv4run/Support/ThreadPool.h"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;
using testing::IsError;
using testing::ManifestBuilder;
using testing::SourcePath;

constexpr uint64_t kBucket = 64, kPrompt = 150, kRows = kPrompt + 1;
constexpr uint64_t kHead = 128, kTail = 64, kWidth = kHead - kTail;
constexpr uint64_t kHeads = 8, kHidden = 256, kPage = 128, kTopK = 24;

/// Bytes of a table that a kernel reads.
using Table = std::vector<uint8_t>;

template <typename T>
Table TableOf(const std::vector<T> &values) {
  Table bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

Table Bf16Table(const std::vector<float> &values) {
  std::vector<uint16_t> codes;
  for (float value : values)
    codes.push_back(Bf16FromFloat(value));
  return TableOf(codes);
}

class ReplayModel {
public:
  /// Errors are planted by changing a table between Create and Start.
  std::map<std::string, Table> tables;

  absl::Status Create(int layer, bool scores) {
    layer_ = layer;
    DSV4RUN_ASSIGN_OR_RETURN(
        Golden golden,
        Golden::Open(
            SourcePath("test/golden/data/dsv4-nano/golden-acc64.safetensors")));
    golden_.emplace(std::move(golden));
    DSV4RUN_ASSIGN_OR_RETURN(weights_,
                             Checkpoint::Open(SourcePath("models/dsv4-nano")));
    prefix_ = absl::StrCat("layers.", layer);
    ratio_ = layer < 2 ? 0 : layer % 2 ? 128 : 4;
    DescribeModel();
    DSV4RUN_RETURN_IF_ERROR(FillTables(scores));
    AddPrograms(scores);
    return absl::OkStatus();
  }

  absl::StatusOr<VerifyReport> Verify() {
    DSV4RUN_ASSIGN_OR_RETURN(
        Bundle bundle,
        b_.Finish("replay.dsv4", testing::ReadFile(DSV4RUN_REPLAY_KERNELS),
                  "x86-64"));
    DSV4RUN_ASSIGN_OR_RETURN(pool_, ThreadPool::Create({2}));
    device_ = testing::CreateOpaqueDevice(*pool_);
    DSV4RUN_ASSIGN_OR_RETURN(auto memory, device_->Allocate(1, "weights"));
    DSV4RUN_ASSIGN_OR_RETURN(model_, Model::Create(std::move(bundle), *device_,
                                                   std::move(memory), {}));
    DSV4RUN_ASSIGN_OR_RETURN(session_, Session::Create(*model_));
    for (const auto &[name, table] : tables)
      DSV4RUN_RETURN_IF_ERROR(device_->CopyIn(
          Address(name),
          {reinterpret_cast<const std::byte *>(table.data()), table.size()}));
    for (const auto &[name, meta] : metas_)
      DSV4RUN_RETURN_IF_ERROR(device_->CopyIn(
          Address(name),
          {reinterpret_cast<const std::byte *>(meta.data()), meta.size() * 4}));
    DSV4RUN_ASSIGN_OR_RETURN(
        OpByOpVerifier verifier,
        OpByOpVerifier::Create(*session_, *weights_, *golden_, "long"));
    VerifyReport report;
    DSV4RUN_RETURN_IF_ERROR(verifier.VerifyLayer(layer_, report));
    return report;
  }

  Table Read(const std::string &name, size_t bytes) const {
    Table table(bytes);
    EXPECT_OK(device_->CopyOut(
        {reinterpret_cast<std::byte *>(table.data()), bytes}, Address(name)));
    return table;
  }

  std::byte *Address(const std::string &name) const {
    const auto &buffers = *model_->manifest().buffers();
    for (size_t i = 0; i < buffers.size(); ++i)
      if (buffers.Get(i)->name()->str() == name)
        return session_->address(i);
    ADD_FAILURE() << name;
    return nullptr;
  }

  absl::StatusOr<GoldenTensor> Operand(const char *phase, const char *what) {
    return golden_->Floats(
        absl::StrCat("long.", phase, ".", prefix_, ".", what));
  }

private:
  void DescribeModel() {
    schema::ManifestT &m = b_.manifest;
    m.producer = "unit test";
    m.observed = true;
    m.model = std::make_unique<schema::ModelT>();
    m.model->name = "replay";
    m.model->config =
        testing::ReadFile(SourcePath("models/dsv4-nano/config.json"));
    m.model->vocab = 512;
    m.model->hidden = kHidden;
    m.model->layers = 6;
    m.model->streams = 4;
    m.model->eos = 1;
    m.pool = std::make_unique<schema::PoolT>();
    m.pool->max_batch = 1;
    m.pool->max_context = 512;
    m.pool->page = kPage;
    m.pool->window = 48;
    m.pool->window_pages = m.pool->window_pages_per_sequence = 3;
    m.pool->entry_pages = m.pool->entry_pages_per_sequence = 4;
  }

  /// The prompt's rows, then the last decoded position's (zeros if the golden
  /// has none).
  absl::StatusOr<std::vector<float>> Rows(const char *what) {
    DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor prefill, Operand("prefill", what));
    std::vector<float> rows = std::move(prefill.values);
    DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor decode, Operand("decode", what));
    rows.insert(rows.end(), decode.values.begin(), decode.values.end());
    return rows;
  }

  absl::Status FillTables(bool scores) {
    DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor hidden, golden_->Floats(absl::StrCat(
                                                      "long.hidden.", layer_)));
    tables["layer.table"] = Bf16Table(hidden.values);
    for (auto [name, what] : {std::pair("attn.table", "attn.out"),
                              std::pair("q.table", "attn.core.q"),
                              std::pair("o.table", "attn.core.o"),
                              std::pair("ffn.table", "ffn.out")}) {
      DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> rows, Rows(what));
      tables[name] = Bf16Table(rows);
    }
    std::vector<int32_t> experts;
    std::vector<float> gates;
    for (const char *phase : {"prefill", "decode"}) {
      std::string stem =
          absl::StrCat("long.", phase, ".", prefix_, ".ffn.gate.");
      DSV4RUN_ASSIGN_OR_RETURN(std::vector<int32_t> ids,
                               golden_->Ints(stem + "indices"));
      experts.insert(experts.end(), ids.begin(), ids.end());
      DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor weights,
                               golden_->Floats(stem + "weights"));
      gates.insert(gates.end(), weights.values.begin(), weights.values.end());
    }
    tables["experts.table"] = TableOf(experts);
    tables["weights.table"] = TableOf(gates);
    if (ratio_ == 4) {
      DSV4RUN_ASSIGN_OR_RETURN(
          std::vector<int32_t> selection,
          golden_->Ints(
              absl::StrCat("long.prefill.", prefix_, ".attn.indexer.out")));
      for (int32_t &index : selection)
        index = index < 0 ? -1 : index - static_cast<int32_t>(kPrompt);
      tables["selection.table"] = TableOf(selection);
      if (scores) // all equal: any difference is a near tie
        tables["scores.table"] = Bf16Table(std::vector<float>(kPrompt * 64, 1));
    }
    return FillKeys();
  }

  absl::Status FillKeys() {
    DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor kv,
                             Operand("prefill", "attn.core.kv"));
    auto fill = [&](const std::string &name, size_t begin, size_t end) {
      Table codes, scales;
      std::vector<float> tails;
      for (size_t row = begin; row < end; ++row) {
        auto values =
            absl::MakeConstSpan(kv.values).subspan(row * kHead, kHead);
        Table row_codes(kWidth), row_scales(1);
        QuantizeRow(CodeFormat::kE4m3Fn, kWidth, values.subspan(0, kWidth),
                    absl::MakeSpan(row_codes), absl::MakeSpan(row_scales));
        codes.insert(codes.end(), row_codes.begin(), row_codes.end());
        scales.insert(scales.end(), row_scales.begin(), row_scales.end());
        tails.insert(tails.end(), values.begin() + kWidth, values.end());
      }
      tables[name + ".codes.table"] = codes;
      tables[name + ".scales.table"] = scales;
      tables[name + ".tail.table"] = Bf16Table(tails);
    };
    fill("window", 0, kPrompt);
    if (ratio_)
      fill("entries", kPrompt, kv.values.size() / kHead);
    return absl::OkStatus();
  }

  uint32_t Input(std::string name, std::string element, uint64_t bytes,
                 std::vector<uint64_t> shape) {
    return b_.Buffer(std::move(name), schema::Space::Input, std::move(element),
                     bytes, std::move(shape));
  }
  uint32_t TableInput(const std::string &name) {
    return Input(name, "i8", 1, {tables[name].size()});
  }

  /// One launch that replays a table into an output.
  struct Replay {
    uint32_t kernel;
    std::vector<uint32_t> buffers;
    uint32_t output;
  };
  Replay Rows(const std::string &table, const std::string &output,
              std::string element, uint64_t bytes, uint64_t columns) {
    uint32_t out = b_.Buffer(output, schema::Space::Output, std::move(element),
                             bytes, {kBucket, columns});
    std::string meta = output + ".meta";
    metas_[meta] = {static_cast<int32_t>(bytes * columns),
                    static_cast<int32_t>(kPrompt)};
    // Tables are shared by the programs that give out the same rows.
    if (!table_inputs_.count(table))
      table_inputs_[table] = TableInput(table);
    std::vector<uint32_t> buffers = {counts_, positions_,
                                     Input(meta, "i32", 4, {2}),
                                     table_inputs_[table], out};
    return {Kernel("replay_rows", buffers), buffers, out};
  }

  uint32_t Kernel(const std::string &symbol,
                  const std::vector<uint32_t> &buffers) {
    return b_.Kernel(absl::StrCat(symbol, "_", kernels_++), kBucket, buffers);
  }

  void Program(const std::string &name, const std::vector<Replay> &replays,
               std::vector<uint32_t> inputs) {
    auto program = std::make_unique<schema::ProgramT>();
    program->name = name;
    program->tokens = kBucket;
    for (const Replay &replay : replays) {
      auto launch = std::make_unique<schema::LaunchT>();
      launch->kernel = replay.kernel;
      launch->buffers = replay.buffers;
      program->launches.push_back(std::move(launch));
      for (uint32_t buffer : replay.buffers)
        if (b_.manifest.buffers[buffer]->space == schema::Space::Input)
          inputs.push_back(buffer);
      if (replay.output != UINT32_MAX)
        program->outputs.push_back(replay.output);
    }
    program->inputs = std::move(inputs);
    b_.manifest.programs.push_back(std::move(program));
  }

  Replay Keys(const std::string &name, schema::CacheKind kind, int32_t ratio,
              uint32_t pages, int32_t columns, uint64_t rows) {
    auto state = [&](const char *what, const char *element, uint64_t bytes,
                     uint64_t width, schema::Part part) {
      return b_.Buffer(absl::StrCat(name, ".", what), schema::Space::State,
                       element, bytes, {rows, width}, name, part);
    };
    uint32_t codes = state("codes", "f8E4M3FN", 1, kWidth, schema::Part::Codes);
    uint32_t scales = state("scales", "i8", 1, 1, schema::Part::Scales);
    uint32_t tail = state("tail", "bf16", 2, kTail, schema::Part::Tail);
    b_.State(absl::StrCat(prefix_, ".", name), kind, ratio, kWidth, kTail,
             kWidth, 0, {codes, scales, tail});
    metas_[name + ".meta"] = {
        ratio, static_cast<int32_t>(kPage), columns, kWidth, 1, 2 * kTail};
    std::vector<uint32_t> buffers = {counts_,
                                     positions_,
                                     slots_,
                                     pages,
                                     Input(name + ".meta", "i32", 4, {6}),
                                     TableInput(name + ".codes.table"),
                                     TableInput(name + ".scales.table"),
                                     TableInput(name + ".tail.table"),
                                     codes,
                                     scales,
                                     tail};
    return {Kernel("replay_keys", buffers), buffers, UINT32_MAX};
  }

  void AddPrograms(bool scores) {
    counts_ = b_.Input(abi::kCounts, {abi::kCountsSize});
    positions_ = b_.Input(abi::kPositions, {kBucket});
    slots_ = b_.Input(abi::kSlots, {kBucket});
    uint32_t window_pages = b_.Input(abi::kWindowPages, {1, 3});
    uint32_t entry_pages = b_.Input(abi::kEntryPages, {1, 4});
    auto rows_input = [&](const std::string &name, uint64_t columns) {
      return Input(name + abi::kInputSuffix, "bf16", 2, {kBucket, columns});
    };
    Program(prefix_,
            {Rows("layer.table", prefix_ + ".out", "bf16", 2, 4 * kHidden)},
            {rows_input("layer.streams", 4 * kHidden)});
    std::vector<Replay> attention = {
        Rows("attn.table", "attn.out", "bf16", 2, kHidden),
        Rows("q.table", "q", "bf16", 2, kHeads * kHead),
        Rows("o.table", "o", "bf16", 2, kHeads * kHead),
        Keys("window", schema::CacheKind::Window, 1, window_pages, 3,
             3 * kPage)};
    if (ratio_)
      attention.push_back(Keys("entries", schema::CacheKind::Entries, ratio_,
                               entry_pages, 4, 4 * kPage / ratio_));
    std::vector<uint32_t> core_inputs = {rows_input("core.q", kHeads * kHead)};
    if (ratio_ == 4) {
      attention.push_back(
          Rows("selection.table", "selection", "i32", 4, kTopK));
      if (scores)
        attention.push_back(Rows("scores.table", "scores", "bf16", 2, 64));
      uint32_t codes =
          b_.Buffer("index.codes", schema::Space::State, "f4E2M1FN", 1,
                    {4 * kPage / 4, 64}, "index", schema::Part::Codes);
      b_.manifest.buffers[codes]->bytes /= 2;
      uint32_t scales =
          b_.Buffer("index.scales", schema::Space::State, "i8", 1,
                    {4 * kPage / 4, 2}, "index", schema::Part::Scales);
      b_.State(prefix_ + ".index", schema::CacheKind::Index, 4, 64, 0, 32, 0,
               {codes, scales});
      core_inputs.push_back(
          Input("core.selection.in", "i32", 4, {kBucket, kTopK}));
    }
    Program(prefix_ + ".attn", attention, {rows_input("attn.in", kHidden)});
    Program(prefix_ + ".core",
            {Rows("o.table", "core.o", "bf16", 2, kHeads * kHead)},
            core_inputs);
    Program(prefix_ + ".ffn",
            {Rows("ffn.table", "ffn.out", "bf16", 2, kHidden),
             Rows("weights.table", "weights", "f32", 4, 2),
             Rows("experts.table", "experts", "i32", 4, 2)},
            {rows_input("ffn.in", kHidden)});
  }

  int layer_ = 0, ratio_ = 0, kernels_ = 0;
  std::string prefix_;
  std::optional<Golden> golden_;
  std::unique_ptr<Checkpoint> weights_;
  ManifestBuilder b_;
  uint32_t counts_ = 0, positions_ = 0, slots_ = 0;
  std::map<std::string, std::vector<int32_t>> metas_;
  std::map<std::string, uint32_t> table_inputs_;
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Session> session_;
};

/// Names of the figures that failed.
std::string Failures(const VerifyReport &report) {
  std::string names;
  for (const Figure &figure : report.figures())
    if (!figure.passed())
      absl::StrAppend(&names, figure.name, "\n");
  return names;
}

TEST(OpByOp, GoldensThemselvesPass) {
  for (int layer : {0, 2, 3}) {
    ReplayModel model;
    ASSERT_OK(model.Create(layer, /*scores=*/false));
    ASSERT_OK_AND_ASSIGN(VerifyReport report, model.Verify());
    EXPECT_TRUE(report.passed()) << report.ToText();
    EXPECT_GE(report.judged(), 24);
    for (const Figure &figure : report.figures())
      if (figure.bound == Figure::Bound::kAtLeast)
        EXPECT_EQ(figure.value, 1) << figure.name;
      else
        EXPECT_EQ(figure.value, 0) << figure.name;
  }
}

TEST(OpByOp, TheCoreIsGivenGoldenOperands) {
  ReplayModel model;
  ASSERT_OK(model.Create(2, /*scores=*/false));
  ASSERT_OK(model.Verify().status());
  ASSERT_OK_AND_ASSIGN(GoldenTensor q, model.Operand("decode", "attn.core.q"));
  Table expected = Bf16Table(q.values);
  EXPECT_EQ(model.Read("core.q.in", expected.size()), expected);
  // Position 269 sees 67 entries and selects 24 of them, in rising order.
  Table bytes = model.Read("core.selection.in", kTopK * sizeof(int32_t));
  std::vector<int32_t> selection(kTopK);
  std::memcpy(selection.data(), bytes.data(), bytes.size());
  EXPECT_TRUE(std::is_sorted(selection.begin(), selection.end()));
  EXPECT_GE(selection[0], 0);
  EXPECT_LT(selection[kTopK - 1], 67);
}

struct Planted {
  const char *table;
  size_t rows;
  std::vector<const char *> failures;
};

void PrintTo(const Planted &planted, std::ostream *os) { *os << planted.table; }

class OpByOpErrors : public ::testing::TestWithParam<Planted> {};

/// Seven rows of a table are taken from ten rows further on.
TEST_P(OpByOpErrors, WrongRowsAreCaught) {
  ReplayModel model;
  ASSERT_OK(model.Create(2, /*scores=*/false));
  Table &table = model.tables[GetParam().table];
  size_t bytes = table.size() / GetParam().rows;
  std::copy(table.begin() + 30 * bytes, table.begin() + 37 * bytes,
            table.begin() + 20 * bytes);
  ASSERT_OK_AND_ASSIGN(VerifyReport report, model.Verify());
  EXPECT_FALSE(report.passed());
  for (const char *failure : GetParam().failures)
    EXPECT_THAT(Failures(report), HasSubstr(failure));
}

INSTANTIATE_TEST_SUITE_P(
    Tables, OpByOpErrors,
    ::testing::Values(
        Planted{"layer.table", kPrompt, {"lock-step layer 2"}},
        Planted{"attn.table", kRows, {"prefill layer 2: attn.out"}},
        Planted{"q.table", kRows, {"prefill layer 2: q: rows", "q: bit-equal"}},
        Planted{"o.table", kRows, {"prefill layer 2: o"}},
        Planted{"ffn.table", kRows, {"prefill layer 2: ffn.out"}},
        Planted{"experts.table",
                kRows,
                {"prefill layer 2: routing: rows that differ"}},
        Planted{
            "weights.table", kRows, {"routing weights: relative difference"}},
        Planted{"window.codes.table", kPrompt, {"prefill layer 2: kv"}},
        Planted{"window.tail.table", kPrompt, {"prefill layer 2: kv"}},
        Planted{"entries.codes.table", 37, {"prefill layer 2: kv"}},
        Planted{
            "selection.table", kPrompt, {"index selection: rows that differ"}}),
    [](const ::testing::TestParamInfo<Planted> &info) {
      std::string name;
      for (char c : std::string(info.param.table))
        name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

TEST(OpByOp, ScaleOfTheKeysTwiceIsCaught) {
  ReplayModel model;
  ASSERT_OK(model.Create(3, /*scores=*/false));
  for (uint8_t &scale : model.tables["window.scales.table"])
    ++scale;
  ASSERT_OK_AND_ASSIGN(VerifyReport report, model.Verify());
  EXPECT_THAT(Failures(report), HasSubstr("prefill layer 3: kv: bit-equal"));
}

TEST(OpByOp, DecodeErrorsAreCaught) {
  for (const char *name : {"o.table", "ffn.table"}) {
    ReplayModel model;
    ASSERT_OK(model.Create(3, /*scores=*/false));
    Table &table = model.tables[name];
    size_t bytes = table.size() / kRows;
    std::copy(table.begin(), table.begin() + bytes, table.end() - bytes);
    ASSERT_OK_AND_ASSIGN(VerifyReport report, model.Verify());
    EXPECT_THAT(Failures(report), HasSubstr("decode layer 3: "));
    EXPECT_EQ(report.failed(), 2) << report.ToText();
  }
}

TEST(OpByOp, NearTiesAreLeftOutAndLimited) {
  for (int ties : {5, 40}) {
    ReplayModel model;
    ASSERT_OK(model.Create(2, /*scores=*/true));
    // Late positions see more entries than they select: swap one for another.
    Table &table = model.tables["selection.table"];
    auto *selection = reinterpret_cast<int32_t *>(table.data());
    for (int i = 0; i < ties; ++i) {
      int32_t *row = selection + (kPrompt - 1 - i) * kTopK;
      for (int32_t other = 0;; ++other)
        if (std::find(row, row + kTopK, other) == row + kTopK) {
          row[0] = other;
          break;
        }
      // The rows that differ need not agree.
      size_t bytes = model.tables["o.table"].size() / kRows;
      std::fill_n(model.tables["o.table"].begin() + (kPrompt - 1 - i) * bytes,
                  bytes, 0);
    }
    ASSERT_OK_AND_ASSIGN(VerifyReport report, model.Verify());
    EXPECT_EQ(report.passed(), ties == 5) << report.ToText();
    EXPECT_EQ(report.failed(), ties == 5 ? 0 : 1);
  }
}

} // namespace
} // namespace dsv4run
