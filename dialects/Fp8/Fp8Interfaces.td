//===- Fp8Interfaces.td - Interfaces of the fp8 dialect -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_INTERFACES
#define DSV4C_FP8_INTERFACES

include "mlir/IR/OpBase.td"

def Fp8_WeightSourceOpInterface : OpInterface<"WeightSourceOpInterface"> {
  let cppNamespace = "::dsv4c::fp8";
  let description = [{
    Implemented by ops whose results are tensors of a checkpoint. Their bytes are
    in the dialect of the file, whatever the target: fp8-legalize leaves the
    types of these results alone and inserts a `fp8.recast` behind them.
  }];
  let methods = [
    InterfaceMethod<
      /*desc=*/"The results that hold bytes of the checkpoint.",
      /*retTy=*/"::mlir::ResultRange",
      /*methodName=*/"getCheckpointWeights",
      /*args=*/(ins),
      /*methodBody=*/"",
      /*defaultImplementation=*/"return $_op->getResults();">
  ];
}

#endif // DSV4C_FP8_INTERFACES
