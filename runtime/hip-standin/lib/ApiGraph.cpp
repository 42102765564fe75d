//===- ApiGraph.cpp - Graphs, edges and instances -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"
#include "absl/strings/str_cat.h"
#include <cstring>

using namespace hipstandin;

/// The HIP convention for lists: with no room, only the count is given; room
/// beyond the end is cleared.
static hipError_t giveList(const std::vector<Node *> &list, hipGraphNode_t *out,
                           size_t *count) {
  if (!count)
    return hipErrorInvalidValue;
  if (!out) {
    *count = list.size();
    return hipSuccess;
  }
  for (size_t k = 0; k < *count; ++k)
    out[k] =
        k < list.size() ? reinterpret_cast<hipGraphNode_t>(list[k]) : nullptr;
  *count = std::min(*count, list.size());
  return hipSuccess;
}

template <class Body>
static hipError_t onGraph(const char *function, hipGraph_t handle,
                          Body &&body) {
  return call(function, [&](Runtime &runtime) {
    auto graph = runtime.graphs.find(handle);
    return graph ? body(runtime, *graph) : hipErrorInvalidValue;
  });
}

template <class Body>
static hipError_t onNode(const char *function, hipGraphNode_t handle,
                         Body &&body) {
  return call(function, [&](Runtime &runtime) {
    auto node = runtime.nodes.find(handle);
    return node ? body(runtime, *node) : hipErrorInvalidValue;
  });
}

static hipError_t instantiate(const char *function, hipGraphExec_t *exec,
                              hipGraph_t handle) {
  return onGraph(function, handle, [&](Runtime &runtime, Graph &graph) {
    if (!exec)
      return hipErrorInvalidValue;
    auto made = GraphExec::make(graph);
    if (!made.ok())
      return explain(function, hipErrorInvalidValue,
                     std::string(made.status().message()));
    *exec = runtime.execs.add<hipGraphExec_t>(*made);
    return hipSuccess;
  });
}

extern "C" {

hipError_t hipGraphCreate(hipGraph_t *graph, unsigned int flags) {
  return call("hipGraphCreate", [&](Runtime &runtime) {
    if (!graph || flags != 0)
      return hipErrorInvalidValue;
    *graph = runtime.publish(std::make_shared<Graph>());
    return hipSuccess;
  });
}

hipError_t hipGraphDestroy(hipGraph_t handle) {
  return callRelease("hipGraphDestroy", [&](Runtime &runtime) {
    auto graph = runtime.graphs.find(handle);
    if (!graph || graph->borrowed)
      return hipErrorInvalidValue;
    runtime.retract(*graph);
    return hipSuccess;
  });
}

hipError_t hipGraphClone(hipGraph_t *clone, hipGraph_t original) {
  return onGraph("hipGraphClone", original,
                 [&](Runtime &runtime, Graph &graph) {
                   if (!clone)
                     return hipErrorInvalidValue;
                   std::unordered_map<const Node *, Node *> copies;
                   auto made = std::make_shared<Graph>(graph, &copies);
                   made->cloneOf = std::move(copies);
                   *clone = runtime.publish(std::move(made));
                   return hipSuccess;
                 });
}

hipError_t hipGraphNodeFindInClone(hipGraphNode_t *node,
                                   hipGraphNode_t original, hipGraph_t clone) {
  return onGraph(
      "hipGraphNodeFindInClone", clone, [&](Runtime &, Graph &graph) {
        auto it = graph.cloneOf.find(reinterpret_cast<const Node *>(original));
        if (!node || it == graph.cloneOf.end() || !graph.contains(it->second))
          return hipErrorInvalidValue;
        *node = reinterpret_cast<hipGraphNode_t>(it->second);
        return hipSuccess;
      });
}

hipError_t hipGraphAddDependencies(hipGraph_t handle,
                                   const hipGraphNode_t *from,
                                   const hipGraphNode_t *to, size_t count) {
  return onGraph(
      "hipGraphAddDependencies", handle, [&](Runtime &, Graph &graph) {
        if (count != 0 && (!from || !to))
          return hipErrorInvalidValue;
        for (size_t k = 0; k < count; ++k) {
          auto *first = reinterpret_cast<Node *>(from[k]);
          auto *then = reinterpret_cast<Node *>(to[k]);
          if (first == then || !graph.contains(first) || !graph.contains(then))
            return hipErrorInvalidValue;
          auto &edges = then->dependencies;
          if (std::find(edges.begin(), edges.end(), first) != edges.end())
            return hipErrorInvalidValue;
          edges.push_back(first);
        }
        return hipSuccess;
      });
}

hipError_t hipGraphRemoveDependencies(hipGraph_t handle,
                                      const hipGraphNode_t *from,
                                      const hipGraphNode_t *to, size_t count) {
  return onGraph("hipGraphRemoveDependencies", handle,
                 [&](Runtime &, Graph &graph) {
                   if (count != 0 && (!from || !to))
                     return hipErrorInvalidValue;
                   for (size_t k = 0; k < count; ++k) {
                     auto *then = reinterpret_cast<Node *>(to[k]);
                     if (!graph.contains(then))
                       return hipErrorInvalidValue;
                     auto &edges = then->dependencies;
                     auto it = std::find(edges.begin(), edges.end(),
                                         reinterpret_cast<Node *>(from[k]));
                     if (it == edges.end())
                       return hipErrorInvalidValue;
                     edges.erase(it);
                   }
                   return hipSuccess;
                 });
}

hipError_t hipGraphGetEdges(hipGraph_t handle, hipGraphNode_t *from,
                            hipGraphNode_t *to, size_t *count) {
  return onGraph("hipGraphGetEdges", handle, [&](Runtime &, Graph &graph) {
    std::vector<Node *> sources, targets;
    for (const auto &node : graph.nodes())
      for (Node *dependency : node->dependencies) {
        sources.push_back(dependency);
        targets.push_back(node.get());
      }
    if (!count || !from != !to)
      return hipErrorInvalidValue;
    size_t room = *count;
    hipError_t error = giveList(sources, from, count);
    return error == hipSuccess && to ? giveList(targets, to, &room) : error;
  });
}

hipError_t hipGraphGetNodes(hipGraph_t handle, hipGraphNode_t *nodes,
                            size_t *count) {
  return onGraph("hipGraphGetNodes", handle, [&](Runtime &, Graph &graph) {
    std::vector<Node *> list;
    for (const auto &node : graph.nodes())
      list.push_back(node.get());
    return giveList(list, nodes, count);
  });
}

hipError_t hipGraphGetRootNodes(hipGraph_t handle, hipGraphNode_t *nodes,
                                size_t *count) {
  return onGraph("hipGraphGetRootNodes", handle, [&](Runtime &, Graph &graph) {
    std::vector<Node *> list;
    for (const auto &node : graph.nodes())
      if (node->dependencies.empty())
        list.push_back(node.get());
    return giveList(list, nodes, count);
  });
}

hipError_t hipGraphNodeGetDependencies(hipGraphNode_t handle,
                                       hipGraphNode_t *dependencies,
                                       size_t *count) {
  return onNode("hipGraphNodeGetDependencies", handle,
                [&](Runtime &, Node &node) {
                  return giveList(node.dependencies, dependencies, count);
                });
}

hipError_t hipGraphNodeGetDependentNodes(hipGraphNode_t handle,
                                         hipGraphNode_t *dependents,
                                         size_t *count) {
  return onNode(
      "hipGraphNodeGetDependentNodes", handle, [&](Runtime &, Node &node) {
        std::vector<Node *> list;
        for (const auto &other : node.graph()->nodes())
          if (std::find(other->dependencies.begin(), other->dependencies.end(),
                        &node) != other->dependencies.end())
            list.push_back(other.get());
        return giveList(list, dependents, count);
      });
}

hipError_t hipGraphNodeGetType(hipGraphNode_t handle, hipGraphNodeType *type) {
  return onNode("hipGraphNodeGetType", handle, [&](Runtime &, Node &node) {
    if (!type)
      return hipErrorInvalidValue;
    *type = static_cast<hipGraphNodeType>(node.type() + (kAbiMajor < 6));
    return hipSuccess;
  });
}

hipError_t hipGraphDestroyNode(hipGraphNode_t handle) {
  return callRelease("hipGraphDestroyNode", [&](Runtime &runtime) {
    auto node = runtime.nodes.remove(handle);
    if (!node)
      return hipErrorInvalidValue;
    node->graph()->remove(node.get());
    return hipSuccess;
  });
}

hipError_t hipGraphInstantiate(hipGraphExec_t *exec, hipGraph_t graph,
                               hipGraphNode_t *errorNode, char *log,
                               size_t logBytes) {
  if (errorNode)
    *errorNode = nullptr;
  if (log && logBytes)
    *log = 0;
  return instantiate("hipGraphInstantiate", exec, graph);
}

hipError_t hipGraphInstantiateWithFlags(hipGraphExec_t *exec, hipGraph_t graph,
                                        unsigned long long) {
  return instantiate("hipGraphInstantiateWithFlags", exec, graph);
}

hipError_t hipGraphExecDestroy(hipGraphExec_t exec) {
  return callRelease("hipGraphExecDestroy", [&](Runtime &runtime) {
    return runtime.execs.remove(exec) ? hipSuccess : hipErrorInvalidValue;
  });
}

hipError_t hipGraphUpload(hipGraphExec_t exec, hipStream_t stream) {
  return call("hipGraphUpload", [&](Runtime &runtime) {
    if (!runtime.execs.find(exec))
      return hipErrorInvalidValue;
    return runtime.stream(stream) ? hipSuccess : hipErrorInvalidHandle;
  });
}

hipError_t hipGraphLaunch(hipGraphExec_t handle, hipStream_t stream) {
  return call("hipGraphLaunch", [&](Runtime &runtime) {
    auto exec = runtime.execs.find(handle);
    if (!exec)
      return hipErrorInvalidValue;
    auto on = runtime.stream(stream);
    if (!on)
      return hipErrorInvalidHandle;
    if (on->capture)
      return explain("hipGraphLaunch", hipErrorStreamCaptureUnsupported,
                     "graphs cannot be captured here; add a child node");
    GraphWork work{exec->plan(), {}};
    std::vector<std::shared_ptr<Event>> events;
    if (work.plan->records != 0)
      for (const GraphPlan::Step &step : work.plan->steps)
        if (const auto *record = std::get_if<RecordWork>(&step.work)) {
          work.records.push_back(std::make_shared<Completion>());
          events.push_back(record->event);
        }
    std::vector<CompletionPtr> records = work.records;
    hipError_t error = runtime.submit(*on, std::move(work));
    if (error == hipSuccess)
      for (size_t k = 0; k < events.size(); ++k)
        events[k]->record(records[k]);
    return error;
  });
}

hipError_t hipGraphExecUpdate(hipGraphExec_t handle, hipGraph_t graph,
                              hipGraphNode_t *errorNode,
                              hipGraphExecUpdateResult *result) {
  return onGraph("hipGraphExecUpdate", graph,
                 [&](Runtime &runtime, Graph &source) {
                   auto exec = runtime.execs.find(handle);
                   if (!exec || !errorNode || !result)
                     return hipErrorInvalidValue;
                   Node *culprit = nullptr;
                   absl::Status status = exec->update(source, *result, culprit);
                   *errorNode = reinterpret_cast<hipGraphNode_t>(culprit);
                   return status.ok() ? hipSuccess
                                      : explain("hipGraphExecUpdate",
                                                hipErrorGraphExecUpdateFailure,
                                                std::string(status.message()));
                 });
}

} // extern "C"
