//===- GraphExec.cpp - An instantiated graph ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Graph.h"

namespace hipstandin {

/// Positions of a graph's nodes in the order they were added.
static std::unordered_map<const Node *, size_t>
positionsOf(const Graph &graph) {
  std::unordered_map<const Node *, size_t> positions;
  for (const auto &node : graph.nodes())
    positions.emplace(node.get(), positions.size());
  return positions;
}

static void countRecords(GraphPlan &plan) {
  plan.records = 0;
  for (const GraphPlan::Step &step : plan.steps)
    plan.records += std::holds_alternative<RecordWork>(step.work);
}

absl::Status GraphExec::flatten(
    const Graph &graph, GraphPlan &plan,
    std::vector<std::vector<Shape>> &shapes,
    std::vector<std::unordered_map<const Node *, size_t>> &positions) {
  auto order = graph.ordered();
  if (!order.ok())
    return order.status();
  size_t self = shapes.size();
  shapes.emplace_back(graph.nodes().size());
  positions.push_back(positionsOf(graph));
  for (Node *node : *order) {
    Shape shape{node->type(), {}, plan.steps.size()};
    for (const Node *dependency : node->dependencies)
      shape.dependencies.push_back(positions[self].at(dependency));
    if (const auto *child = std::get_if<ChildWork>(&node->work)) {
      shape.child = shapes.size();
      if (absl::Status s = flatten(*child->graph, plan, shapes, positions);
          !s.ok())
        return s;
    } else {
      plan.steps.push_back({node->work});
    }
    shapes[self][positions[self].at(node)] = std::move(shape);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<GraphExec>> GraphExec::make(const Graph &graph) {
  auto exec = std::make_shared<GraphExec>();
  auto plan = std::make_shared<GraphPlan>();
  if (absl::Status s = flatten(graph, *plan, exec->shapes_, exec->positions_);
      !s.ok())
    return s;
  countRecords(*plan);
  exec->plan_ = std::move(plan);
  return exec;
}

absl::Status GraphExec::update(const Node *node, Work work) {
  for (size_t graph = 0; graph < shapes_.size(); ++graph) {
    auto it = positions_[graph].find(node);
    if (it == positions_[graph].end())
      continue;
    const Shape &shape = shapes_[graph][it->second];
    auto plan = std::make_shared<GraphPlan>(*plan_);
    plan->steps[shape.step].work = std::move(work);
    countRecords(*plan);
    plan_ = std::move(plan);
    return absl::OkStatus();
  }
  return absl::NotFoundError("the node was not in the graph");
}

absl::Status GraphExec::replace(const Graph &graph, size_t index,
                                GraphPlan &plan,
                                hipGraphExecUpdateResult &result,
                                Node *&culprit) {
  const std::vector<Shape> &shapes = shapes_[index];
  if (graph.nodes().size() != shapes.size()) {
    result = hipGraphExecUpdateErrorTopologyChanged;
    return absl::FailedPreconditionError("the number of nodes changed");
  }
  auto positions = positionsOf(graph);
  for (size_t k = 0; k < shapes.size(); ++k) {
    Node *node = graph.nodes()[k].get();
    culprit = node;
    std::vector<size_t> dependencies;
    for (const Node *dependency : node->dependencies)
      dependencies.push_back(positions.at(dependency));
    if (node->type() != shapes[k].type) {
      result = hipGraphExecUpdateErrorNodeTypeChanged;
      return absl::FailedPreconditionError("the type of a node changed");
    }
    if (dependencies != shapes[k].dependencies) {
      result = hipGraphExecUpdateErrorTopologyChanged;
      return absl::FailedPreconditionError("the edges of a node changed");
    }
    if (const auto *child = std::get_if<ChildWork>(&node->work)) {
      if (absl::Status s =
              replace(*child->graph, shapes[k].child, plan, result, culprit);
          !s.ok())
        return s;
      continue;
    }
    plan.steps[shapes[k].step].work = node->work;
  }
  positions_[index] = std::move(positions);
  culprit = nullptr;
  return absl::OkStatus();
}

absl::Status GraphExec::replaceAll(const Graph &graph, size_t shape,
                                   hipGraphExecUpdateResult &result,
                                   Node *&culprit) {
  auto plan = std::make_shared<GraphPlan>(*plan_);
  auto positions = positions_;
  if (absl::Status s = replace(graph, shape, *plan, result, culprit); !s.ok()) {
    positions_ = std::move(positions);
    return s;
  }
  // The nodes of the graph it was made from still name their steps.
  for (size_t k = 0; k < positions_.size(); ++k)
    positions_[k].insert(positions[k].begin(), positions[k].end());
  countRecords(*plan);
  plan_ = std::move(plan);
  result = hipGraphExecUpdateSuccess;
  return absl::OkStatus();
}

absl::Status GraphExec::update(const Graph &graph,
                               hipGraphExecUpdateResult &result,
                               Node *&culprit) {
  return replaceAll(graph, 0, result, culprit);
}

absl::Status GraphExec::updateChild(const Node *node, const Graph &child,
                                    hipGraphExecUpdateResult &result,
                                    Node *&culprit) {
  for (size_t graph = 0; graph < shapes_.size(); ++graph) {
    auto it = positions_[graph].find(node);
    if (it != positions_[graph].end())
      return replaceAll(child, shapes_[graph][it->second].child, result,
                        culprit);
  }
  return absl::NotFoundError("the node was not in the graph");
}

} // namespace hipstandin
