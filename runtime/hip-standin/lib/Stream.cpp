//===- Stream.cpp - A queue with a thread ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Stream.h"
#include "Execute.h"

namespace hipstandin {

Stream::~Stream() { stop(/*drop=*/false); }

void Stream::abandon() { stop(/*drop=*/true); }

void Stream::stop(bool drop) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    if (drop) {
      // Other streams may be waiting for it.
      for (Item &item : queue_)
        item.done->signal();
      queue_.clear();
    }
  }
  changed_.notify_all();
  if (!thread_.joinable())
    return;
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach(); // A callback that ends the process.
  else
    thread_.join();
}

CompletionPtr Stream::push(Work work, std::vector<CompletionPtr> after) {
  auto done = std::make_shared<Completion>();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back({std::move(work), std::move(after), done});
    last_ = done;
    if (!thread_.joinable())
      thread_ = std::thread([this] { serve(); });
  }
  changed_.notify_all();
  return done;
}

CompletionPtr Stream::last() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return last_;
}

void Stream::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty())
      return;
    Item item = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    for (const CompletionPtr &completion : item.after)
      completion->wait();
    execute(runtime_, device_, item.work);
    item.work = EmptyWork();
    item.done->signal();
    lock.lock();
  }
}

} // namespace hipstandin
