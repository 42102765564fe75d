//===- Compiler.h - A model to a bundle, stage by stage ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TOOLS_DSV4C_COMPILER_H
#define DSV4C_TOOLS_DSV4C_COMPILER_H

#include "Backend.h"
#include "Commands.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>
#include <vector>

namespace dsv4c {

/// Where to stop.
enum class Emit { Bundle, Graph, Tile, Exec, LLVM, Asm, Object, Hip };

/// What the flags say.
struct CompileRequest {
  std::string input, output;
  std::vector<std::string> targets;
  Emit emit;
  int64_t maxBatch, maxContext;
  std::vector<int64_t> buckets;
  bool observe, ignoreGates, hipSource;
  std::string fp8, march;
  unsigned jobs;
  std::string dumpDir, report;
};

class Compiler {
public:
  Compiler(CompileRequest request, mlir::MLIRContext &context,
           StageHook afterStage)
      : request(std::move(request)), context(context),
        afterStage(std::move(afterStage)) {}

  /// An exit code.
  int run();

private:
  /// The compilation for one target: facts decide the pipelines' options.
  struct Target {
    const tile::TargetFacts *facts;
    std::unique_ptr<PipelineOptions> options;
    std::unique_ptr<Backend> backend;
    mlir::OwningOpRef<mlir::ModuleOp> module;
    int stages = 0;
  };

  bool checkFlags();
  bool checkTargets();
  bool checkNumbers();
  bool addTarget(const tile::TargetFacts &facts);
  /// Complains now about an output that could not be written in the end.
  bool checkOutput();

  /// Everything up to relocatable objects; stops where the request says.
  mlir::LogicalResult compile(Target &target);
  /// Ends a stage: runs the hook and dumps the module.
  mlir::LogicalResult finishStage(Target &target, mlir::StringRef name);
  mlir::LogicalResult runStage(
      Target &target, mlir::StringRef name,
      llvm::function_ref<void(mlir::OpPassManager &, const PipelineOptions &)>
          build);
  mlir::LogicalResult compileKernels(Target &target);
  /// Links everything and writes the bundle or the objects.
  mlir::LogicalResult finish();
  mlir::LogicalResult writeObjects(llvm::ArrayRef<bundle::CodeObject> objects);
  mlir::LogicalResult writeReports();
  mlir::LogicalResult writeReport(Target &target, llvm::raw_ostream &os);

  mlir::LogicalResult dump(Target &target, mlir::StringRef name,
                           llvm::function_ref<void(llvm::raw_ostream &)> write);
  mlir::LogicalResult
  emitText(llvm::function_ref<mlir::LogicalResult(llvm::raw_ostream &)> write);

  const CompileRequest request;
  mlir::MLIRContext &context;
  const StageHook afterStage;
  std::vector<Target> targets;
};

} // namespace dsv4c

#endif // DSV4C_TOOLS_DSV4C_COMPILER_H
