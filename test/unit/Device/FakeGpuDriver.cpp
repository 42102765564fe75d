//===- FakeGpuDriver.cpp - A GPU driver that runs on the host -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Device/FakeGpuDriver.h"

#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"
#include "gtest/gtest.h"

namespace dsv4run::testing {
namespace {

using Work = std::function<void()>;

struct Stream {
  std::vector<Work> queue;
  bool capturing = false;
  std::vector<Work> captured;

  void Add(Work work) {
    (capturing ? captured : queue).push_back(std::move(work));
  }
  void Run() {
    std::vector<Work> todo;
    todo.swap(queue);
    for (Work &work : todo)
      work();
  }
};

struct Event {
  Stream *stream = nullptr;
};

class FakeCompiler final : public GpuCompiler {
public:
  explicit FakeCompiler(std::shared_ptr<FakeGpuRecord> record)
      : record_(std::move(record)) {}
  const std::string &identity() const override { return identity_; }
  absl::StatusOr<std::string> Compile(const std::string &source,
                                      const std::string &) override {
    ++record_->calls["Compile"];
    auto it = record_->compiled.find(source);
    if (it == record_->compiled.end())
      return absl::InvalidArgumentError("kernels.hip:1: error: unknown type");
    return it->second;
  }

private:
  std::shared_ptr<FakeGpuRecord> record_;
  std::string identity_ = "fake compiler 1";
};

class FakeGpuDriver final : public GpuDriver {
public:
  explicit FakeGpuDriver(std::shared_ptr<FakeGpuRecord> record)
      : record_(std::move(record)) {
    properties_.name = "Fake";
    properties_.target = record_->target;
    properties_.fp8_format = record_->target == "gfx942" ? "fnuz" : "ocp";
    properties_.memory_bytes = record_->memory_bytes;
  }

  const GpuProperties &properties() const override { return properties_; }
  absl::Status MakeCurrent() override { return Call("MakeCurrent"); }

  absl::StatusOr<GpuMemory> MemoryInfo() override {
    DSV4RUN_RETURN_IF_ERROR(Call("MemoryInfo"));
    return GpuMemory{record_->memory_bytes - used_, record_->memory_bytes};
  }
  absl::StatusOr<std::byte *> Allocate(uint64_t bytes) override {
    DSV4RUN_RETURN_IF_ERROR(Call("Allocate"));
    if (bytes > record_->memory_bytes - used_)
      return absl::ResourceExhaustedError("fakeMalloc: out of memory");
    used_ += bytes;
    auto *address = static_cast<std::byte *>(
        std::aligned_alloc(4096, (bytes + 4095) & ~4095));
    std::memset(address, 0xCD, bytes);
    Live("memory", address);
    return address;
  }
  /// Waits for the device first, as HIP and CUDA do.
  absl::Status Free(std::byte *address) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (Stream *stream : streams_)
        stream->Run();
    }
    return FreeAny("memory", address);
  }
  absl::StatusOr<std::byte *> AllocatePinned(uint64_t bytes) override {
    DSV4RUN_RETURN_IF_ERROR(Call("AllocatePinned"));
    auto *address = static_cast<std::byte *>(std::malloc(bytes));
    Live("pinned", address);
    return address;
  }
  absl::Status FreePinned(std::byte *address) override {
    return FreeAny("pinned", address);
  }

  absl::Status CopyIn(std::byte *device, const std::byte *host, uint64_t bytes,
                      GpuHandle stream) override {
    return Add("CopyIn", stream, [=] { std::memcpy(device, host, bytes); });
  }
  absl::Status CopyOut(std::byte *host, const std::byte *device, uint64_t bytes,
                       GpuHandle stream) override {
    return Add("CopyOut", stream, [=] { std::memcpy(host, device, bytes); });
  }
  absl::Status CopyWithin(std::byte *to, const std::byte *from, uint64_t bytes,
                          GpuHandle stream) override {
    return Add("CopyWithin", stream, [=] { std::memmove(to, from, bytes); });
  }
  absl::Status Clear(std::byte *address, uint64_t bytes,
                     GpuHandle stream) override {
    return Add("Clear", stream, [=] { std::memset(address, 0, bytes); });
  }

  absl::StatusOr<GpuHandle> CreateStream() override {
    DSV4RUN_ASSIGN_OR_RETURN(GpuHandle stream,
                             Create<Stream>("CreateStream", "stream"));
    std::lock_guard<std::mutex> lock(mutex_);
    streams_.insert(static_cast<Stream *>(stream));
    return stream;
  }
  absl::Status DestroyStream(GpuHandle stream) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      streams_.erase(static_cast<Stream *>(stream));
    }
    return Destroy<Stream>("stream", stream);
  }
  absl::Status Synchronize(GpuHandle stream) override {
    std::lock_guard<std::mutex> lock(mutex_);
    static_cast<Stream *>(stream)->Run();
    return CallLocked("Synchronize");
  }

  absl::StatusOr<GpuHandle> CreateEvent() override {
    return Create<Event>("CreateEvent", "event");
  }
  absl::Status DestroyEvent(GpuHandle event) override {
    return Destroy<Event>("event", event);
  }
  absl::Status Record(GpuHandle event, GpuHandle stream) override {
    static_cast<Event *>(event)->stream = static_cast<Stream *>(stream);
    return Call("Record");
  }
  absl::Status SynchronizeEvent(GpuHandle event) override {
    std::lock_guard<std::mutex> lock(mutex_);
    static_cast<Event *>(event)->stream->Run();
    return CallLocked("SynchronizeEvent");
  }
  absl::StatusOr<double> SecondsBetween(GpuHandle, GpuHandle) override {
    DSV4RUN_RETURN_IF_ERROR(Call("SecondsBetween"));
    return 0.25;
  }

  absl::StatusOr<GpuHandle>
  LoadModule(absl::Span<const std::byte> image) override {
    DSV4RUN_RETURN_IF_ERROR(Call("LoadModule"));
    std::string text(reinterpret_cast<const char *>(image.data()),
                     image.size());
    bool known = record_->images.count(text) != 0;
    for (const auto &[source, code] : record_->compiled)
      known |= code == text;
    if (!known)
      return absl::FailedPreconditionError("fakeLoad: no binary for this GPU");
    return Create<int>("", "module");
  }
  absl::Status UnloadModule(GpuHandle module) override {
    return Destroy<int>("module", module);
  }
  absl::StatusOr<GpuHandle> FindFunction(GpuHandle, const char *name) override {
    DSV4RUN_RETURN_IF_ERROR(Call("FindFunction"));
    auto it = record_->kernels.find(name);
    if (it == record_->kernels.end())
      return absl::NotFoundError("fakeFind: no such symbol");
    return &it->second;
  }
  absl::StatusOr<std::unique_ptr<GpuCompiler>> OpenCompiler() override {
    return std::make_unique<FakeCompiler>(record_);
  }
  absl::Status Launch(GpuHandle function, const GpuGrid &grid,
                      absl::Span<void *> arguments, GpuHandle stream) override {
    // As a driver: arguments are copied at once.
    std::vector<void *> values;
    for (void *argument : arguments)
      values.push_back(*static_cast<void **>(argument));
    auto &kernel =
        *static_cast<std::function<void(std::vector<void *>)> *>(function);
    return Add("Launch", stream, [&kernel, values] { kernel(values); });
  }

  absl::Status BeginCapture(GpuHandle stream) override {
    static_cast<Stream *>(stream)->capturing = true;
    return Call("BeginCapture");
  }
  absl::StatusOr<GpuHandle> EndCapture(GpuHandle handle) override {
    auto *stream = static_cast<Stream *>(handle);
    stream->capturing = false;
    DSV4RUN_ASSIGN_OR_RETURN(GpuHandle graph,
                             Create<std::vector<Work>>("EndCapture", "graph"));
    static_cast<std::vector<Work> *>(graph)->swap(stream->captured);
    return graph;
  }
  absl::StatusOr<GpuHandle> Instantiate(GpuHandle graph) override {
    DSV4RUN_ASSIGN_OR_RETURN(
        GpuHandle executable,
        Create<std::vector<Work>>("Instantiate", "executable"));
    *static_cast<std::vector<Work> *>(executable) =
        *static_cast<std::vector<Work> *>(graph);
    return executable;
  }
  absl::Status LaunchGraph(GpuHandle executable, GpuHandle stream) override {
    auto work = *static_cast<std::vector<Work> *>(executable);
    return Add("LaunchGraph", stream, [work] {
      for (const Work &item : work)
        item();
    });
  }
  absl::Status DestroyGraph(GpuHandle graph) override {
    return Destroy<std::vector<Work>>("graph", graph);
  }
  absl::Status DestroyExecutable(GpuHandle executable) override {
    return Destroy<std::vector<Work>>("executable", executable);
  }

private:
  absl::Status Call(const std::string &function) {
    std::lock_guard<std::mutex> lock(mutex_);
    return CallLocked(function);
  }
  absl::Status CallLocked(const std::string &function) {
    int count = ++record_->calls[function];
    auto it = record_->faults.find({function, count});
    return it == record_->faults.end() ? absl::OkStatus() : it->second;
  }

  absl::Status Add(const std::string &function, GpuHandle stream, Work work) {
    std::lock_guard<std::mutex> lock(mutex_);
    DSV4RUN_RETURN_IF_ERROR(CallLocked(function));
    static_cast<Stream *>(stream)->Add(std::move(work));
    return absl::OkStatus();
  }

  void Live(const std::string &kind, const void *object) {
    std::lock_guard<std::mutex> lock(mutex_);
    record_->live.insert(absl::StrCat(
        kind, " 0x", absl::Hex(reinterpret_cast<uintptr_t>(object))));
  }
  absl::Status Dead(const std::string &kind, const void *object) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (record_->live.erase(absl::StrCat(
            kind, " 0x", absl::Hex(reinterpret_cast<uintptr_t>(object)))))
      return absl::OkStatus();
    ADD_FAILURE() << kind << " freed twice, or never made";
    return absl::InternalError("not live");
  }

  template <typename T>
  absl::StatusOr<GpuHandle> Create(const std::string &function,
                                   const std::string &kind) {
    DSV4RUN_RETURN_IF_ERROR(Call(function));
    T *object = new T();
    Live(kind, object);
    return GpuHandle(object);
  }
  template <typename T>
  absl::Status Destroy(const std::string &kind, GpuHandle handle) {
    DSV4RUN_RETURN_IF_ERROR(Dead(kind, handle));
    delete static_cast<T *>(handle);
    return absl::OkStatus();
  }
  absl::Status FreeAny(const std::string &kind, std::byte *address) {
    DSV4RUN_RETURN_IF_ERROR(Dead(kind, address));
    std::free(address);
    return absl::OkStatus();
  }

  std::shared_ptr<FakeGpuRecord> record_;
  GpuProperties properties_;
  std::mutex mutex_;
  std::set<Stream *> streams_;
  uint64_t used_ = 0;
};

} // namespace

std::unique_ptr<GpuDriver>
CreateFakeGpuDriver(std::shared_ptr<FakeGpuRecord> record) {
  return std::make_unique<FakeGpuDriver>(std::move(record));
}

} // namespace dsv4run::testing
