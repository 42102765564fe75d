// What a recast can't represent stops the program with a message; nothing wrong
// comes out. (abort does not flush, hence stdbuf.)

// DEFINE: %{lower} = dsv4-opt %s --fp8-lower-to-linalg --reconcile-unrealized-casts --fp8-expand-conversions --one-shot-bufferize=bufferize-function-boundaries --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-to-llvm --reconcile-unrealized-casts
// DEFINE: %{run} = mlir-runner --entry-point-result=i32 --shared-libs=%runner_libs -e

// RUN: %{lower} -o %t.mlir
// RUN: not --crash stdbuf -o0 %{run} code_7f %t.mlir | FileCheck %s --check-prefix=CODE
// RUN: not --crash stdbuf -o0 %{run} code_80_fnuz %t.mlir | FileCheck %s --check-prefix=FNUZ
// RUN: not --crash stdbuf -o0 %{run} scale_254 %t.mlir | FileCheck %s --check-prefix=SCALE
// RUN: not --crash stdbuf -o0 %{run} scale_255 %t.mlir | FileCheck %s --check-prefix=SCALE
// RUN: not --crash stdbuf -o0 %{run} scale_0_down %t.mlir | FileCheck %s --check-prefix=DOWN
// RUN: %{run} scale_253 %t.mlir | FileCheck %s --check-prefix=GOOD

// CODE: fp8.recast: a code of e4m3 ocp (bias 7) has no value in e4m3 fnuz (bias 8)
// FNUZ: fp8.recast: a code of e4m3 fnuz (bias 8) has no value in e4m3 ocp (bias 7)
// SCALE: fp8.recast: a scale times 2^1 is out of the range of its type
// DOWN: fp8.recast: a scale times 2^-1 is out of the range of its type
// The code 80 became 00, and the scale byte 253 became 254.
// GOOD: 254

!ocp = !fp8.scaled<1x2, e4m3 ocp bias 7, e8m0 1x2, shift 0, largest 448, row_major>
!fnuz = !fp8.scaled<1x2, e4m3 fnuz bias 8, e8m0 1x2, shift 0, largest 224, row_major>

func.func private @to_fnuz(%c: tensor<1x2xi8>, %s: tensor<1x1xi8>) -> i32 {
  %i = arith.constant 0 : index
  %x = builtin.unrealized_conversion_cast %c, %s : tensor<1x2xi8>, tensor<1x1xi8> to !ocp
  %y = fp8.recast %x : !ocp to !fnuz
  %d, %t = builtin.unrealized_conversion_cast %y : !fnuz to tensor<1x2xi8>, tensor<1x1xi8>
  %code = tensor.extract %d[%i, %i] : tensor<1x2xi8>
  %scale = tensor.extract %t[%i, %i] : tensor<1x1xi8>
  %sum = arith.addi %code, %scale : i8
  %r = arith.extui %sum : i8 to i32
  return %r : i32
}

func.func private @to_ocp(%c: tensor<1x2xi8>, %s: tensor<1x1xi8>) -> i32 {
  %i = arith.constant 0 : index
  %x = builtin.unrealized_conversion_cast %c, %s : tensor<1x2xi8>, tensor<1x1xi8> to !fnuz
  %y = fp8.recast %x : !fnuz to !ocp
  %d, %t = builtin.unrealized_conversion_cast %y : !ocp to tensor<1x2xi8>, tensor<1x1xi8>
  %code = tensor.extract %d[%i, %i] : tensor<1x2xi8>
  %scale = tensor.extract %t[%i, %i] : tensor<1x1xi8>
  %sum = arith.addi %code, %scale : i8
  %r = arith.extui %sum : i8 to i32
  return %r : i32
}

func.func @code_7f() -> i32 {
  %c = arith.constant dense<[[0x38, 0x7F]]> : tensor<1x2xi8>
  %s = arith.constant dense<127> : tensor<1x1xi8>
  %r = call @to_fnuz(%c, %s) : (tensor<1x2xi8>, tensor<1x1xi8>) -> i32
  return %r : i32
}

func.func @code_80_fnuz() -> i32 {
  %c = arith.constant dense<[[0x38, 0x80]]> : tensor<1x2xi8>
  %s = arith.constant dense<127> : tensor<1x1xi8>
  %r = call @to_ocp(%c, %s) : (tensor<1x2xi8>, tensor<1x1xi8>) -> i32
  return %r : i32
}

func.func @scale_253() -> i32 {
  %c = arith.constant dense<[[0x80, 0x38]]> : tensor<1x2xi8>
  %s = arith.constant dense<253> : tensor<1x1xi8>
  %r = call @to_fnuz(%c, %s) : (tensor<1x2xi8>, tensor<1x1xi8>) -> i32
  return %r : i32
}

func.func @scale_254() -> i32 {
  %c = arith.constant dense<[[0x38, 0x38]]> : tensor<1x2xi8>
  %s = arith.constant dense<254> : tensor<1x1xi8>
  %r = call @to_fnuz(%c, %s) : (tensor<1x2xi8>, tensor<1x1xi8>) -> i32
  return %r : i32
}

func.func @scale_255() -> i32 {
  %c = arith.constant dense<[[0x38, 0x38]]> : tensor<1x2xi8>
  %s = arith.constant dense<255> : tensor<1x1xi8>
  %r = call @to_fnuz(%c, %s) : (tensor<1x2xi8>, tensor<1x1xi8>) -> i32
  return %r : i32
}

func.func @scale_0_down() -> i32 {
  %c = arith.constant dense<[[0x38, 0x38]]> : tensor<1x2xi8>
  %s = arith.constant dense<0> : tensor<1x1xi8>
  %r = call @to_ocp(%c, %s) : (tensor<1x2xi8>, tensor<1x1xi8>) -> i32
  return %r : i32
}
