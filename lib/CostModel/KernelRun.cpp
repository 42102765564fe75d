//===- KernelRun.cpp - The integers of a kernel, executed -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/KernelRun.h"
#include "IntegerOps.h"
#include "NeededIntegers.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::cost;

namespace {

int64_t bytesOf(Type element) {
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

class Interpreter {
public:
  Interpreter(tile::KernelOp kernel, ArrayRef<Contents> contents,
              int64_t lineBytes)
      : kernel(kernel), contents(contents), needed(findNeeded(kernel)) {
    run.workgroups = kernel.getWorkgroups();
    run.buffers.resize(contents.size(),
                       {LineSet(lineBytes), LineSet(lineBytes)});
  }

  FailureOr<KernelRun> execute() {
    Block &body = kernel.getBody().front();
    Integers &workgroup = values.of(body.getArgument(0));
    Steps steps = compile(body);
    for (int64_t i = 0; i < run.workgroups && !failed; ++i) {
      workgroup.known = true;
      workgroup.elements[0] = i;
      runSteps(steps);
    }
    if (failed)
      return failure();
    for (auto &[block, count] : counts)
      run.executions[block] = count;
    return std::move(run);
  }

private:
  using Step = std::function<void()>;
  struct Steps {
    std::vector<Step> list;
    int64_t *count;
  };

  void runSteps(const Steps &steps) {
    ++*steps.count;
    for (const Step &step : steps.list) {
      if (failed)
        return;
      step();
    }
  }

  Steps compile(Block &block) {
    Steps steps;
    counts.emplace_back(&block, 0);
    steps.count = &counts.back().second;
    for (Operation &op : block.without_terminator())
      if (Step step = compileOp(op))
        steps.list.push_back(std::move(step));
    return steps;
  }

  Step compileOp(Operation &op) {
    return llvm::TypeSwitch<Operation *, Step>(&op)
        .Case<scf::ForOp>([&](auto loop) { return compileFor(loop); })
        .Case<scf::IfOp>([&](auto branch) { return compileIf(branch); })
        .Case<memref::LoadOp, tile::LoadOp>(
            [&](auto load) { return compileLoad(load); })
        .Case<tile::StoreOp>([&](auto store) {
          return access(store, store.getDestination(), store.getIndices(),
                        store.getValue().getType(), store.getValid(),
                        /*writes=*/true, nullptr);
        })
        .Case<tile::GatherOp>([&](auto gather) {
          return rows(gather, gather.getSource(), gather.getRows(),
                      gather.getColumns(), gather.getResult().getType(),
                      /*writes=*/false, integersOf(gather.getResult()));
        })
        .Case<tile::ScatterOp>([&](auto scatter) {
          return rows(scatter, scatter.getDestination(), scatter.getRows(),
                      scatter.getColumns(), scatter.getValue().getType(),
                      /*writes=*/true, nullptr);
        })
        .Case<tile::TopKOp>([&](auto op) { return compileTopK(op); })
        .Case<tile::ArriveOp>([&](auto op) { return compileArrive(op); })
        .Default([&](Operation *other) -> Step {
          if (llvm::none_of(other->getResults(),
                            [&](Value v) { return needed.contains(v); }))
            return nullptr;
          return compileIntegerOp(other, values);
        });
  }

  /// Null if nothing depends on the value.
  Integers *integersOf(Value value) {
    return needed.contains(value) ? &values.of(value) : nullptr;
  }

  void fail(Operation *op, StringRef label, StringRef what) {
    if (!failed)
      op->emitOpError("[") << label << "] in kernel '" << kernel.getSymName()
                           << "': " << what
                           << " depends on data that the cost model doesn't "
                              "know";
    failed = true;
  }

  Step compileFor(scf::ForOp loop) {
    Integers *lower = &values.of(loop.getLowerBound());
    Integers *upper = &values.of(loop.getUpperBound());
    Integers *step = &values.of(loop.getStep());
    Integers *variable = &values.of(loop.getInductionVar());
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    std::vector<std::pair<Integers *, Integers *>> init, next, results;
    for (auto [argument, start, back, result] :
         llvm::zip(loop.getRegionIterArgs(), loop.getInitArgs(),
                   yield.getOperands(), loop.getResults()))
      if (needed.contains(argument)) {
        init.emplace_back(&values.of(argument), &values.of(start));
        next.emplace_back(&values.of(argument), &values.of(back));
        if (needed.contains(result))
          results.emplace_back(&values.of(result), &values.of(argument));
      }
    Steps body = compile(*loop.getBody());
    int64_t *entries = &run.entries[loop.getBody()];
    return [=] {
      // [kernel_run_c1]
      if (!lower->known || !upper->known || !step->known ||
          step->elements[0] <= 0)
        return fail(loop, "kernel_run_c1", "a loop's bound");
      for (auto [to, from] : init)
        *to = *from;
      int64_t end = upper->elements[0], by = step->elements[0];
      *entries += lower->elements[0] < end;
      for (int64_t i = lower->elements[0]; i < end && !failed; i += by) {
        variable->known = true;
        variable->elements[0] = i;
        runSteps(body);
        for (auto [to, from] : next)
          *to = *from;
      }
      for (auto [to, from] : results)
        *to = *from;
    };
  }

  Step compileIf(scf::IfOp branch) {
    Integers *condition = &values.of(branch.getCondition());
    auto compileRegion = [&](Region &region) {
      std::pair<Steps, std::vector<std::pair<Integers *, Integers *>>> result;
      if (region.empty())
        return result;
      result.first = compile(region.front());
      for (auto [to, from] :
           llvm::zip(branch.getResults(),
                     region.front().getTerminator()->getOperands()))
        if (needed.contains(to))
          result.second.emplace_back(&values.of(to), &values.of(from));
      return result;
    };
    auto taken = compileRegion(branch.getThenRegion());
    auto other = compileRegion(branch.getElseRegion());
    bool hasElse = !branch.getElseRegion().empty();
    return [=] {
      // [kernel_run_c1]
      if (!condition->known)
        return fail(branch, "kernel_run_c1", "a condition");
      bool holds = condition->elements[0] & 1;
      if (!holds && !hasElse)
        return;
      const auto &side = holds ? taken : other;
      runSteps(side.first);
      for (auto [to, from] : side.second)
        *to = *from;
    };
  }

  template <typename LoadOp>
  Step compileLoad(LoadOp load) {
    if constexpr (std::is_same_v<LoadOp, memref::LoadOp>)
      return access(load, load.getMemRef(), load.getIndices(),
                    load.getResult().getType(), {}, false,
                    integersOf(load.getResult()));
    else
      return access(load, load.getSource(), load.getIndices(),
                    load.getResult().getType(), load.getValid(), false,
                    integersOf(load.getResult()));
  }

  struct Buffer {
    BufferTraffic *traffic;
    const Contents *contents;
    int64_t elementBytes;
    /// In elements, of every dimension.
    SmallVector<int64_t> strides;
  };

  Buffer bufferOf(Value memref) {
    unsigned number = cast<BlockArgument>(memref).getArgNumber() - 1;
    auto type = cast<MemRefType>(memref.getType());
    Buffer buffer{&run.buffers[number], &contents[number],
                  bytesOf(type.getElementType()),
                  SmallVector<int64_t>(type.getRank(), 1)};
    for (int64_t dim = type.getRank() - 2; dim >= 0; --dim)
      buffer.strides[dim] = buffer.strides[dim + 1] * type.getDimSize(dim + 1);
    return buffer;
  }

  static void touch(const Buffer &buffer, int64_t first, int64_t elements,
                    bool writes) {
    int64_t begin = first * buffer.elementBytes;
    int64_t end = begin + elements * buffer.elementBytes;
    (writes ? buffer.traffic->written : buffer.traffic->read).add(begin, end);
    buffer.traffic->requested += end - begin;
  }

  /// Elements [first, first + count) of a buffer into `result` from `at` on.
  static void read(const Buffer &buffer, int64_t first, int64_t count,
                   Integers &result, int64_t at) {
    if (!*buffer.contents)
      result.known = false;
    for (int64_t i = 0; result.known && i < count; ++i) {
      std::optional<int64_t> value = (*buffer.contents)(first + i);
      result.known = value.has_value();
      result.elements[at + i] = value.value_or(0);
    }
  }

  SmallVector<Integers *> integersOf(ValueRange range) {
    SmallVector<Integers *> result;
    for (Value value : range)
      result.push_back(&values.of(value));
    return result;
  }

  /// A rectangle of consecutive elements of the last dimensions.
  Step access(Operation *op, Value memref, ValueRange indices, Type type,
              Value valid, bool writes, Integers *result) {
    Buffer buffer = bufferOf(memref);
    SmallVector<Integers *> starts = integersOf(indices);
    Integers *limit = valid ? &values.of(valid) : nullptr;
    SmallVector<int64_t> shape;
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      shape.assign(tensor.getShape().begin(), tensor.getShape().end());
    return [=] {
      int64_t first = 0;
      for (auto [start, stride] : llvm::zip(starts, buffer.strides)) {
        // [kernel_run_c2]
        if (!start->known)
          return fail(op, "kernel_run_c2", "an address");
        first += start->elements[0] * stride;
      }
      SmallVector<int64_t> sizes(shape);
      if (limit && !limit->known)
        return fail(op, "kernel_run_c2", "a number of rows");
      if (limit)
        sizes[0] = std::clamp<int64_t>(limit->elements[0], 0, sizes[0]);
      if (result) {
        result->known = true;
        std::fill(result->elements.begin(), result->elements.end(), 0);
      }
      size_t offset = buffer.strides.size() - shape.size();
      forRuns(sizes, ArrayRef(buffer.strides).drop_front(offset),
              [&](int64_t at, int64_t count, int64_t place) {
                touch(buffer, first + at, count, writes);
                if (result)
                  read(buffer, first + at, count, *result, place);
              });
    };
  }

  /// Rows chosen by index.
  Step rows(Operation *op, Value memref, Value chosen, ValueRange columns,
            Type type, bool writes, Integers *result) {
    Buffer buffer = bufferOf(memref);
    Integers *indices = &values.of(chosen);
    SmallVector<Integers *> starts = integersOf(columns);
    ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
    SmallVector<int64_t> row(shape.drop_front());
    int64_t elements = ShapedType::getNumElements(row);
    return [=] {
      int64_t column = 0;
      for (auto [start, stride] :
           llvm::zip(starts, ArrayRef(buffer.strides).drop_front())) {
        if (!start->known)
          return fail(op, "kernel_run_c2", "a column");
        column += start->elements[0] * stride;
      }
      // [kernel_run_c2]
      if (!indices->known)
        return fail(op, "kernel_run_c2", "a row's index");
      if (result) {
        result->known = true;
        std::fill(result->elements.begin(), result->elements.end(), 0);
      }
      for (size_t i = 0; i < indices->elements.size(); ++i) {
        if (indices->elements[i] < 0)
          continue;
        int64_t first = indices->elements[i] * buffer.strides[0] + column;
        forRuns(row, ArrayRef(buffer.strides).drop_front(),
                [&](int64_t at, int64_t count, int64_t place) {
                  touch(buffer, first + at, count, writes);
                  if (result)
                    read(buffer, first + at, count, *result,
                         i * elements + place);
                });
      }
    };
  }

  /// Calls `body(start, count, place in the tile)` for the runs of consecutive
  /// elements of a rectangle.
  static void forRuns(ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides,
                      function_ref<void(int64_t, int64_t, int64_t)> body) {
    // Trailing dimensions that are consecutive in memory are one run.
    size_t outer = sizes.size();
    int64_t run = 1;
    while (outer > 0 && strides[outer - 1] == run) {
      run *= sizes[outer - 1];
      --outer;
    }
    int64_t repetitions = 1;
    for (int64_t size : sizes.take_front(outer))
      repetitions *= size;
    if (run == 0)
      return;
    for (int64_t i = 0; i < repetitions; ++i) {
      int64_t rest = i, at = 0;
      for (size_t dim = outer; dim-- > 0;) {
        at += rest % sizes[dim] * strides[dim];
        rest /= sizes[dim];
      }
      body(at, run, i * run);
    }
  }

  Step compileTopK(tile::TopKOp op) {
    Buffer buffer = bufferOf(op.getSource());
    Integers *row = &values.of(op.getRow());
    Integers *count = &values.of(op.getCount());
    Integers *result = &values.of(op.getResult());
    std::map<int64_t, int64_t> *selections = &run.selections[op];
    return [=] {
      // [kernel_run_c2]
      if (!row->known || !count->known)
        return fail(op, "kernel_run_c2", "what is selected from");
      touch(buffer, row->elements[0] * buffer.strides[0], count->elements[0],
            /*writes=*/false);
      ++(*selections)[count->elements[0]];
      result->known = false;
    };
  }

  /// Workgroups arrive in the order in which they are executed here. Whichever
  /// is the last finishes for all.
  Step compileArrive(tile::ArriveOp op) {
    Buffer buffer = bufferOf(op.getCounters());
    Integers *index = &values.of(op.getIndex());
    Integers *last = &values.of(op.getLast());
    int64_t of = op.getOf();
    auto *arrived = &arrivals[buffer.traffic];
    return [=] {
      // [kernel_run_c2]
      if (!index->known)
        return fail(op, "kernel_run_c2", "a counter");
      touch(buffer, index->elements[0], 1, /*writes=*/false);
      touch(buffer, index->elements[0], 1, /*writes=*/true);
      int64_t &count = (*arrived)[index->elements[0]];
      last->known = true;
      last->elements[0] = ++count == of;
      count %= of;
    };
  }

  tile::KernelOp kernel;
  ArrayRef<Contents> contents;
  KernelRun run;
  IntegerValues values;
  const llvm::DenseSet<Value> needed;
  /// Of each buffer of counters, by index.
  std::map<BufferTraffic *, std::map<int64_t, int64_t>> arrivals;
  std::deque<std::pair<Block *, int64_t>> counts;
  bool failed = false;
};

} // namespace

FailureOr<KernelRun> cost::runKernel(tile::KernelOp kernel,
                                     ArrayRef<Contents> contents,
                                     int64_t lineBytes) {
  return Interpreter(kernel, contents, lineBytes).execute();
}
