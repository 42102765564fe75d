//===- LoaderTest.cpp - Malformed and foreign files -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include "dsv4emu/OffloadBundle.h"
#include "llvm/Object/OffloadBundle.h"
#include "llvm/Support/MemoryBuffer.h"
#include <random>

namespace emutest {
namespace {

using dsv4emu::CodeObject;

class Loader : public testing::Test {
protected:
  static std::string errorOf(const std::vector<u8> &file) {
    auto object = CodeObject::load(file);
    return object.ok() ? "" : std::string(object.status().message());
  }
  template <class T>
  static void put(std::vector<u8> &file, size_t at, T value) {
    std::memcpy(file.data() + at, &value, sizeof(T));
  }
  static void expect(const std::vector<u8> &file, const std::string &part) {
    std::string error = errorOf(file);
    EXPECT_NE(error.find(part), std::string::npos) << error;
  }
  std::vector<u8> good = readKernelFile("corpus-O2.hsaco");
};

TEST_F(Loader, ListsKernelsWithMetadata) {
  auto object = CodeObject::load(good);
  ASSERT_TRUE(object.ok()) << object.status();
  const dsv4emu::Kernel *kernel = object->findKernel("transpose");
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(kernel->ldsBytes, 32u * 33 * 4);
  EXPECT_EQ(dsv4emu::explicitArgumentBytes(*kernel), 24u);
  EXPECT_EQ(kernel->arguments[0].valueKind, "global_buffer");
  EXPECT_EQ(object->findKernel("nothing"), nullptr);
}

TEST_F(Loader, WrongHeaderFields) {
  expect({}, "needs 64 bytes, the file has 0");
  auto file = good;
  file[0] = 0;
  expect(file, "magic");
  file = good;
  file[4] = 1; // 32 bit
  expect(file, "64-bit");
  file = good;
  put<u16>(file, 18, 62); // x86-64
  expect(file, "e_machine: expected 224 (AMDGPU), found 62");
  file = good;
  file[7] = 0;
  expect(file, "OS ABI: expected 64");
  file = good;
  put<u32>(file, 48, 0x53f); // gfx90a
  expect(file, "found 0x3f");
  file = good;
  put<u16>(file, 16, 1); // relocatable
  expect(file, "a linked code object");
  file = good;
  put<u16>(file, 54, 8);
  expect(file, "e_phentsize: expected 56, found 8");
}

TEST_F(Loader, RangesOutsideTheFile) {
  auto file = good;
  put<u64>(file, 32, file.size() - 8); // program headers
  expect(file, "program header at offset");
  file = good;
  put<u64>(file, 40, ~u64{0} - 16); // section headers
  expect(file, "section header at offset");
  u64 programHeaders;
  std::memcpy(&programHeaders, good.data() + 32, 8);
  for (u32 k = 0; k < 8; ++k) {
    file = good;
    size_t header = programHeaders + 56 * k;
    u32 type;
    std::memcpy(&type, file.data() + header, 4);
    if (type != 1) // PT_LOAD
      continue;
    put<u64>(file, header + 32, u64{1} << 40); // p_filesz
    expect(file, "end after the file");
    file = good;
    put<u64>(file, header + 16, u64{1} << 50); // p_vaddr
    expect(file, "exceeds the limit");
  }
}

// No prefix of a code object is one, and none crashes the reader.
TEST_F(Loader, EveryTruncationIsAnError) {
  for (size_t size = 0; size < good.size(); size += 1 + size / 64)
    EXPECT_NE(errorOf({good.begin(), good.begin() + size}), "") << size;
}

// Flipped bytes either load or give an error with a text.
TEST_F(Loader, RandomDamage) {
  std::mt19937 random(1);
  unsigned refused = 0;
  for (int k = 0; k < 400; ++k) {
    auto file = good;
    for (int flips = 0; flips < 8; ++flips)
      file[random() % std::min<size_t>(file.size(), 8192)] =
          static_cast<u8>(random());
    auto object = CodeObject::load(file);
    if (!object.ok()) {
      ++refused;
      EXPECT_FALSE(object.status().message().empty());
    }
  }
  EXPECT_GT(refused, 0u);
}

// Whatever stands in the text, execution ends with a result or reports.
TEST_F(Loader, DamagedInstructionsDontCrash) {
  auto object = CodeObject::load(good);
  ASSERT_TRUE(object.ok());
  std::mt19937 random(2);
  size_t first = 0;
  for (size_t k = 0; k + 64 < good.size() && !first; ++k)
    if (std::memcmp(&good[k], &object->image()[object->textBegin()], 64) == 0)
      first = k;
  ASSERT_NE(first, 0u);
  size_t size = object->textEnd() - object->textBegin();
  for (int round = 0; round < 40; ++round) {
    auto file = good;
    for (size_t k = 0; k < size / 16; ++k)
      file[first + random() % size] = static_cast<u8>(random());
    dsv4emu::Device device(uint64_t{1} << 28);
    auto program = device.load(file);
    ASSERT_TRUE(program.ok()) << program.status();
    for (const dsv4emu::Kernel &kernel : object->kernels()) {
      dsv4emu::LaunchConfig config;
      config.grid = config.workgroup = {64, 1, 1};
      config.threads = 1;
      config.maxInstructionsPerWave = 2000;
      config.checks =
          round % 2 ? dsv4emu::CheckSet::all() : dsv4emu::CheckSet::none();
      auto loaded = device.kernel(*program, kernel.name);
      ASSERT_TRUE(loaded.ok());
      auto buffer = device.memory().allocate(4096, "buffer");
      ASSERT_TRUE(buffer.ok());
      std::vector<u8> arguments(dsv4emu::explicitArgumentBytes(kernel), 1);
      for (size_t k = 0; k + 8 <= arguments.size(); k += 8)
        std::memcpy(&arguments[k], &*buffer, 8);
      auto result = device.launch(*loaded, config, arguments);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_GT(result->counters.instructions, 0u);
    }
  }
}

/// The error of selecting a code object; empty if there is none.
std::string selectionError(const std::vector<u8> &file) {
  std::vector<u8> storage;
  return std::string(
      dsv4emu::selectGfx942CodeObject(file, storage).status().message());
}

std::vector<u8>
bundle(const std::vector<std::pair<std::string, std::vector<u8>>> &entries) {
  std::vector<u8> out;
  auto text = [&](const std::string &s) {
    out.insert(out.end(), s.begin(), s.end());
  };
  auto number = [&](u64 v) {
    for (int k = 0; k < 8; ++k)
      out.push_back(static_cast<u8>(v >> 8 * k));
  };
  text("__CLANG_OFFLOAD_BUNDLE__");
  number(entries.size());
  u64 offset = 32;
  for (const auto &[id, data] : entries)
    offset += 24 + id.size();
  for (const auto &[id, data] : entries) {
    number(offset);
    number(data.size());
    number(id.size());
    text(id);
    offset += data.size();
  }
  for (const auto &[id, data] : entries)
    out.insert(out.end(), data.begin(), data.end());
  return out;
}

TEST_F(Loader, OffloadBundles) {
  auto file = bundle({{"host-x86_64-unknown-linux-gnu--", {}},
                      {"hipv4-amdgcn-amd-amdhsa--gfx90a", {1, 2, 3}},
                      {"hipv4-amdgcn-amd-amdhsa--gfx942", good}});
  std::vector<u8> storage;
  auto selected = dsv4emu::selectGfx942CodeObject(file, storage);
  ASSERT_TRUE(selected.ok()) << selected.status();
  EXPECT_TRUE(
      std::equal(selected->begin(), selected->end(), good.begin(), good.end()));
  auto foreign = bundle({{"hipv4-amdgcn-amd-amdhsa--gfx90a", {1}}});
  EXPECT_NE(selectionError(foreign).find("no gfx942 entry"), std::string::npos);
  auto twice = bundle({{"a-gfx942", {1}}, {"b-gfx942", {2}}});
  EXPECT_NE(selectionError(twice).find("more than one"), std::string::npos);
  for (size_t size = 24; size < 150; ++size)
    EXPECT_NE(selectionError({file.begin(), file.begin() + size}), "") << size;
  put<u64>(file, 24, ~u64{0});
  EXPECT_NE(selectionError(file).find("do not fit"), std::string::npos);
}

/// As LLVM's own writer, which clang-offload-bundler calls, compresses it.
std::vector<u8> compressed(const std::vector<u8> &bytes,
                           llvm::compression::Format format, u16 version) {
  auto in = llvm::MemoryBuffer::getMemBuffer(
      llvm::StringRef(reinterpret_cast<const char *>(bytes.data()),
                      bytes.size()),
      "bundle", false);
  auto out = llvm::object::CompressedOffloadBundle::compress(
      llvm::compression::Params(format), *in, version);
  EXPECT_TRUE(static_cast<bool>(out));
  llvm::StringRef text = (*out)->getBuffer();
  return {text.begin(), text.end()};
}

TEST_F(Loader, CompressedBundles) {
  auto plain = bundle({{"host-x86_64-unknown-linux-gnu--", {}},
                       {"hipv4-amdgcn-amd-amdhsa--gfx942", good}});
  for (auto format :
       {llvm::compression::Format::Zlib, llvm::compression::Format::Zstd})
    for (u16 version : {1, 2, 3}) {
      // Version 1 is version 2 without the file size; nothing writes it now.
      auto file = compressed(plain, format, version == 1 ? 2 : version);
      put<u16>(file, 4, version);
      if (version == 1)
        file.erase(file.begin() + 8, file.begin() + 12);
      ASSERT_EQ(std::string(file.begin(), file.begin() + 4), "CCOB");
      ASSERT_LT(file.size(), plain.size());
      std::vector<u8> storage;
      auto selected = dsv4emu::selectGfx942CodeObject(file, storage);
      ASSERT_TRUE(selected.ok()) << selected.status();
      EXPECT_TRUE(std::equal(selected->begin(), selected->end(), good.begin(),
                             good.end()));
    }
  dsv4emu::Device device(uint64_t{1} << 28);
  auto program =
      device.load(compressed(plain, llvm::compression::Format::Zstd, 3));
  ASSERT_TRUE(program.ok()) << program.status();
}

TEST_F(Loader, DamagedCompressedBundles) {
  auto plain = bundle({{"hipv4-amdgcn-amd-amdhsa--gfx942", good}});
  auto expect = [&](std::vector<u8> file, const std::string &part) {
    std::string message = selectionError(file);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect({'C', 'C', 'O', 'B', 3}, "version at offset 4 needs 2 bytes");
  for (auto format :
       {llvm::compression::Format::Zlib, llvm::compression::Format::Zstd}) {
    auto file = compressed(plain, format, 3);
    auto bad = file;
    put<u16>(bad, 4, 9);
    expect(bad, "version: expected 1 to 3, found 9");
    bad = file;
    put<u16>(bad, 6, 2);
    expect(bad, "expected 0 (zlib) or 1 (zstd), found 2");
    bad = file;
    put<u64>(bad, 8, file.size() + 1);
    expect(bad, "file size: the header says");
    bad = file;
    put<u64>(bad, 16, u64{1} << 60);
    expect(bad, "exceeds the limit");
    bad = file;
    put<u64>(bad, 16, plain.size() - 1);
    expect(bad, "more data than the");
    bad = file;
    put<u64>(bad, 16, plain.size() + 1);
    expect(bad, "the data has " + std::to_string(plain.size()));
    bad = file;
    bad[24] ^= 1;
    expect(bad, "hash: the header says");
    bad.assign(file.begin(), file.begin() + file.size() / 2);
    put<u64>(bad, 8, bad.size());
    expect(bad, "ends before");
    std::mt19937 random(4);
    for (int k = 0; k < 200; ++k) {
      bad = file;
      bad[32 + random() % (file.size() - 32)] ^= 1u << random() % 8;
      // Some bits are padding; then the bytes must be what they were.
      std::vector<u8> storage;
      auto selected = dsv4emu::selectGfx942CodeObject(bad, storage);
      if (selected.ok())
        ASSERT_TRUE(std::equal(selected->begin(), selected->end(), good.begin(),
                               good.end()));
      else
        ASSERT_NE(selected.status().message().find("compressed offload bundle"),
                  std::string::npos);
    }
  }
}

TEST_F(Loader, UndefinedSymbol) {
  auto file = readKernelFile("undefined_symbol.hsaco");
  ASSERT_FALSE(file.empty());
  std::string message = errorOf(file);
  EXPECT_NE(message.find("symbol elsewhere is undefined"), std::string::npos)
      << message;
}

} // namespace
} // namespace emutest
