//===- Generate.cpp - Continue prompts ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/Generate.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One prompt on its way.
class Task {
public:
  Task(Engine &engine, Sequence &sequence, const GenerationRequest &request,
       Sampler sampler)
      : engine_(engine), sequence_(sequence), request_(request),
        chooser_(std::move(sampler), request.prompt) {}

  bool done() const { return done_; }
  Generation &generation() { return generation_; }

  /// Processes the prompt and chooses the first token.
  absl::Status Start() {
    Clock::time_point start = Clock::now();
    DSV4RUN_ASSIGN_OR_RETURN(
        Prefill prefill,
        engine_.Fill(sequence_, request_.prompt, request_.prefill));
    generation_.reused = prefill.reused;
    if (prefill.interrupted) {
      Finish(FinishReason::kInterrupted);
    } else if (request_.max_new_tokens == 0) {
      Finish(FinishReason::kLength);
    } else {
      const auto position = static_cast<int64_t>(sequence_.ids.size());
      DSV4RUN_ASSIGN_OR_RETURN(int32_t token,
                               chooser_.Choose(prefill.logits, position));
      generation_.first_token_seconds = SecondsSince(start);
      return Emit({token, position, prefill.logits});
    }
    generation_.first_token_seconds = SecondsSince(start);
    return absl::OkStatus();
  }

  /// What the next step is to do for this task, which is not done.
  StepSequence NextStep() {
    StepSequence step;
    step.sequence = &sequence_;
    step.chooser = &chooser_;
    step.next_id = next_id_;
    auto left = request_.max_new_tokens -
                static_cast<int64_t>(generation_.tokens.size());
    step.drafts = std::min(request_.drafts, left - 1);
    return step;
  }

  absl::Status Take(const StepSequence &step, double seconds) {
    generation_.decode_seconds += seconds;
    ++generation_.steps;
    generation_.drafted += step.drafted;
    generation_.accepted += static_cast<int64_t>(step.tokens.size()) - 1;
    const size_t vocab = step.logits.size() / step.tokens.size();
    // The state has next_id and all new tokens but the last.
    const auto first = static_cast<int64_t>(sequence_.ids.size()) -
                       static_cast<int64_t>(step.tokens.size()) + 1;
    for (size_t i = 0; i < step.tokens.size() && !done_; ++i) {
      ++generation_.decoded;
      const int64_t position = first + static_cast<int64_t>(i);
      DSV4RUN_RETURN_IF_ERROR(
          Emit({step.tokens[i], position,
                absl::MakeSpan(step.logits).subspan(i * vocab, vocab)}));
      if (done_)
        DSV4RUN_RETURN_IF_ERROR(engine_.Trim(sequence_, position));
    }
    if (!done_ && request_.prefill.interrupted &&
        request_.prefill.interrupted())
      Finish(FinishReason::kInterrupted);
    return absl::OkStatus();
  }

private:
  void Finish(FinishReason reason) {
    generation_.finish_reason = reason;
    done_ = true;
  }

  absl::Status Emit(const NewToken &token) {
    if (std::find(request_.stop_ids.begin(), request_.stop_ids.end(),
                  token.id) != request_.stop_ids.end()) {
      Finish(FinishReason::kStop);
      return absl::OkStatus();
    }
    generation_.tokens.push_back(token.id);
    next_id_ = token.id;
    bool more = true;
    if (request_.on_token) {
      DSV4RUN_ASSIGN_OR_RETURN(more, request_.on_token(token));
    }
    if (!more)
      Finish(FinishReason::kStop);
    else if (static_cast<int64_t>(generation_.tokens.size()) ==
             request_.max_new_tokens)
      Finish(FinishReason::kLength);
    else if (token.position == engine_.session().pool().geometry().max_context)
      Finish(FinishReason::kContext);
    return absl::OkStatus();
  }

  Engine &engine_;
  Sequence &sequence_;
  const GenerationRequest &request_;
  TokenChooser chooser_;
  Generation generation_;
  int32_t next_id_ = 0;
  bool done_ = false;
};

absl::StatusOr<std::unique_ptr<Task>>
StartTask(Engine &engine, Sequence &sequence,
          const GenerationRequest &request) {
  DSV4RUN_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create(request.sampling));
  auto task =
      std::make_unique<Task>(engine, sequence, request, std::move(sampler));
  DSV4RUN_RETURN_IF_ERROR(task->Start());
  return task;
}

/// One step for all tasks, none of which is done.
absl::Status StepTasks(Engine &engine, absl::Span<Task *const> tasks) {
  std::vector<StepSequence> steps;
  for (Task *task : tasks)
    steps.push_back(task->NextStep());
  Clock::time_point start = Clock::now();
  DSV4RUN_RETURN_IF_ERROR(engine.Step(absl::MakeSpan(steps)));
  double seconds = SecondsSince(start);
  for (size_t i = 0; i < tasks.size(); ++i)
    DSV4RUN_RETURN_IF_ERROR(tasks[i]->Take(steps[i], seconds));
  return absl::OkStatus();
}

} // namespace

absl::string_view FinishReasonName(FinishReason reason) {
  switch (reason) {
  case FinishReason::kStop:
    return "stop";
  case FinishReason::kLength:
    return "length";
  case FinishReason::kContext:
    return "context";
  case FinishReason::kInterrupted:
    return "interrupted";
  }
  return "";
}

absl::StatusOr<Generation> Generate(Engine &engine, Sequence &sequence,
                                    const GenerationRequest &request) {
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Task> task,
                           StartTask(engine, sequence, request));
  Task *tasks[] = {task.get()};
  while (!task->done())
    DSV4RUN_RETURN_IF_ERROR(StepTasks(engine, tasks));
  return std::move(task->generation());
}

absl::Status GenerateBatch(
    Engine &engine, absl::Span<const GenerationRequest> requests,
    const std::function<absl::Status(size_t index, Generation generation)>
        &on_done) {
  struct Active {
    size_t index;
    std::unique_ptr<Sequence> sequence;
    std::unique_ptr<Task> task;
  };
  std::vector<Active> active;
  auto close = absl::MakeCleanup([&] {
    for (Active &one : active)
      engine.Close(*one.sequence);
  });
  const auto slots =
      static_cast<size_t>(engine.session().pool().geometry().max_batch);
  size_t next = 0;
  while (next < requests.size() || !active.empty()) {
    while (next < requests.size() && active.size() < slots) {
      Active one{next, std::make_unique<Sequence>(), nullptr};
      DSV4RUN_ASSIGN_OR_RETURN(*one.sequence, engine.Open());
      active.push_back(std::move(one));
      DSV4RUN_ASSIGN_OR_RETURN(
          active.back().task,
          StartTask(engine, *active.back().sequence, requests[next]));
      ++next;
    }
    std::vector<Task *> tasks;
    for (Active &one : active)
      if (!one.task->done())
        tasks.push_back(one.task.get());
    if (!tasks.empty())
      DSV4RUN_RETURN_IF_ERROR(StepTasks(engine, tasks));
    for (size_t i = 0; i < active.size();) {
      if (!active[i].task->done()) {
        ++i;
        continue;
      }
      DSV4RUN_RETURN_IF_ERROR(
          on_done(active[i].index, std::move(active[i].task->generation())));
      if (next < requests.size())
        DSV4RUN_RETURN_IF_ERROR(engine.Keep(*active[i].sequence));
      engine.Close(*active[i].sequence);
      active.erase(active.begin() + i);
    }
  }
  return absl::OkStatus();
}

} // namespace dsv4run
