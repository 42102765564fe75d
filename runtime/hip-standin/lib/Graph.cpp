//===- Graph.cpp - Work and its order -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Graph.h"
#include <algorithm>

namespace hipstandin {

hipGraphNodeType Node::type() const {
  struct {
    hipGraphNodeType operator()(const KernelWork &) {
      return hipGraphNodeTypeKernel;
    }
    hipGraphNodeType operator()(const CopyWork &) {
      return hipGraphNodeTypeMemcpy;
    }
    hipGraphNodeType operator()(const FillWork &) {
      return hipGraphNodeTypeMemset;
    }
    hipGraphNodeType operator()(const HostWork &) {
      return hipGraphNodeTypeHost;
    }
    hipGraphNodeType operator()(const CallbackWork &) {
      return hipGraphNodeTypeHost;
    }
    hipGraphNodeType operator()(const RecordWork &) {
      return hipGraphNodeTypeEventRecord;
    }
    hipGraphNodeType operator()(const WaitWork &) {
      return hipGraphNodeTypeWaitEvent;
    }
    hipGraphNodeType operator()(const ChildWork &) {
      return hipGraphNodeTypeGraph;
    }
    hipGraphNodeType operator()(const EmptyWork &) {
      return hipGraphNodeTypeEmpty;
    }
    hipGraphNodeType operator()(const FreeWork &) {
      return hipGraphNodeTypeEmpty;
    }
    hipGraphNodeType operator()(const GraphWork &) {
      return hipGraphNodeTypeGraph;
    }
  } typeOf;
  return std::visit(typeOf, work);
}

ChildWork::ChildWork(const Graph &original)
    : graph(std::make_shared<Graph>(original, nullptr)) {
  graph->borrowed = true;
}

Graph::Graph(const Graph &other,
             std::unordered_map<const Node *, Node *> *copies) {
  std::unordered_map<const Node *, Node *> made;
  for (const auto &node : other.nodes_) {
    Work work = node->work;
    if (auto *child = std::get_if<ChildWork>(&work))
      *child = ChildWork(*child->graph);
    made[node.get()] = add(std::move(work), {});
  }
  for (const auto &node : other.nodes_)
    for (Node *dependency : node->dependencies)
      made[node.get()]->dependencies.push_back(made[dependency]);
  if (copies)
    *copies = std::move(made);
}

Node *Graph::add(Work work, const std::vector<Node *> &dependencies) {
  nodes_.push_back(std::make_shared<Node>(this, std::move(work)));
  Node *node = nodes_.back().get();
  for (Node *dependency : dependencies)
    if (std::find(node->dependencies.begin(), node->dependencies.end(),
                  dependency) == node->dependencies.end())
      node->dependencies.push_back(dependency);
  return node;
}

void Graph::remove(Node *node) {
  for (const auto &other : nodes_) {
    auto &edges = other->dependencies;
    edges.erase(std::remove(edges.begin(), edges.end(), node), edges.end());
  }
  nodes_.erase(std::find_if(nodes_.begin(), nodes_.end(),
                            [&](const auto &n) { return n.get() == node; }));
}

bool Graph::contains(const Node *node) const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const auto &n) { return n.get() == node; });
}

absl::StatusOr<std::vector<Node *>> Graph::ordered() const {
  std::unordered_map<const Node *, size_t> open;
  std::unordered_map<const Node *, std::vector<Node *>> dependents;
  for (const auto &node : nodes_) {
    open[node.get()] = node->dependencies.size();
    for (Node *dependency : node->dependencies)
      dependents[dependency].push_back(node.get());
  }
  std::vector<Node *> order;
  for (const auto &node : nodes_)
    if (node->dependencies.empty())
      order.push_back(node.get());
  for (size_t k = 0; k < order.size(); ++k)
    for (Node *dependent : dependents[order[k]])
      if (--open[dependent] == 0)
        order.push_back(dependent);
  if (order.size() != nodes_.size())
    return absl::InvalidArgumentError("the graph has a cycle");
  return order;
}

} // namespace hipstandin
