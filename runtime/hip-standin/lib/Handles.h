//===- Handles.h - Live objects behind opaque handles -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_HANDLES_H
#define HIPSTANDIN_HANDLES_H

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace hipstandin {

/// Objects of one kind by their address, which is the handle that callers hold.
/// A handle that is not live is recognised; work in flight keeps the object.
template <class T>
class Handles {
public:
  template <class Handle>
  Handle add(std::shared_ptr<T> object) {
    std::lock_guard<std::mutex> lock(mutex_);
    void *key = object.get();
    objects_[key] = std::move(object);
    return static_cast<Handle>(key);
  }
  std::shared_ptr<T> find(const void *handle) const {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = objects_.find(handle);
    return it == objects_.end() ? nullptr : it->second;
  }
  std::shared_ptr<T> remove(const void *handle) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = objects_.find(handle);
    if (it == objects_.end())
      return nullptr;
    std::shared_ptr<T> object = std::move(it->second);
    objects_.erase(it);
    return object;
  }
  std::vector<std::shared_ptr<T>> all() const {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::shared_ptr<T>> out;
    for (const auto &entry : objects_)
      out.push_back(entry.second);
    return out;
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<const void *, std::shared_ptr<T>> objects_;
};

} // namespace hipstandin

#endif // HIPSTANDIN_HANDLES_H
