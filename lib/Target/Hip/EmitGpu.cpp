//===- EmitGpu.cpp - Threads, barriers and instructions -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionEmitter.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::hip;

namespace {
/// An op of the ROCDL dialect, or an intrinsic, that is a builtin with the same
/// arguments: its operands, then the attribute, as a number.
struct Intrinsic {
  llvm::StringLiteral name;    ///< without "rocdl." or "llvm.amdgcn."
  llvm::StringLiteral builtin; ///< without "__builtin_amdgcn_"
  /// Of arguments that are vectors: their element in C++, or "" for none.
  llvm::StringLiteral element = "";
  llvm::StringLiteral attribute = "";
  /// Whether it only computes: no other lane, no order.
  bool isPure = true;
};
} // namespace

static constexpr Intrinsic kIntrinsics[] = {
    // Matrices. The last three operands are constants.
    {"mfma.f32.16x16x32.fp8.fp8", "mfma_f32_16x16x32_fp8_fp8"},
    {"mfma.f32.16x16x32.fp8.bf8", "mfma_f32_16x16x32_fp8_bf8"},
    {"mfma.f32.16x16x32.bf8.fp8", "mfma_f32_16x16x32_bf8_fp8"},
    {"mfma.f32.16x16x32.bf8.bf8", "mfma_f32_16x16x32_bf8_bf8"},
    {"mfma.f32.32x32x16.fp8.fp8", "mfma_f32_32x32x16_fp8_fp8"},
    {"mfma.f32.32x32x16.fp8.bf8", "mfma_f32_32x32x16_fp8_bf8"},
    {"mfma.f32.32x32x16.bf8.fp8", "mfma_f32_32x32x16_bf8_fp8"},
    {"mfma.f32.32x32x16.bf8.bf8", "mfma_f32_32x32x16_bf8_bf8"},
    {"mfma.f32.16x16x16bf16.1k", "mfma_f32_16x16x16bf16_1k", "i16"},
    {"mfma.f32.32x32x8bf16.1k", "mfma_f32_32x32x8bf16_1k", "i16"},
    {"mfma.f32.16x16x4f32", "mfma_f32_16x16x4f32"},
    {"mfma.f32.32x32x2f32", "mfma_f32_32x32x2f32"},
    {"mfma.f32.16x16x32.bf16", "mfma_f32_16x16x32_bf16", "bfloat"},
    {"mfma.f32.32x32x16.bf16", "mfma_f32_32x32x16_bf16", "bfloat"},
    {"mfma.scale.f32.16x16x128.f8f6f4", "mfma_scale_f32_16x16x128_f8f6f4",
     "i32"},
    {"mfma.scale.f32.32x32x64.f8f6f4", "mfma_scale_f32_32x32x64_f8f6f4", "i32"},
    // Conversions.
    {"cvt.pk.f32.fp8", "cvt_pk_f32_fp8", "", "wordSel"},
    {"cvt.pk.f32.bf8", "cvt_pk_f32_bf8", "", "wordSel"},
    {"cvt.pk.fp8.f32", "cvt_pk_fp8_f32", "", "wordSel"},
    {"cvt.pk.bf8.f32", "cvt_pk_bf8_f32", "", "wordSel"},
    {"cvt.scalef32.pk.f32.fp4", "cvt_scalef32_pk_f32_fp4", "", "srcSelIndex"},
    // Bits and numbers.
    {"perm", "perm"},
    {"alignbyte", "alignbyte"},
    {"fmed3", "fmed3f"},
    // Across lanes.
    {"readfirstlane", "readfirstlane", "", "", false},
    {"readlane", "readlane", "", "", false},
    {"ds_bpermute", "ds_bpermute", "", "", false},
    {"ds.bpermute", "ds_bpermute", "", "", false},
    // Order and scheduling.
    {"s.barrier", "s_barrier", "", "", false},
    {"sched.barrier", "sched_barrier", "", "mask", false},
    {"s.setprio", "s_setprio", "", "priority", false},
};

static const Intrinsic *findIntrinsic(StringRef name) {
  for (const Intrinsic &intrinsic : kIntrinsics)
    if (name == intrinsic.name)
      return &intrinsic;
  return nullptr;
}

LogicalResult FunctionEmitter::emitIntrinsic(Operation *op, StringRef name) {
  const Intrinsic *intrinsic = findIntrinsic(name);
  if (!intrinsic || op->getNumResults() > 1)
    return noTranslation(op);
  std::string list, type;
  auto append = [&](const std::string &argument) {
    list += (list.empty() ? "" : ", ") + argument;
  };
  for (Value argument : op->getOperands()) {
    if (failed(requireType(op, argument.getType(), type)))
      return failure();
    bool isCast = !intrinsic->element.empty() &&
                  isCppVector(argument.getType()) &&
                  !elementType(argument.getType()).isF32();
    append(isCast ? llvm::formatv(
                        "__builtin_bit_cast({0}, {1})",
                        file.types.vector(intrinsic->element.str(),
                                          numElements(argument.getType())),
                        use(argument))
                        .str()
                  : use(argument));
  }
  if (!intrinsic->attribute.empty()) {
    auto attribute = op->getAttrOfType<IntegerAttr>(intrinsic->attribute);
    if (!attribute)
      return noTranslation(op, " without the attribute '" +
                                   Twine(intrinsic->attribute) + "'");
    append(attribute.getType().isInteger(1)
               ? (attribute.getValue().isZero() ? "false" : "true")
               : std::to_string(attribute.getInt()));
  }
  std::string call =
      ("__builtin_amdgcn_" + intrinsic->builtin + "(" + list + ")").str();
  if (op->getNumResults() == 0) {
    comment(op);
    statement(call + ";");
    return success();
  }
  Value result = op->getResult(0);
  if (failed(requireType(op, result.getType(), type)))
    return failure();
  // Builtins have vector types of their own, which a variable converts.
  return intrinsic->isPure && !isCppVector(result.getType())
             ? bind(result, call, Binding::Primary)
             : define(result, call);
}

LogicalResult FunctionEmitter::emitShuffle(gpu::ShuffleOp op) {
  if (!op.getValid().use_empty())
    return noTranslation(op, " of its second result");
  Type type = op.getValue().getType();
  if (!type.isF32() && !type.isInteger(32))
    return noTranslation(op, " of " + Twine(elementBits(type)) + " bits");
  file.helpers.insert(Helper::LaneId);
  file.helpers.insert(Helper::Shuffle);
  auto source = [&]() -> std::string {
    switch (op.getMode()) {
    case gpu::ShuffleMode::XOR:
      return "lane_id() ^ " + operand(op.getOffset());
    case gpu::ShuffleMode::DOWN:
      return "lane_id() + " + operand(op.getOffset());
    case gpu::ShuffleMode::UP:
      return "lane_id() - " + operand(op.getOffset());
    case gpu::ShuffleMode::IDX:
      return use(op.getOffset());
    }
    llvm_unreachable("all modes are handled");
  };
  return define(op.getShuffleResult(), "shuffle(" + use(op.getValue()) + ", " +
                                           source() + ", " +
                                           use(op.getWidth()) + ")");
}

static const char *nameOf(gpu::Dimension dimension) {
  return dimension == gpu::Dimension::x   ? "x"
         : dimension == gpu::Dimension::y ? "y"
                                          : "z";
}

LogicalResult FunctionEmitter::emitGpu(Operation *op) {
  auto index = [&](const char *what, gpu::Dimension dimension) {
    return bind(
        op->getResult(0),
        llvm::formatv("__builtin_amdgcn_{0}_id_{1}()", what, nameOf(dimension)),
        Binding::Primary);
  };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](gpu::ThreadIdOp op) {
        return index("workitem", op.getDimension());
      })
      .Case([&](gpu::BlockIdOp op) {
        return index("workgroup", op.getDimension());
      })
      .Case([&](gpu::LaneIdOp op) {
        file.helpers.insert(Helper::LaneId);
        return bind(op.getResult(), "lane_id()", Binding::Primary);
      })
      .Case([&](gpu::BarrierOp) {
        file.helpers.insert(Helper::WorkgroupBarrier);
        statement("workgroup_barrier();");
        return success();
      })
      .Case([&](amdgpu::LDSBarrierOp) {
        file.helpers.insert(Helper::LdsBarrier);
        statement("lds_barrier();");
        return success();
      })
      .Case([&](gpu::ShuffleOp op) { return emitShuffle(op); })
      .Case([&](LLVM::CallIntrinsicOp op) -> LogicalResult {
        StringRef name = op.getIntrin();
        if (!name.consume_front("llvm.amdgcn."))
          return noTranslation(op, " of '" + name + "'");
        return emitIntrinsic(op, name);
      })
      .Default([&](Operation *op) -> LogicalResult {
        StringRef name = op->getName().getStringRef();
        if (!name.consume_front("rocdl."))
          return noTranslation(op);
        return emitIntrinsic(op, name);
      });
}
