#pragma once

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <future>
#include <utility>

namespace dpctl {

/// The calling thread goes on on another CPU than `cpu`, when it runs there and may run elsewhere.
void leave_cpu(int cpu);

/// Calls `work` on a thread of its own, on another CPU than the caller's when there is one: for computing,
/// where a few milliseconds count. Linux often starts a thread on its parent's CPU although another is idle
/// (a virtual machine's CPU that sleeps does not count as idle, vcpu_is_preempted), and lets the two take
/// turns.
template <class Work>
auto beside(Work work) {
  return std::async(std::launch::async, [cpu = ::sched_getcpu(), work = std::move(work)]() mutable {
    leave_cpu(cpu);
    return work();
  });
}

/// Calls each(0) … each(count - 1), on two threads when there are `worth_it` or more; each takes the next
/// one. The calls must not depend on each other. Blocks until all have returned.
template <class Each>
void on_two_threads(std::size_t count, std::size_t worth_it, const Each& each) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (auto i = next++; i < count; i = next++) each(i);
  };
  if (count < worth_it) return take();
  auto other = beside(take);
  take();
  other.get();
}

}  // namespace dpctl
