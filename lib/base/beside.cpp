#include "lib/base/beside.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace dpctl {

void leave_cpu(int cpu) {
  cpu_set_t allowed;
  if (::sched_getcpu() != cpu || ::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(cpu, &others);
  if (CPU_COUNT(&others) == 0) return;
  // Only the move is asked for: where the thread goes from there is the scheduler's to say again.
  if (::sched_setaffinity(0, sizeof others, &others) == 0) ::sched_setaffinity(0, sizeof allowed, &allowed);
}

struct Helped::Work {
  std::function<void()> run;
  int cpu;  ///< of who handed it over
  bool ended = false;
  std::exception_ptr error{};
};

/// The second thread, and what waits for it.
class Helper {
 public:
  using Work = Helped::Work;

  static Helper& of_process() {
    static Helper helper;
    return helper;
  }
  ~Helper() {
    {
      const std::scoped_lock lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  void add(std::shared_ptr<Work> work) {
    {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(work));
    }
    changed_.notify_all();
  }

  void finish(const std::shared_ptr<Work>& work) {
    std::unique_lock lock(mutex_);
    if (std::erase(waiting_, work) == 0) changed_.wait(lock, [&] { return work->ended; });
  }

 private:
  Helper() : thread_([this] { run(); }) {}

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return ends_ || !waiting_.empty(); });
      if (ends_) return;
      const auto work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      do_now(*work);
      lock.lock();
      work->ended = true;
      changed_.notify_all();
    }
  }

  static void do_now(Work& work) {
    leave_cpu(work.cpu);
    try {
      work.run();
    } catch (...) {
      work.error = std::current_exception();
    }
    work.run = nullptr;  // what it holds goes before the caller hears of the end
  }

  std::mutex mutex_;
  std::condition_variable changed_;  ///< something waits, or has ended
  std::deque<std::shared_ptr<Work>> waiting_;
  bool ends_ = false;
  std::thread thread_;
};

Helped::Helped(std::function<void()> work)
    : work_(std::make_shared<Work>(Work{.run = std::move(work), .cpu = ::sched_getcpu()})) {
  Helper::of_process().add(work_);
}
Helped::~Helped() {
  if (work_ != nullptr) Helper::of_process().finish(work_);
}

void Helped::finish() {
  if (work_ == nullptr) return;
  const auto work = std::exchange(work_, nullptr);
  Helper::of_process().finish(work);
  if (work->error != nullptr) std::rethrow_exception(work->error);
}

}  // namespace dpctl
