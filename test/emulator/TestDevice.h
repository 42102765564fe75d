//===- TestDevice.h - Run a kernel in a test --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EMULATOR_TESTDEVICE_H
#define EMULATOR_TESTDEVICE_H

#include "dsv4emu/Device.h"
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace emutest {

using u8 = uint8_t;
using u16 = uint16_t;
using i16 = int16_t;
using u32 = uint32_t;
using i32 = int32_t;
using u64 = uint64_t;
using i64 = int64_t;
using f32 = float;
using f64 = double;

inline std::vector<uint8_t> readKernelFile(const std::string &name) {
  std::ifstream in(std::string(KERNEL_DIR) + "/" + name, std::ios::binary);
  return std::vector<uint8_t>(std::istreambuf_iterator<char>(in), {});
}

/// Kernel arguments in declaration order, naturally aligned.
class Arguments {
public:
  template <class T>
  Arguments &add(T value) {
    bytes.resize((bytes.size() + sizeof(T) - 1) / sizeof(T) * sizeof(T));
    const uint8_t *p = reinterpret_cast<const uint8_t *>(&value);
    bytes.insert(bytes.end(), p, p + sizeof(T));
    return *this;
  }
  std::vector<uint8_t> bytes;
};

/// A device with one code object. Every launch runs with all checks unless the
/// test says otherwise.
class TestDevice {
public:
  explicit TestDevice(const std::string &file) : device(uint64_t{1} << 32) {
    auto loaded = device.load(readKernelFile(file));
    EXPECT_TRUE(loaded.ok()) << file << ": " << loaded.status();
    if (loaded.ok())
      program = *loaded;
  }

  template <class T>
  u64 upload(const std::vector<T> &data, const std::string &label = "input") {
    u64 address = reserve(data.size() * sizeof(T), label);
    EXPECT_TRUE(device.memory()
                    .write(address, data.data(), data.size() * sizeof(T))
                    .ok());
    return address;
  }
  u64 reserve(u64 bytes, const std::string &label = "output") {
    auto address = device.memory().allocate(bytes, label);
    EXPECT_TRUE(address.ok()) << address.status();
    return address.ok() ? *address : 0;
  }
  template <class T>
  std::vector<T> download(u64 address, size_t count) {
    std::vector<T> out(count);
    EXPECT_TRUE(
        device.memory().read(address, out.data(), count * sizeof(T)).ok());
    return out;
  }

  dsv4emu::LaunchResult run(const std::string &kernel, u32 groups,
                            u32 workgroup, const Arguments &arguments) {
    config.grid = {groups * workgroup, 1, 1};
    config.workgroup = {workgroup, 1, 1};
    return launch(kernel, arguments);
  }
  dsv4emu::LaunchResult launch(const std::string &kernel,
                               const Arguments &arguments) {
    auto found = device.kernel(program, kernel);
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok())
      return {};
    auto result = device.launch(*found, config, arguments.bytes);
    EXPECT_TRUE(result.ok()) << result.status();
    if (result.ok())
      recordCoverage(*result);
    return result.ok() ? *std::move(result) : dsv4emu::LaunchResult{};
  }
  /// Runs and expects no report.
  dsv4emu::LaunchResult runClean(const std::string &kernel, u32 groups,
                                 u32 workgroup, const Arguments &arguments) {
    auto result = run(kernel, groups, workgroup, arguments);
    for (const dsv4emu::Report &r : result.reports)
      ADD_FAILURE() << r.str();
    return result;
  }

  /// Appends "test<TAB>instruction" lines for scripts/emulator-instructions.py.
  static void recordCoverage(const dsv4emu::LaunchResult &result) {
    const char *path = std::getenv("EMU_COVERAGE");
    if (!path)
      return;
    const auto *test = testing::UnitTest::GetInstance()->current_test_info();
    std::ofstream out(path, std::ios::app);
    for (const auto &[opcode, count] : result.counters.byOpcode)
      out << test->test_suite_name() << "." << test->name() << "\t" << opcode
          << "\n";
  }

  dsv4emu::Device device;
  const dsv4emu::Program *program = nullptr;
  dsv4emu::LaunchConfig config = [] {
    dsv4emu::LaunchConfig c;
    c.checks = dsv4emu::CheckSet::all();
    c.threads = 1;
    return c;
  }();
};

} // namespace emutest

#endif // EMULATOR_TESTDEVICE_H
