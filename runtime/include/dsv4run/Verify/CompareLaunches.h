//===- CompareLaunches.h - One image against another, by launch -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the same steps on two images of a model and compares what every launch
// writes. Each launch of the tested image finds the caches, inputs and values
// that the reference has, so that a difference is that launch's own.

#ifndef DSV4RUN_VERIFY_COMPARELAUNCHES_H
#define DSV4RUN_VERIFY_COMPARELAUNCHES_H

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Verify/CompareValues.h"
#include "dsv4run/Verify/MatchLaunches.h"
#include "nlohmann/json.hpp"

namespace dsv4run {

/// One value that one launch of one step wrote.
struct LaunchComparison {
  std::string program;
  int64_t tokens = 0; ///< of the step
  std::string label, kernel, value, element;
  ValueComparison comparison;
};

/// Every comparison, in the order of the launches.
class LaunchReport {
public:
  void Add(LaunchComparison comparison) {
    comparisons_.push_back(std::move(comparison));
  }
  const std::vector<LaunchComparison> &comparisons() const {
    return comparisons_;
  }
  int64_t elements() const;
  int failed() const;
  /// Whether at least one element was compared and nothing failed.
  bool passed() const;

  /// A line per kernel and value, summed over its launches, then every failure,
  /// then the verdict.
  std::string ToText() const;
  /// {"passed", "kernels": [...], "launches": [...]}
  nlohmann::json ToJson() const;

private:
  struct Row {
    int launches = 0, failed = 0;
    std::string element;
    ValueComparison sum;
  };
  /// By kernel and value, numbered in the order of the kernel's parameters.
  std::map<std::pair<std::string, std::string>, Row> Rows() const;

  std::vector<LaunchComparison> comparisons_;
};

class LaunchComparer {
public:
  struct Options {
    /// Workgroups of the tested image's launches that run, spread over the
    /// grid; 0: all. Only what they write is compared then. Launches whose
    /// workgroups share sums (`tile.arrive`) run as a whole.
    int64_t sample = 0;
  };

  /// The sessions must be new, so that their states are equal, and outlive the
  /// comparer. FAILED_PRECONDITION as in CheckComparable.
  static absl::StatusOr<LaunchComparer>
  Create(Session &reference, Session &tested, const Options &options);

  /// Runs a request on both and adds what the launches wrote. INVALID_ARGUMENT
  /// if the request needs more than one run of one program; the errors of
  /// Session::Run and MatchLaunches. Returns the reference's result.
  absl::StatusOr<RunResult> Run(const RunRequest &request,
                                LaunchReport &report);

private:
  LaunchComparer(Session &reference, Session &tested, const Options &options)
      : reference_(reference), tested_(tested), options_(options) {}

  struct Step {
    int reference_program, tested_program;
    LaunchSequence &reference, &tested;
    int64_t tokens;
  };

  absl::Status CompareProgram(const Step &step, LaunchReport &report);
  absl::Status CompareLaunch(const Step &step, size_t index,
                             const MatchedLaunch &matched,
                             LaunchReport &report);
  absl::StatusOr<std::vector<std::byte>> Before(const MatchedValue &value);
  absl::Status CarryOver(const MatchedValue &value,
                         absl::Span<const std::byte> reference,
                         absl::Span<const std::byte> tested);
  std::vector<uint64_t> Sample(uint64_t workgroups) const;
  const schema::Buffer &BufferOf(const MatchedValue &value) const;

  Session &reference_;
  Session &tested_;
  Options options_;
  /// The reference's buffers that launches of the current step have written.
  std::set<uint32_t> written_;
};

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_COMPARELAUNCHES_H
