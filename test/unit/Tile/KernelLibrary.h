//===- KernelLibrary.h - Compile and run kernels in tests -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TEST_UNIT_TILE_KERNELLIBRARY_H
#define DSV4C_TEST_UNIT_TILE_KERNELLIBRARY_H

#include "dsv4c/Target/Host/HostObject.h"
#include "mlir/IR/MLIRContext.h"
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace dsv4c::test {

/// A context with every dialect that kernels consist of.
mlir::MLIRContext &context();

/// The levels that this machine can run.
std::vector<std::string> runnableLevels();

/// Compiled kernels, loaded into the process.
class KernelLibrary {
public:
  /// Compiles `text` or throws std::runtime_error, which fails the test.
  explicit KernelLibrary(const std::string &text,
                         const std::string &march = "x86-64-v3",
                         unsigned optLevel = 2, unsigned numThreads = 1);
  ~KernelLibrary();
  KernelLibrary(const KernelLibrary &) = delete;
  KernelLibrary &operator=(const KernelLibrary &) = delete;

  using Function = void (*)(void *const *, int64_t, int64_t);
  Function get(const std::string &name) const;

  /// Runs workgroups [0, numWorkgroups).
  void run(const std::string &name, std::vector<void *> buffers,
           int64_t numWorkgroups = 1) const;

private:
  void *handle = nullptr;
  int file = -1;
};

/// An array aligned as kernels expect it.
template <typename T>
class Array {
public:
  explicit Array(size_t size, T value = T())
      : count(size), data_(static_cast<T *>(std::aligned_alloc(
                               64, (size * sizeof(T) + 127) / 64 * 64)),
                           &std::free) {
    std::fill(begin(), end(), value);
  }
  T *data() const { return data_.get(); }
  T *begin() const { return data(); }
  T *end() const { return data() + count; }
  size_t size() const { return count; }
  T &operator[](size_t i) const { return data()[i]; }
  operator void *() const { return data(); }
  std::vector<T> vector() const { return {begin(), end()}; }

private:
  size_t count;
  std::unique_ptr<T, decltype(&std::free)> data_;
};

/// Uniform in [-1, 1).
inline Array<float> randomFloats(size_t size, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-1, 1);
  Array<float> result(size);
  for (float &value : result)
    value = distribution(generator);
  return result;
}

/// `text` with every `$name` replaced.
std::string
substitute(std::string text,
           std::vector<std::pair<std::string, std::string>> replacements);

} // namespace dsv4c::test

#endif // DSV4C_TEST_UNIT_TILE_KERNELLIBRARY_H
