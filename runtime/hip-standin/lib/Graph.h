//===- Graph.h - Work and its order -----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_GRAPH_H
#define HIPSTANDIN_GRAPH_H

#include "Work.h"
#include "absl/status/statusor.h"
#include <unordered_map>

namespace hipstandin {

class Graph;

/// What a hipGraphNode_t stands for. Lives as long as its graph has it.
class Node {
public:
  Node(Graph *graph, Work work) : work(std::move(work)), graph_(graph) {}

  Graph *graph() const { return graph_; }
  hipGraphNodeType type() const;

  Work work;
  std::vector<Node *> dependencies; ///< No duplicates.
  /// Pointers into a kernel's arguments, for hipGraphKernelNodeGetParams.
  std::vector<void *> argumentPointers;

private:
  Graph *graph_;
};

class Graph {
public:
  Graph() = default;
  /// A copy; `origins` receives the original of each node.
  Graph(const Graph &other, std::unordered_map<const Node *, Node *> *copies);
  Graph(const Graph &) = delete;
  Graph &operator=(const Graph &) = delete;

  Node *add(Work work, const std::vector<Node *> &dependencies);
  /// Takes the node and every edge of it away.
  void remove(Node *node);
  bool contains(const Node *node) const;
  const std::vector<std::shared_ptr<Node>> &nodes() const { return nodes_; }

  /// Nodes in an order that respects every edge, the same each time.
  /// INVALID_ARGUMENT if there is a cycle.
  absl::StatusOr<std::vector<Node *>> ordered() const;

  /// Belongs to a node or to a capture in progress: callers may look at it and
  /// change it, but it is not theirs to destroy.
  bool borrowed = false;
  /// Copies of this graph's nodes, by the original (of hipGraphClone).
  std::unordered_map<const Node *, Node *> cloneOf;

private:
  std::vector<std::shared_ptr<Node>> nodes_;
};

/// An instantiated graph: its work in order, children included.
struct GraphPlan {
  struct Step {
    Work work;
  };
  std::vector<Step> steps;
  size_t records = 0; ///< Steps that record events.
};

/// What a hipGraphExec_t stands for. The plan is replaced, never changed, so
/// that launches in flight keep theirs.
class GraphExec {
public:
  static absl::StatusOr<std::shared_ptr<GraphExec>> make(const Graph &graph);

  std::shared_ptr<const GraphPlan> plan() const { return plan_; }

  /// Gives the step of `node` other work of the same type. NOT_FOUND if the
  /// node was not in the graph.
  absl::Status update(const Node *node, Work work);
  /// Takes all parameters from `graph`. FAILED_PRECONDITION with the first node
  /// that is not as it was when this was made.
  absl::Status update(const Graph &graph, hipGraphExecUpdateResult &result,
                      Node *&culprit);
  /// As the other, for the graph of a child node.
  absl::Status updateChild(const Node *node, const Graph &child,
                           hipGraphExecUpdateResult &result, Node *&culprit);

private:
  /// The nodes of one graph, as positions.
  struct Shape {
    hipGraphNodeType type;
    std::vector<size_t> dependencies;
    size_t step = 0;  ///< Its place in the plan; of a child, of its first.
    size_t child = 0; ///< Of a child: its graph in `shapes_`.
  };
  static absl::Status
  flatten(const Graph &graph, GraphPlan &plan,
          std::vector<std::vector<Shape>> &shapes,
          std::vector<std::unordered_map<const Node *, size_t>> &positions);
  absl::Status replaceAll(const Graph &graph, size_t shape,
                          hipGraphExecUpdateResult &result, Node *&culprit);
  absl::Status replace(const Graph &graph, size_t shape, GraphPlan &plan,
                       hipGraphExecUpdateResult &result, Node *&culprit);

  std::shared_ptr<const GraphPlan> plan_;
  std::vector<std::vector<Shape>> shapes_;
  std::vector<std::unordered_map<const Node *, size_t>> positions_;
};

} // namespace hipstandin

#endif // HIPSTANDIN_GRAPH_H
