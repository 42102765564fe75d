//===- MemorySource.h - Tensors that a test makes up ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_PACK_MEMORYSOURCE_H
#define DSV4RUN_UNITTEST_PACK_MEMORYSOURCE_H

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dsv4run/Checkpoint/TensorSource.h"

namespace dsv4run::testing {

/// A TensorSource over vectors. Tensors may be changed, added and removed at
/// any time when nothing reads: what the base class lists is rebuilt on
/// conversion.
class MemorySource {
public:
  /// Adds or replaces a tensor of zeros.
  std::vector<uint8_t> &Add(const std::string &name, DType dtype,
                            std::vector<uint64_t> shape) {
    TensorInfo info;
    info.name = name;
    info.dtype = dtype;
    info.bytes = SizeOf(dtype);
    for (uint64_t size : shape)
      info.bytes *= size;
    info.shape = std::move(shape);
    info.file = "memory";
    tensors_[name] = {info, std::vector<uint8_t>(info.bytes)};
    return tensors_[name].bytes;
  }
  std::vector<uint8_t> &Get(const std::string &name) {
    return tensors_.at(name).bytes;
  }
  void Remove(const std::string &name) { tensors_.erase(name); }
  void Rename(const std::string &from, const std::string &to) {
    tensors_[to] = std::move(tensors_.at(from));
    tensors_[to].info.name = to;
    tensors_.erase(from);
  }
  int reads() const { return reads_; }

  operator const TensorSource &() {
    snapshot_ = std::make_unique<Snapshot>(*this);
    return *snapshot_;
  }

private:
  struct Tensor {
    TensorInfo info;
    std::vector<uint8_t> bytes;
  };

  class Snapshot : public TensorSource {
  public:
    explicit Snapshot(MemorySource &source)
        : TensorSource(Infos(source)), source_(source) {}
    absl::string_view description() const override { return "memory"; }

  private:
    static std::vector<TensorInfo> Infos(const MemorySource &source) {
      std::vector<TensorInfo> infos;
      for (const auto &[name, tensor] : source.tensors_)
        infos.push_back(tensor.info);
      return infos;
    }
    absl::StatusOr<TensorView> Load(const TensorInfo &tensor) const override {
      ++source_.reads_;
      TensorView view;
      static_cast<TensorInfo &>(view) = tensor;
      view.data = reinterpret_cast<const std::byte *>(
          source_.tensors_.at(tensor.name).bytes.data());
      return view;
    }
    absl::Status ReadRange(const TensorInfo &tensor, uint64_t offset,
                           absl::Span<std::byte> destination) const override {
      ++source_.reads_;
      std::memcpy(destination.data(),
                  source_.tensors_.at(tensor.name).bytes.data() + offset,
                  destination.size());
      return absl::OkStatus();
    }
    MemorySource &source_;
  };

  std::map<std::string, Tensor> tensors_;
  std::unique_ptr<Snapshot> snapshot_;
  std::atomic<int> reads_{0};
};

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_PACK_MEMORYSOURCE_H
