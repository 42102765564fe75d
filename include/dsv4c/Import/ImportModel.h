//===- ImportModel.h - From a model's configuration to dsv4 programs
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_IMPORT_IMPORTMODEL_H
#define DSV4C_IMPORT_IMPORTMODEL_H

#include "dsv4c/Import/ModelConfig.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace dsv4c {

struct ImportOptions {
  /// Positions that a sequence may reach; 0 stands for the model's own limit.
  int64_t maxContext = 0;
  /// Adds one program per layer and sub-layer, and observes the streams in
  /// @step.
  bool observe = false;
};

/// The model as dsv4 programs (spec section 4): @step, and @draft if the model
/// has a draft block. The module's `dsv4.config` holds what later stages ask:
/// the sizes, `page`, `max_context` and the verbatim `text` of config.json.
/// Emits a diagnostic and returns null if the options don't fit the model.
mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext &context,
                                              const ModelConfig &config,
                                              const ImportOptions &options);

} // namespace dsv4c

#endif // DSV4C_IMPORT_IMPORTMODEL_H
