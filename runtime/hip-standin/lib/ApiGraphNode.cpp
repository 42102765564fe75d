//===- ApiGraphNode.cpp - Nodes of graphs and their parameters ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "Launch.h"
#include "Transfer.h"
#include "absl/strings/str_cat.h"

using namespace hipstandin;

namespace {

hipError_t workOf(Runtime &runtime, const char *function,
                  const hipKernelNodeParams *p, Work &work) {
  if (!p)
    return hipErrorInvalidValue;
  std::shared_ptr<Function> kernel;
  if (hipError_t error = findFunction(
          runtime, function, runtime.current().ordinal, p->func, kernel);
      error != hipSuccess)
    return error;
  KernelWork launch;
  hipError_t error = prepare(
      function, kernel, p->func,
      {p->gridDim, p->blockDim, p->sharedMemBytes, p->kernelParams, p->extra},
      launch);
  work = std::move(launch);
  return error;
}

hipError_t workOf(Runtime &runtime, const char *function, const CopyWork &copy,
                  Work &work) {
  work = copy;
  return checkCopy(runtime, function, copy);
}

hipError_t workOf(Runtime &runtime, const char *function,
                  const hipMemcpy3DParms *p, Work &work) {
  CopyWork copy;
  hipError_t error = p ? copyOf(function, *p, copy) : hipErrorInvalidValue;
  return error == hipSuccess ? workOf(runtime, function, copy, work) : error;
}

hipError_t workOf(Runtime &runtime, const char *function,
                  const hipMemsetParams *p, Work &work) {
  if (!p || (p->elementSize != 1 && p->elementSize != 2 && p->elementSize != 4))
    return hipErrorInvalidValue;
  FillWork fill = linearFill(p->dst, p->value, p->elementSize, p->width);
  fill.height = p->height;
  fill.pitch = p->pitch;
  work = fill;
  return checkFill(runtime, function, fill);
}

hipError_t workOf(Runtime &, const char *, const hipHostNodeParams *p,
                  Work &work) {
  if (!p || !p->fn)
    return hipErrorInvalidValue;
  work = HostWork{p->fn, p->userData};
  return hipSuccess;
}

/// Adds a node whose work `make` makes.
template <class Make>
hipError_t add(const char *function, hipGraphNode_t *node, hipGraph_t handle,
               const hipGraphNode_t *dependencies, size_t count, Make &&make) {
  return call(function, [&](Runtime &runtime) {
    auto graph = runtime.graphs.find(handle);
    if (!node || !graph || (count != 0 && !dependencies))
      return hipErrorInvalidValue;
    std::vector<Node *> edges;
    for (size_t k = 0; k < count; ++k) {
      auto *dependency = reinterpret_cast<Node *>(dependencies[k]);
      if (!graph->contains(dependency))
        return hipErrorInvalidValue;
      edges.push_back(dependency);
    }
    Work work;
    if (hipError_t error = make(runtime, work); error != hipSuccess)
      return error;
    graph->add(std::move(work), edges);
    *node = runtime.publishNewest(*graph);
    return hipSuccess;
  });
}

template <class Parameters>
hipError_t addWith(const char *function, hipGraphNode_t *node, hipGraph_t graph,
                   const hipGraphNode_t *dependencies, size_t count,
                   const Parameters &parameters) {
  return add(function, node, graph, dependencies, count,
             [&](Runtime &runtime, Work &work) {
               return workOf(runtime, function, parameters, work);
             });
}

/// Reads the work of a node that must hold a `W`.
template <class W, class Body>
hipError_t read(const char *function, hipGraphNode_t handle, Body &&body) {
  return call(function, [&](Runtime &runtime) {
    auto node = runtime.nodes.find(handle);
    W *work = node ? std::get_if<W>(&node->work) : nullptr;
    return work ? body(*node, *work) : hipErrorInvalidValue;
  });
}

/// Replaces the work of a node that must hold a `W`.
template <class W, class Parameters>
hipError_t change(const char *function, hipGraphNode_t handle,
                  const Parameters &parameters) {
  return call(function, [&](Runtime &runtime) {
    auto node = runtime.nodes.find(handle);
    if (!node || !std::holds_alternative<W>(node->work))
      return hipErrorInvalidValue;
    Work work;
    hipError_t error = workOf(runtime, function, parameters, work);
    if (error == hipSuccess)
      node->work = std::move(work);
    return error;
  });
}

/// The same in an instance of the graph; the node stays as it is.
template <class W, class Parameters>
hipError_t changeExec(const char *function, hipGraphExec_t execHandle,
                      hipGraphNode_t handle, const Parameters &parameters) {
  return call(function, [&](Runtime &runtime) {
    auto exec = runtime.execs.find(execHandle);
    auto node = runtime.nodes.find(handle);
    if (!exec || !node || !std::holds_alternative<W>(node->work))
      return hipErrorInvalidValue;
    Work work;
    if (hipError_t error = workOf(runtime, function, parameters, work);
        error != hipSuccess)
      return error;
    absl::Status status = exec->update(node.get(), std::move(work));
    return status.ok() ? hipSuccess
                       : explain(function, hipErrorInvalidValue,
                                 std::string(status.message()));
  });
}

hipError_t addEvent(const char *function, hipGraphNode_t *node,
                    hipGraph_t graph, const hipGraphNode_t *dependencies,
                    size_t count, hipEvent_t handle, bool records) {
  return add(function, node, graph, dependencies, count,
             [&](Runtime &runtime, Work &work) {
               auto event = runtime.events.find(handle);
               if (!event)
                 return hipErrorInvalidValue;
               if (records)
                 work = RecordWork{event};
               else
                 work = WaitWork{event};
               return hipSuccess;
             });
}

} // namespace

extern "C" {

hipError_t hipGraphAddKernelNode(hipGraphNode_t *node, hipGraph_t graph,
                                 const hipGraphNode_t *dependencies,
                                 size_t dependencyCount,
                                 const hipKernelNodeParams *parameters) {
  return addWith("hipGraphAddKernelNode", node, graph, dependencies,
                 dependencyCount, parameters);
}

hipError_t hipGraphKernelNodeGetParams(hipGraphNode_t handle,
                                       hipKernelNodeParams *parameters) {
  return read<KernelWork>(
      "hipGraphKernelNodeGetParams", handle, [&](Node &node, KernelWork &work) {
        if (!parameters)
          return hipErrorInvalidValue;
        node.argumentPointers.clear();
        for (const dsv4emu::KernelArgument &argument :
             work.function->kernel.info->arguments)
          if (!argument.isHidden())
            node.argumentPointers.push_back(work.arguments.data() +
                                            argument.offset);
        const Engine::Shape &s = work.shape;
        *parameters = {dim3(s.block[0], s.block[1], s.block[2]),
                       nullptr,
                       const_cast<void *>(work.handle),
                       dim3(s.grid[0] / s.block[0], s.grid[1] / s.block[1],
                            s.grid[2] / s.block[2]),
                       node.argumentPointers.data(),
                       s.dynamicLdsBytes};
        return hipSuccess;
      });
}

hipError_t hipGraphKernelNodeSetParams(hipGraphNode_t node,
                                       const hipKernelNodeParams *parameters) {
  return change<KernelWork>("hipGraphKernelNodeSetParams", node, parameters);
}
hipError_t
hipGraphExecKernelNodeSetParams(hipGraphExec_t exec, hipGraphNode_t node,
                                const hipKernelNodeParams *parameters) {
  return changeExec<KernelWork>("hipGraphExecKernelNodeSetParams", exec, node,
                                parameters);
}

hipError_t hipGraphAddMemcpyNode(hipGraphNode_t *node, hipGraph_t graph,
                                 const hipGraphNode_t *dependencies,
                                 size_t dependencyCount,
                                 const hipMemcpy3DParms *copy) {
  return addWith("hipGraphAddMemcpyNode", node, graph, dependencies,
                 dependencyCount, copy);
}

hipError_t hipGraphMemcpyNodeGetParams(hipGraphNode_t handle,
                                       hipMemcpy3DParms *copy) {
  return read<CopyWork>(
      "hipGraphMemcpyNodeGetParams", handle, [&](Node &, CopyWork &work) {
        if (!copy)
          return hipErrorInvalidValue;
        auto rows = [](size_t slice, size_t pitch, size_t height) {
          return slice && pitch ? slice / pitch : height;
        };
        *copy = {};
        copy->srcPtr = make_hipPitchedPtr(
            const_cast<void *>(work.from), work.fromPitch, work.width,
            rows(work.fromSlice, work.fromPitch, work.height));
        copy->dstPtr =
            make_hipPitchedPtr(work.to, work.toPitch, work.width,
                               rows(work.toSlice, work.toPitch, work.height));
        copy->extent = make_hipExtent(work.width, work.height, work.depth);
        copy->kind = work.kind;
        return hipSuccess;
      });
}

hipError_t hipGraphMemcpyNodeSetParams(hipGraphNode_t node,
                                       const hipMemcpy3DParms *copy) {
  return change<CopyWork>("hipGraphMemcpyNodeSetParams", node, copy);
}
hipError_t hipGraphExecMemcpyNodeSetParams(hipGraphExec_t exec,
                                           hipGraphNode_t node,
                                           hipMemcpy3DParms *copy) {
  const hipMemcpy3DParms *parameters = copy;
  return changeExec<CopyWork>("hipGraphExecMemcpyNodeSetParams", exec, node,
                              parameters);
}
hipError_t hipGraphAddMemcpyNode1D(hipGraphNode_t *node, hipGraph_t graph,
                                   const hipGraphNode_t *dependencies,
                                   size_t dependencyCount, void *to,
                                   const void *from, size_t bytes,
                                   hipMemcpyKind kind) {
  return addWith("hipGraphAddMemcpyNode1D", node, graph, dependencies,
                 dependencyCount, linearCopy(to, from, bytes, kind));
}
hipError_t hipGraphMemcpyNodeSetParams1D(hipGraphNode_t node, void *to,
                                         const void *from, size_t bytes,
                                         hipMemcpyKind kind) {
  return change<CopyWork>("hipGraphMemcpyNodeSetParams1D", node,
                          linearCopy(to, from, bytes, kind));
}
hipError_t hipGraphExecMemcpyNodeSetParams1D(hipGraphExec_t exec,
                                             hipGraphNode_t node, void *to,
                                             const void *from, size_t bytes,
                                             hipMemcpyKind kind) {
  return changeExec<CopyWork>("hipGraphExecMemcpyNodeSetParams1D", exec, node,
                              linearCopy(to, from, bytes, kind));
}

hipError_t hipGraphAddMemsetNode(hipGraphNode_t *node, hipGraph_t graph,
                                 const hipGraphNode_t *dependencies,
                                 size_t dependencyCount,
                                 const hipMemsetParams *parameters) {
  return addWith("hipGraphAddMemsetNode", node, graph, dependencies,
                 dependencyCount, parameters);
}
hipError_t hipGraphMemsetNodeGetParams(hipGraphNode_t handle,
                                       hipMemsetParams *parameters) {
  return read<FillWork>(
      "hipGraphMemsetNodeGetParams", handle, [&](Node &, FillWork &work) {
        if (!parameters)
          return hipErrorInvalidValue;
        *parameters = {work.to,    work.elementBytes, work.height,
                       work.pitch, work.value,        work.width};
        return hipSuccess;
      });
}
hipError_t hipGraphMemsetNodeSetParams(hipGraphNode_t node,
                                       const hipMemsetParams *parameters) {
  return change<FillWork>("hipGraphMemsetNodeSetParams", node, parameters);
}
hipError_t hipGraphExecMemsetNodeSetParams(hipGraphExec_t exec,
                                           hipGraphNode_t node,
                                           const hipMemsetParams *parameters) {
  return changeExec<FillWork>("hipGraphExecMemsetNodeSetParams", exec, node,
                              parameters);
}

hipError_t hipGraphAddHostNode(hipGraphNode_t *node, hipGraph_t graph,
                               const hipGraphNode_t *dependencies,
                               size_t dependencyCount,
                               const hipHostNodeParams *parameters) {
  return addWith("hipGraphAddHostNode", node, graph, dependencies,
                 dependencyCount, parameters);
}
hipError_t hipGraphHostNodeGetParams(hipGraphNode_t handle,
                                     hipHostNodeParams *parameters) {
  return read<HostWork>("hipGraphHostNodeGetParams", handle,
                        [&](Node &, HostWork &work) {
                          if (!parameters)
                            return hipErrorInvalidValue;
                          *parameters = {work.function, work.userData};
                          return hipSuccess;
                        });
}
hipError_t hipGraphHostNodeSetParams(hipGraphNode_t node,
                                     const hipHostNodeParams *parameters) {
  return change<HostWork>("hipGraphHostNodeSetParams", node, parameters);
}
hipError_t hipGraphExecHostNodeSetParams(hipGraphExec_t exec,
                                         hipGraphNode_t node,
                                         const hipHostNodeParams *parameters) {
  return changeExec<HostWork>("hipGraphExecHostNodeSetParams", exec, node,
                              parameters);
}

hipError_t hipGraphAddChildGraphNode(hipGraphNode_t *node, hipGraph_t graph,
                                     const hipGraphNode_t *dependencies,
                                     size_t dependencyCount, hipGraph_t child) {
  return add("hipGraphAddChildGraphNode", node, graph, dependencies,
             dependencyCount, [&](Runtime &runtime, Work &work) {
               auto original = runtime.graphs.find(child);
               if (!original || child == graph)
                 return hipErrorInvalidValue;
               work = ChildWork(*original);
               return hipSuccess;
             });
}

hipError_t hipGraphChildGraphNodeGetGraph(hipGraphNode_t handle,
                                          hipGraph_t *graph) {
  return read<ChildWork>("hipGraphChildGraphNodeGetGraph", handle,
                         [&](Node &, ChildWork &work) {
                           if (!graph)
                             return hipErrorInvalidValue;
                           *graph = Runtime::get()->publish(work.graph);
                           return hipSuccess;
                         });
}

hipError_t hipGraphExecChildGraphNodeSetParams(hipGraphExec_t execHandle,
                                               hipGraphNode_t handle,
                                               hipGraph_t child) {
  return call("hipGraphExecChildGraphNodeSetParams", [&](Runtime &runtime) {
    auto exec = runtime.execs.find(execHandle);
    auto node = runtime.nodes.find(handle);
    auto graph = runtime.graphs.find(child);
    if (!exec || !node || !graph ||
        !std::holds_alternative<ChildWork>(node->work))
      return hipErrorInvalidValue;
    hipGraphExecUpdateResult result;
    Node *culprit = nullptr;
    absl::Status status =
        exec->updateChild(node.get(), *graph, result, culprit);
    return status.ok() ? hipSuccess
                       : explain("hipGraphExecChildGraphNodeSetParams",
                                 hipErrorGraphExecUpdateFailure,
                                 std::string(status.message()));
  });
}

hipError_t hipGraphAddEmptyNode(hipGraphNode_t *node, hipGraph_t graph,
                                const hipGraphNode_t *dependencies,
                                size_t dependencyCount) {
  return add("hipGraphAddEmptyNode", node, graph, dependencies, dependencyCount,
             [](Runtime &, Work &) { return hipSuccess; });
}

hipError_t hipGraphAddEventRecordNode(hipGraphNode_t *node, hipGraph_t graph,
                                      const hipGraphNode_t *dependencies,
                                      size_t dependencyCount,
                                      hipEvent_t event) {
  return addEvent("hipGraphAddEventRecordNode", node, graph, dependencies,
                  dependencyCount, event, /*records=*/true);
}

hipError_t hipGraphAddEventWaitNode(hipGraphNode_t *node, hipGraph_t graph,
                                    const hipGraphNode_t *dependencies,
                                    size_t dependencyCount, hipEvent_t event) {
  return addEvent("hipGraphAddEventWaitNode", node, graph, dependencies,
                  dependencyCount, event, /*records=*/false);
}

} // extern "C"
