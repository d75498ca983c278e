#pragma once

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

namespace dpctl {

/// The calling thread goes on on another CPU than `cpu`, when it runs there and may run elsewhere.
void leave_cpu(int cpu);

/// Work that the caller can do alone, but in which the process's helper may take part: a second thread, kept
/// from its first use, on another CPU than the caller's when there is one. For computing, where a few
/// milliseconds count. The helper does one work after the other, in the order in which they were handed over.
///
/// Linux often wakes a thread on the CPU of who wakes it although another is idle (a virtual machine's CPU
/// that sleeps does not count as idle, vcpu_is_preempted), and lets the two take turns.
class Helped {
 public:
  /// Hands `work` over. It may begin at once, later or never; what it uses must outlive this.
  explicit Helped(std::function<void()> work);
  ~Helped();
  Helped(const Helped&) = delete;
  Helped& operator=(const Helped&) = delete;

  /// After this the work has ended, or will never begin: so it is the caller's to do what is left of it.
  /// Throws what the work threw.
  void finish();

 private:
  struct Work;
  friend class Helper;
  std::shared_ptr<Work> work_;
};

/// Calls each(0) … each(count - 1), on two threads when there are `worth_it` or more; each takes the next
/// one. The calls must not depend on each other. Blocks until all have returned.
template <class Each>
void on_two_threads(std::size_t count, std::size_t worth_it, const Each& each) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (auto i = next++; i < count; i = next++) each(i);
  };
  if (count < worth_it) return take();
  Helped other(take);
  take();
  other.finish();
}

}  // namespace dpctl
