//===- Jit.h - Run elementwise fp8 ops on arrays --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TEST_UNIT_FP8_JIT_H
#define DSV4C_TEST_UNIT_FP8_JIT_H

#include "mlir/ExecutionEngine/CRunnerUtils.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/MLIRContext.h"
#include <memory>
#include <string>
#include <vector>

namespace dsv4c::test {

/// A context with every dialect that the tests and their lowering need.
mlir::MLIRContext &context();

/// `text` with every `from` replaced by `to`.
std::string replaceAll(std::string text, const std::string &from,
                       const std::string &to);

/// Lowers the text of a module with the upstream pipeline and runs its function
/// @run, which has `llvm.emit_c_interface` and takes memrefs.
class ModuleJit {
public:
  explicit ModuleJit(const std::string &text);

  /// Each argument is a StridedMemRefType.
  template <typename... MemRefs>
  void run(MemRefs &...arguments) const {
    void *pointers[] = {&arguments...};
    invoke(pointers, sizeof...(arguments));
  }

private:
  void invoke(void **memrefs, size_t count) const;

  std::unique_ptr<mlir::ExecutionEngine> engine;
};

/// A row-major matrix as an argument of ModuleJit.
template <typename T>
StridedMemRefType<T, 2> matrix(std::vector<T> &data, int64_t rows,
                               int64_t columns) {
  return {data.data(), data.data(), 0, {rows, columns}, {columns, 1}};
}

/// Compiles `y = body(x)` for scalars (lanes = 1) or vectors and maps arrays.
/// `body` is the text of ops that use %x and define %y; @S@ in it stands for
/// nothing or `vector<Nx`, @E@ for nothing or `>`, so that a type is
/// `@S@f32@E@`.
class ElementwiseJit {
public:
  ElementwiseJit(const std::string &inputType, const std::string &outputType,
                 const std::string &body, int lanes);

  template <typename Out, typename In>
  std::vector<Out> map(std::vector<In> input) const {
    size_t size = input.size();
    input.resize((size + lanes - 1) / lanes * lanes);
    std::vector<Out> output(input.size());
    StridedMemRefType<In, 1> in{input.data(),
                                input.data(),
                                0,
                                {static_cast<int64_t>(input.size())},
                                {1}};
    StridedMemRefType<Out, 1> out{output.data(),
                                  output.data(),
                                  0,
                                  {static_cast<int64_t>(output.size())},
                                  {1}};
    jit.run(in, out);
    output.resize(size);
    return output;
  }

private:
  int lanes;
  ModuleJit jit;
};

/// The widths that every exhaustive test runs with.
inline constexpr int kLanes[] = {1, 16};

} // namespace dsv4c::test

#endif // DSV4C_TEST_UNIT_FP8_JIT_H
