//===- BuildManifestTest.cpp - From exec ops to a bundle and back ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Bundle/BuildManifest.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Dialect/Exec/Transforms/Passes.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Bundle/Text.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace mlir;
using namespace dsv4c;
using dsv4run::Text;
namespace schema = dsv4run::schema;

namespace {

constexpr char kFacts[] = R"(
module attributes {
  dsv4.config = {name = "nano", text = "{}", vocab = 512 : i64, hidden = 64 : i64,
                 layers = 1 : i64, streams = 4 : i64, bos = 0 : i64, eos = 1 : i64},
  exec.pool = {max_batch = 2 : i64, max_context = 32 : i64, page = 4 : i64,
               window = 4 : i64, window_pages = 4 : i64,
               window_pages_per_sequence = 2 : i64, entry_pages = 0 : i64,
               entry_pages_per_sequence = 0 : i64}} {
)";

class BuildManifestTest : public ::testing::Test {
protected:
  BuildManifestTest() {
    context.loadDialect<exec::ExecDialect, fp8::Fp8Dialect, dsv4::Dsv4Dialect,
                        tile::TileDialect>();
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      llvm::raw_string_ostream(diagnostics) << diagnostic.str() << "\n";
    });
    std::ifstream file(DSV4C_SOURCE_DIR "/test/Dialect/Exec/ops.mlir");
    std::stringstream text;
    text << file.rdbuf();
    // Aliases stay at the top level, ops go into the module with the facts.
    std::string aliases, ops;
    for (std::string line; std::getline(text, line);)
      (line[0] == '!' || line[0] == '#' ? aliases : ops) += line + "\n";
    source = aliases + kFacts + ops + "}\n";
  }

  OwningOpRef<ModuleOp> parse(bool planned = true) {
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(source, &context);
    EXPECT_TRUE(module) << diagnostics;
    if (planned) {
      PassManager manager(&context);
      manager.addPass(exec::createExecPlanMemory());
      EXPECT_TRUE(succeeded(manager.run(*module))) << diagnostics;
    }
    return module;
  }

  LogicalResult write(ModuleOp module) {
    FailureOr<std::vector<uint8_t>> manifest =
        bundle::buildManifest(module, objects, options);
    if (failed(manifest))
      return failure();
    bundle::Image image{*manifest, objects};
    return bundle::writeBundle(image, path, module.getLoc());
  }

  void expectError(ModuleOp module, StringRef message) {
    diagnostics.clear();
    EXPECT_TRUE(failed(write(module)));
    EXPECT_NE(diagnostics.find(message), std::string::npos) << diagnostics;
    EXPECT_FALSE(std::filesystem::exists(path));
  }

  void TearDown() override { std::remove(path.c_str()); }

  MLIRContext context;
  std::string source;
  std::string diagnostics;
  std::vector<bundle::CodeObject> objects = {
      {"host", "x86-64-v3", "fnuz", {'c', 'o', 'd', 'e'}}};
  bundle::ManifestOptions options;
  std::string path = ::testing::TempDir() + "build-manifest-test.dsv4";
};

TEST_F(BuildManifestTest, TheRuntimeReadsWhatTheModuleSays) {
  OwningOpRef<ModuleOp> module = parse();
  options.threads["head"] = 256;
  ASSERT_TRUE(succeeded(write(*module))) << diagnostics;
  absl::StatusOr<dsv4run::Bundle> bundle = dsv4run::Bundle::Open(path);
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  const schema::Manifest &manifest = bundle->manifest();

  EXPECT_EQ(Text(manifest.model()->name()), "nano");
  EXPECT_EQ(manifest.model()->hash_layers(), 1u);
  EXPECT_EQ(manifest.pool()->window_pages(), 4u);
  ASSERT_EQ(manifest.packs()->size(), 7u);
  const schema::PackProgram &scaled = *manifest.packs()->Get(0);
  EXPECT_EQ(scaled.kind(), schema::PackKind::Scaled);
  EXPECT_EQ(scaled.rows(), 256u);
  EXPECT_EQ(scaled.columns(), 128u);
  EXPECT_EQ(scaled.panel(), 16u);
  EXPECT_EQ(scaled.fragment(), 0u);
  EXPECT_EQ(scaled.block_rows(), 128u);
  EXPECT_TRUE(scaled.recast());
  EXPECT_EQ(Text(scaled.tensors()->Get(0)->dtype()), "F8_E4M3");
  const schema::PackProgram &experts = *manifest.packs()->Get(1);
  ASSERT_EQ(experts.tensors()->size(), 2u);
  EXPECT_EQ(Text(experts.tensors()->Get(1)->name()), "1.weight");
  EXPECT_EQ(Text(experts.tensors()->Get(1)->dtype()), "I8");
  EXPECT_EQ(experts.tensors()->Get(1)->shape()->Get(1), 32u);
  EXPECT_EQ(experts.scale_tensors()->Get(0)->shape()->Get(1), 2u);
  EXPECT_FALSE(experts.recast());
  EXPECT_EQ(manifest.packs()->Get(4)->limit(), 8u);
  EXPECT_EQ(manifest.packs()->Get(5)->frequencies()->Get(1), 0.5f);
  EXPECT_EQ(manifest.packs()->Get(6)->panel(), 32u);
  EXPECT_EQ(manifest.packs()->Get(6)->fragment(), 8u);

  ASSERT_EQ(manifest.states()->size(), 2u);
  EXPECT_EQ(manifest.states()->Get(0)->kind(), schema::CacheKind::Window);
  EXPECT_EQ(manifest.states()->Get(0)->width(), 64u);
  EXPECT_EQ(manifest.states()->Get(0)->tail(), 8u);
  EXPECT_EQ(manifest.states()->Get(1)->slots(), 8u);

  ASSERT_EQ(manifest.programs()->size(), 1u);
  const schema::Program &program = *manifest.programs()->Get(0);
  EXPECT_EQ(Text(program.name()), "step");
  EXPECT_EQ(program.arena_bytes(), 1024u);
  const schema::Launch &head = *program.launches()->Get(1);
  EXPECT_EQ(Text(manifest.kernels()->Get(head.kernel())->name()), "head");
  EXPECT_EQ(manifest.kernels()->Get(head.kernel())->threads(), 256u);
  EXPECT_EQ(Text(manifest.kernels()->Get(head.otherwise())->name()),
            "head_wide");
  EXPECT_EQ(manifest.kernels()->Get(head.otherwise())->threads(), 1u);
  EXPECT_EQ(head.conditions()->Get(0)->pack(), 0u);
  EXPECT_EQ(head.conditions()->Get(0)->max(), 12);
  EXPECT_EQ(bundle->CodeObject(0).size(), 4u);
  EXPECT_EQ(Text(manifest.code_objects()->Get(0)->format()), "fnuz");
  EXPECT_EQ(manifest.code_objects()->Get(0)->hip(), nullptr);
}

TEST_F(BuildManifestTest, HipSourceIsStampedLikeItsCode) {
  OwningOpRef<ModuleOp> module = parse();
  objects[0] = {"gfx942", "gfx942", "fnuz", {}, "void f() {}\n"};
  auto bytes = bundle::buildManifest(*module, objects, options);
  ASSERT_TRUE(succeeded(bytes)) << diagnostics;
  const schema::HipSource *source = schema::GetManifest(bytes->data())
                                        ->code_objects()
                                        ->Get(0)
                                        ->hip();
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(Text(source->text()), "void f() {}\n");
  EXPECT_EQ(Text(source->target()), "gfx942");
  EXPECT_EQ(Text(source->format()), "fnuz");
  // printf 'void f() {}\n' | sha256sum
  EXPECT_EQ(Text(source->sha256()),
            "4002d6526b22c4bca3f4b82f7a56cdffc0da18baf9a8f2b2c153cdafc3dee6b0");
}

TEST_F(BuildManifestTest, MemoryMustBePlanned) {
  expectError(*parse(/*planned=*/false), "run exec-plan-memory first");
}

TEST_F(BuildManifestTest, ModuleFactsAreRequired) {
  OwningOpRef<ModuleOp> module = parse();
  Attribute pool = module->getOperation()->removeAttr("exec.pool");
  expectError(*module, "a bundle needs the module attribute 'exec.pool'");
  (*module)->setAttr("exec.pool", pool);
  (*module)->removeAttr("dsv4.config");
  expectError(*module, "a bundle needs the module attribute 'dsv4.config'");
  (*module)->setAttr("dsv4.config", pool);
  expectError(*module, "expected the strings 'name' and 'text'");
}

TEST_F(BuildManifestTest, TheRuntimesRulesAreTheLastWord) {
  // The verifiers don't know the pool; the runtime's validation does.
  source.replace(source.find("window_pages = 4"), 16, "window_pages = 5");
  expectError(*parse(), "can't write the bundle: bundle: states[0].buffers[0]: "
                        "expected 1280 or 640 bytes, found 1024");
}

} // namespace
