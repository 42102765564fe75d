//===- GpuDeviceTest.cpp --------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What hip and cuda share, on a driver that does everything as late as it may.

#include <cstring>
#include <numeric>
#include <thread>

#include "Device/FakeGpuDriver.h"
#include "Gpu/CreateGpuDevice.h"
#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

using ::testing::AllOf;
using testing::AsBytes;
using testing::FakeGpuRecord;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsError;

class GpuDeviceTest : public ::testing::Test {
protected:
  void SetUp() override {
    setenv("DSV4_CACHE_DIR", "", 1);
    // Adds the first number of its first buffer to its second buffer's.
    record_->kernels["add"] = [](std::vector<void *> buffers) {
      int32_t a, b;
      std::memcpy(&a, buffers[0], 4);
      std::memcpy(&b, buffers[1], 4);
      b += a;
      std::memcpy(buffers[1], &b, 4);
    };
    record_->kernels["double"] = [](std::vector<void *> buffers) {
      int32_t a;
      std::memcpy(&a, buffers[0], 4);
      a *= 2;
      std::memcpy(buffers[0], &a, 4);
    };
  }
  void TearDown() override {
    code_.reset();
    device_.reset();
    EXPECT_THAT(record_->live, IsEmpty());
    unsetenv("DSV4_CACHE_DIR");
  }

  void Open(const GpuOptions &options = {}) {
    ASSERT_OK_AND_ASSIGN(
        device_,
        CreateGpuDevice(testing::CreateFakeGpuDriver(record_), options));
  }
  void Load() {
    ASSERT_OK_AND_ASSIGN(
        code_, device_->LoadCode(AsBytes(code_bytes_), {"gfx942", "gfx942"}));
  }
  /// b = (b + a) * 2
  absl::StatusOr<std::unique_ptr<LaunchSequence>>
  PrepareTwo(const DeviceMemory &a, const DeviceMemory &b) {
    DeviceBuffer x{a.address(), "a"}, y{b.address(), "b"};
    return device_->Prepare(
        {{*code_->FindKernel("add"), {x, y}, 4, "layers.0: add", 64},
         {*code_->FindKernel("double"), {y}, 4, "layers.0: double", 64}});
  }
  absl::Status Write(const DeviceMemory &memory, int32_t value) {
    return device_->CopyIn(memory.address(),
                           {reinterpret_cast<const std::byte *>(&value), 4});
  }
  int32_t Read(const DeviceMemory &memory) {
    int32_t value = -1;
    EXPECT_OK(device_->CopyOut({reinterpret_cast<std::byte *>(&value), 4},
                               memory.address()));
    return value;
  }

  std::string code_bytes_ = "code";
  std::shared_ptr<FakeGpuRecord> record_ = std::make_shared<FakeGpuRecord>();
  std::unique_ptr<GpuDevice> device_;
  std::unique_ptr<DeviceCode> code_;
};

TEST_F(GpuDeviceTest, MemoryIsClearedAndCopiesKeepTheirOrder) {
  Open();
  EXPECT_FALSE(device_->host_visible());
  // More bytes than all staging pieces have together, and none a multiple.
  constexpr size_t kBytes = (40 << 20) + 12345;
  ASSERT_OK_AND_ASSIGN(auto memory, device_->Allocate(kBytes, "memory"));
  ASSERT_OK_AND_ASSIGN(auto copy, device_->Allocate(kBytes, "copy"));
  std::vector<std::byte> sent(kBytes), found(kBytes, std::byte{1});
  ASSERT_OK(device_->CopyOut(absl::MakeSpan(found), memory->address()));
  EXPECT_EQ(found, sent);
  for (size_t i = 0; i < kBytes; ++i)
    sent[i] = static_cast<std::byte>(i * 2654435761u >> 24);
  std::vector<std::byte> source = sent;
  ASSERT_OK(device_->CopyIn(memory->address(), source));
  // The source may change as soon as CopyIn returns.
  std::fill(source.begin(), source.end(), std::byte{7});
  ASSERT_OK(device_->CopyWithin(copy->address(), memory->address(), kBytes));
  ASSERT_OK(device_->CopyOut(absl::MakeSpan(found), copy->address()));
  EXPECT_EQ(found, sent);
  EXPECT_OK(device_->CopyIn(memory->address(), {}));
  EXPECT_OK(device_->CopyWithin(copy->address(), memory->address(), 0));
}

TEST_F(GpuDeviceTest, PartsOfTheArenaAreOneAllocation) {
  Open();
  int before = record_->calls["Allocate"];
  ASSERT_OK_AND_ASSIGN(auto parts, device_->AllocateTogether(
                                       {{1, "a"}, {300, "b"}, {256, "c"}}));
  EXPECT_EQ(record_->calls["Allocate"], before + 1);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1]->address() - parts[0]->address(), 256);
  EXPECT_EQ(parts[2]->address() - parts[1]->address(), 512);
  // Any part keeps the allocation.
  parts.erase(parts.begin(), parts.begin() + 2);
  ASSERT_OK(Write(*parts[0], 5));
  EXPECT_EQ(Read(*parts[0]), 5);
  ASSERT_OK_AND_ASSIGN(auto none, device_->AllocateTogether({}));
  EXPECT_THAT(none, IsEmpty());
  EXPECT_THAT(device_->AllocateTogether({{UINT64_MAX, "a"}, {UINT64_MAX, "b"}}),
              IsError(absl::StatusCode::kResourceExhausted, "2^64"));
}

TEST_F(GpuDeviceTest, OutOfMemorySaysWhatForAndHowMuch) {
  record_->memory_bytes = 64 << 20;
  Open();
  EXPECT_THAT(device_->Allocate(65 << 20, "weights"),
              IsError(absl::StatusCode::kResourceExhausted,
                      "no memory on Fake for weights: needed 65.00 MiB, free "
                      "64.00 MiB of 64.00 MiB: fakeMalloc: out of memory"));
  record_->memory_bytes = uint64_t{2} << 30;
  ASSERT_OK_AND_ASSIGN(std::optional<uint64_t> free, device_->FreeBytes());
  // What the driver itself needs is kept back.
  EXPECT_EQ(free, (uint64_t{2} << 30) - (512 << 20));
  record_->memory_bytes = 1 << 20;
  ASSERT_OK_AND_ASSIGN(free, device_->FreeBytes());
  EXPECT_EQ(free, 0u);
}

TEST_F(GpuDeviceTest, GraphAndEagerSeeWhatIsInMemoryNow) {
  for (GpuOptions options :
       {GpuOptions{true, false, false}, GpuOptions{false, false, false},
        GpuOptions{true, true, false}}) {
    Open(options);
    Load();
    ASSERT_OK_AND_ASSIGN(auto a, device_->Allocate(4, "a"));
    ASSERT_OK_AND_ASSIGN(auto b, device_->Allocate(4, "b"));
    ASSERT_OK_AND_ASSIGN(auto sequence, PrepareTwo(*a, *b));
    *record_ = [&] {
      FakeGpuRecord record = *record_;
      record.calls.clear();
      return record;
    }();
    int32_t expected = 0;
    for (int32_t value : {3, 10, -4}) {
      ASSERT_OK(Write(*a, value));
      ASSERT_OK(sequence->Run());
      expected = (expected + value) * 2;
      EXPECT_EQ(Read(*b), expected);
    }
    bool graph = options.graphs && !options.wait_for_each_launch;
    // One capture, whatever the number of runs.
    EXPECT_EQ(record_->calls["Instantiate"], graph ? 1 : 0);
    EXPECT_EQ(record_->calls["LaunchGraph"], graph ? 3 : 0);
    EXPECT_EQ(record_->calls["Launch"], graph ? 2 : 6);
    ASSERT_OK(sequence->RunLaunch(1, {}));
    EXPECT_EQ(Read(*b), expected * 2);
    std::vector<double> seconds = {1, 2};
    ASSERT_OK(sequence->RunTimed({1, 2}, absl::MakeSpan(seconds)));
    EXPECT_THAT(seconds, ::testing::ElementsAre(1.25, 2.25));
    // Together they are the graph that there is.
    std::vector<double> together = {1};
    ASSERT_OK(sequence->RunTimed({2}, absl::MakeSpan(together)));
    EXPECT_THAT(together, ::testing::ElementsAre(1.25));
    EXPECT_EQ(record_->calls["Instantiate"], graph ? 1 : 0);
    EXPECT_EQ(record_->calls["LaunchGraph"], graph ? 4 : 0);
    sequence.reset();
    code_.reset();
  }
}

TEST_F(GpuDeviceTest, RefusesWhatAGpuCannotRun) {
  Open();
  Load();
  ASSERT_OK_AND_ASSIGN(auto memory, device_->Allocate(4, "memory"));
  ASSERT_OK_AND_ASSIGN(const void *kernel, code_->FindKernel("double"));
  std::vector<DeviceBuffer> buffers = {{memory->address(), "memory"}};
  for (auto [workgroups, threads] : {std::pair<uint64_t, uint32_t>{0, 64},
                                     {4, 0},
                                     {uint64_t{1} << 31, 1},
                                     {uint64_t{1} << 26, 64}})
    EXPECT_THAT(
        device_->Prepare({{kernel, buffers, workgroups, "l0", threads}}),
        IsError(absl::StatusCode::kFailedPrecondition,
                absl::StrCat("launch \"l0\" of kernel double: expected a grid "
                             "of 1 to 2147483647 workgroups with fewer than "
                             "2^32 work-items, found ",
                             workgroups, " x ", threads)));
  EXPECT_THAT(code_->FindKernel("missing"),
              IsError(absl::StatusCode::kNotFound, "kernel \"missing\""));
  ASSERT_OK_AND_ASSIGN(auto sequence,
                       device_->Prepare({{kernel, buffers, 4, "l0", 64}}));
  EXPECT_THAT(sequence->RunLaunch(1, {}),
              IsError(absl::StatusCode::kOutOfRange, "launch 1 of 1"));
  EXPECT_THAT(sequence->RunLaunch(0, {2}),
              IsError(absl::StatusCode::kUnimplemented, "all workgroups"));
  ASSERT_OK_AND_ASSIGN(auto empty, device_->Prepare({}));
  EXPECT_OK(empty->Run());
  EXPECT_THAT(device_->LoadCode(AsBytes(code_bytes_), {"gfx950", "gfx950"}),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "target \"gfx950\"; Fake runs target \"gfx942\""));
}

/// Every call may be the one that fails: an error comes out, and all that was
/// made until then goes.
TEST_F(GpuDeviceTest, EveryFailureIsReportedAndEverythingReleased) {
  const std::vector<std::string> functions = {
      "MakeCurrent", "Allocate",      "AllocatePinned", "Clear",
      "CopyIn",      "CopyOut",       "CreateStream",   "Synchronize",
      "CreateEvent", "Record",        "LoadModule",     "FindFunction",
      "Launch",      "BeginCapture",  "EndCapture",     "Instantiate",
      "LaunchGraph", "SecondsBetween"};
  auto run = [&]() -> absl::Status {
    DSV4RUN_ASSIGN_OR_RETURN(
        device_, CreateGpuDevice(testing::CreateFakeGpuDriver(record_), {}));
    DSV4RUN_ASSIGN_OR_RETURN(
        code_, device_->LoadCode(AsBytes(code_bytes_), {"gfx942", "gfx942"}));
    DSV4RUN_ASSIGN_OR_RETURN(auto memory,
                             device_->AllocateTogether({{4, "a"}, {4, "b"}}));
    DSV4RUN_RETURN_IF_ERROR(code_->FindKernel("add").status());
    DSV4RUN_RETURN_IF_ERROR(code_->FindKernel("double").status());
    DSV4RUN_ASSIGN_OR_RETURN(auto sequence, PrepareTwo(*memory[0], *memory[1]));
    DSV4RUN_RETURN_IF_ERROR(Write(*memory[0], 1));
    DSV4RUN_RETURN_IF_ERROR(sequence->Run());
    std::vector<double> seconds(2);
    DSV4RUN_RETURN_IF_ERROR(
        sequence->RunTimed({1, 2}, absl::MakeSpan(seconds)));
    DSV4RUN_ASSIGN_OR_RETURN(auto upload, device_->BeginUpload(64, 2));
    DSV4RUN_ASSIGN_OR_RETURN(std::byte * piece, upload->Acquire());
    DSV4RUN_RETURN_IF_ERROR(upload->Send(piece, 4, memory[0]->address()));
    DSV4RUN_RETURN_IF_ERROR(upload->Finish());
    std::byte value[4];
    return device_->CopyOut(value, memory[1]->address());
  };
  ASSERT_OK(run());
  code_.reset();
  device_.reset();
  // The calls of a run without a fault, each of which is then made to fail.
  const std::map<std::string, int> calls = record_->calls;
  for (const std::string &function : functions) {
    // Releasing calls some functions, too, which fail in silence.
    ASSERT_GT(calls.count(function), 0u) << function;
    int failed = 0;
    for (int n = 1; n <= calls.at(function); ++n) {
      record_->calls.clear();
      record_->faults = {{{function, n}, absl::UnavailableError("the fault")}};
      absl::Status status = run();
      code_.reset();
      device_.reset();
      if (!status.ok()) {
        ++failed;
        EXPECT_THAT(status,
                    IsError(absl::StatusCode::kUnavailable, "the fault"));
      }
      EXPECT_THAT(record_->live, IsEmpty()) << function << " " << n;
    }
    EXPECT_GT(failed, 0) << function;
    record_->faults.clear();
  }
}

TEST_F(GpuDeviceTest, ErrorsNameTheLaunch) {
  for (bool each : {false, true}) {
    Open({true, each, false});
    Load();
    ASSERT_OK_AND_ASSIGN(auto a, device_->Allocate(4, "a"));
    ASSERT_OK_AND_ASSIGN(auto sequence, PrepareTwo(*a, *a));
    int synchronized = record_->calls["Synchronize"];
    record_->faults = {{{"Synchronize", synchronized + (each ? 2 : 1)},
                        absl::AbortedError("the fault")}};
    EXPECT_THAT(sequence->Run(),
                IsError(absl::StatusCode::kAborted,
                        each ? "running launch \"layers.0: double\" of kernel "
                               "double: the fault"
                             : "running graph of 2 launches: the fault"));
    sequence.reset();
    code_.reset();
  }
}

/// Pieces come back in any order and from any thread; bytes arrive where they
/// belong, though copies run as late as they may.
TEST_F(GpuDeviceTest, UploadsFromManyThreads) {
  Open();
  constexpr int kThreads = 4, kPieces = 64, kPieceBytes = 1000;
  ASSERT_OK_AND_ASSIGN(
      auto memory,
      device_->Allocate(kThreads * kPieces * kPieceBytes, "memory"));
  ASSERT_OK_AND_ASSIGN(auto upload,
                       device_->BeginUpload(kPieceBytes, kThreads + 1));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPieces; ++i) {
        int index = i * kThreads + t;
        auto piece = upload->Acquire();
        ASSERT_OK(piece);
        std::memset(*piece, index % 251, kPieceBytes);
        if (i % 7 == 0) { // given back unsent, as after an error
          ASSERT_OK(upload->Send(*piece, 0, memory->address()));
          auto again = upload->Acquire();
          ASSERT_OK(again);
          piece = again;
          std::memset(*piece, index % 251, kPieceBytes);
        }
        ASSERT_OK(upload->Send(*piece, kPieceBytes,
                               memory->address() + index * kPieceBytes));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  ASSERT_OK(upload->Finish());
  std::vector<std::byte> found(memory->bytes());
  ASSERT_OK(device_->CopyOut(absl::MakeSpan(found), memory->address()));
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_EQ(static_cast<int>(found[i]),
              static_cast<int>(i / kPieceBytes % 251))
        << i;
}

TEST_F(GpuDeviceTest, CompilesSourceOfItsDialectOnce) {
  testing::TempDir folder;
  setenv("DSV4_CACHE_DIR", folder.path().c_str(), 1);
  record_->compiled["source"] = "compiled code";
  Open();
  KernelSource source{"source", "gfx942", "fnuz"};
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(code_, device_->CompileCode(source));
    EXPECT_OK(code_->FindKernel("add"));
  }
  EXPECT_EQ(record_->calls["Compile"], 1);
  // Another source is another file; what doesn't compile leaves none.
  EXPECT_THAT(device_->CompileCode({"other", "gfx942", "fnuz"}),
              testing::IsInvalid("error: unknown type"));
  EXPECT_THAT(
      device_->CompileCode({"source", "gfx950", "ocp"}),
      IsError(absl::StatusCode::kFailedPrecondition,
              "for target \"gfx950\" with FP8 dialect ocp; Fake, gfx942, has "
              "fnuz"));
  EXPECT_EQ(record_->calls["Compile"], 2);
  EXPECT_FALSE(device_->prefers_source());
}

} // namespace
} // namespace dsv4run
