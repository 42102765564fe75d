//===- KernelWriter.cpp - A kernel while its parts are written ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelWriter.h"
#include "dsv4run/Abi/StepAbi.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

Value dsv4c::storageOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto launch = dyn_cast<dsv4::LaunchOp>(op)) {
      Operation *yield = launch.getBody().front().getTerminator();
      value = yield->getOperand(cast<OpResult>(value).getResultNumber());
    } else if (auto heads = dyn_cast<dsv4::HeadsOp>(op)) {
      value = heads.getInput();
    } else if (auto insert = dyn_cast<dsv4::InsertKeysOp>(op)) {
      value = insert.getCache();
    } else if (auto compress = dyn_cast<dsv4::CompressOp>(op)) {
      value = compress.getCache();
    } else if (auto commit = dyn_cast<dsv4::CommitRowsOp>(op)) {
      value = commit.getRows();
    } else {
      break;
    }
  }
  return value;
}

Type dsv4c::inputType(MLIRContext *context) {
  return RankedTensorType::get({ShapedType::kDynamic},
                               IntegerType::get(context, 32));
}

Type dsv4c::scratchType(MLIRContext *context) {
  return RankedTensorType::get({ShapedType::kDynamic},
                               Float32Type::get(context));
}

Type dsv4c::heldType(Value storage) {
  auto tensor = dyn_cast<RankedTensorType>(storage.getType());
  if (tensor && tensor.getElementType().isInteger(64))
    return tensor.clone(IntegerType::get(tensor.getContext(), 32));
  return storage.getType();
}

int64_t dsv4c::rowsPerToken(Type type) {
  ArrayRef<int64_t> shape;
  if (auto scaled = dyn_cast<fp8::ScaledType>(type))
    shape = scaled.getShape();
  else
    shape = cast<RankedTensorType>(type).getShape();
  int64_t rows = 1;
  for (int64_t size : shape.drop_front().drop_back())
    rows *= size;
  return rows;
}

/// Bytes of a fragment of the part of a weight, 0 if it has none: its scales
/// never have.
static int64_t fragmentOf(Type holds, exec::Part part) {
  fp8::LayoutAttr layout;
  if (auto scaled = dyn_cast<fp8::ScaledType>(holds))
    layout = scaled.getLayout();
  else if (auto tensor = dyn_cast<RankedTensorType>(holds))
    layout = dyn_cast_or_null<fp8::LayoutAttr>(tensor.getEncoding());
  bool isScales = part == exec::Part::Scales;
  return layout && !isScales ? layout.getFragment() : 0;
}

KernelWriter::KernelWriter(ModuleOp module, StringRef name, Location loc,
                           const PoolGeometry &pool, const StepSizes &sizes,
                           tile::ScaleFolding scaleFolding)
    : b(loc, module.getContext()), pool(pool), sizes(sizes),
      scaleFolding(scaleFolding) {
  b.setInsertionPointToEnd(module.getBody());
  OperationState state(loc, tile::KernelOp::getOperationName());
  Type index = b.getIndexType();
  state.addAttribute(SymbolTable::getSymbolAttrName(), b.getStringAttr(name));
  state.addAttribute("function_type",
                     TypeAttr::get(b.getFunctionType({index}, {})));
  state.addAttribute("workgroups", b.getI64IntegerAttr(1));
  Block &body = state.addRegion()->emplaceBlock();
  body.addArgument(index, loc);
  kernel = cast<tile::KernelOp>(b.create(state));
  attributes.push_back(b.getDictionaryAttr({}));
  b.setInsertionPointToStart(&body);
}

Value KernelWriter::parameter(const Parameter &wanted, MemRefType type,
                              Type holds) {
  Block &body = kernel.getBody().front();
  for (auto [i, have] : llvm::enumerate(parameters)) {
    Value argument = body.getArgument(i + 1);
    if (have.value != wanted.value || have.input != wanted.input ||
        have.part != wanted.part || have.scratch != wanted.scratch ||
        argument.getType() != type)
      continue;
    if (wanted.writes && !have.writes) {
      have.writes = true;
      NamedAttrList list(cast<DictionaryAttr>(attributes[i + 1]));
      list.set("exec.writes", b.getUnitAttr());
      attributes[i + 1] = list.getDictionary(b.getContext());
    }
    return argument;
  }
  NamedAttrList list;
  list.set("exec.holds", TypeAttr::get(holds));
  list.set("exec.part", exec::PartAttr::get(b.getContext(), wanted.part));
  if (int64_t fragment = fragmentOf(holds, wanted.part))
    list.set(tile::KernelOp::kFragmentAttrName, b.getI64IntegerAttr(fragment));
  if (wanted.writes)
    list.set("exec.writes", b.getUnitAttr());
  attributes.push_back(list.getDictionary(b.getContext()));
  parameters.push_back(wanted);
  return body.addArgument(type, b.getLoc());
}

Value KernelWriter::buffer(Value value, exec::Part part, Shape shape,
                           Type element, bool writes) {
  Value storage = storageOf(value);
  return parameter({storage, {}, part, writes}, MemRefType::get(shape, element),
                   heldType(storage));
}

Value KernelWriter::input(StringRef name, Shape shape, bool writes) {
  auto type = MemRefType::get(shape, b.getI32Type());
  return parameter({{}, name, exec::Part::Whole, writes}, type,
                   inputType(b.getContext()));
}

Value KernelWriter::scratch(Shape shape) {
  return parameter({{}, {}, exec::Part::Whole, true, nextScratch++},
                   MemRefType::get(shape, b.getF32Type()),
                   scratchType(b.getContext()));
}

Value KernelWriter::arrive(Value index, int64_t counters, int64_t of) {
  Value buffer = input(dsv4run::abi::kArrivals, {dsv4run::abi::kArrivalsSize},
                       /*writes=*/true);
  Value at = b.addIndex(index, nextCounter);
  nextCounter += counters;
  return tile::ArriveOp::create(b, b.getI1Type(), buffer, at, of);
}

Value KernelWriter::rowCount(bool outputRows) {
  Value counts = input(dsv4run::abi::kCounts, {dsv4run::abi::kCountsSize});
  return b.loadIndex(counts, b.index(outputRows ? 1 : 0));
}

Value KernelWriter::tokenField(StringRef name, Value row) {
  return b.loadIndex(input(name, {sizes.tokens}), row);
}

tile::KernelOp KernelWriter::finish(int64_t workgroups) {
  tile::ReturnOp::create(b);
  kernel.setFunctionType(
      b.getFunctionType(kernel.getBody().front().getArgumentTypes(), {}));
  kernel.setArgAttrsAttr(b.getArrayAttr(attributes));
  kernel.setWorkgroups(workgroups);
  return kernel;
}
