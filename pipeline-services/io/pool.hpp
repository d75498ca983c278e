#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::io {

struct PoolLimits {
  std::size_t min = 1;  ///< kept, however long nobody needs them
  std::size_t max = 4;  ///< at the same time; who comes later waits
  std::chrono::milliseconds wait{2'000};
  std::chrono::seconds idle{60};  ///< after which a connection above `min` goes
};

/// Connections of one kind, lent to one thread each. Thread-safe.
template <class Connection>
class Pool {
 public:
  using Make = std::function<Connection()>;
  Pool(PoolLimits limits, Make make) : limits_(limits), make_(std::move(make)) {}

  /// Gives its connection back when it goes.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->give_back(std::move(connection_));
    }
    Connection* operator->() { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// Blocks while all are lent; Code::timed_out after the limit's `wait`.
  Result<Lease> borrow() {
    std::unique_lock lock(mutex_);
    if (!free_again_.wait_for(lock, limits_.wait, [&] { return !idle_.empty() || lent_ < limits_.max; }))
      return fail(Code::timed_out, "all {} connections of the pool are in use", limits_.max).retryable();
    ++lent_;
    if (idle_.empty()) return Lease(*this, std::make_unique<Connection>(make_()));
    auto connection = std::move(idle_.back().connection);
    idle_.pop_back();
    return Lease(*this, std::move(connection));
  }

  /// Makes `min` connections ready: `touch` opens one, for example by a ping. Errors are left to whoever
  /// borrows it.
  template <class Touch>
  void warm(Touch&& touch) {
    std::vector<Lease> all;
    while (all.size() < limits_.min) {
      auto lease = borrow();
      if (!lease) break;
      if (!touch(*lease->operator->())) break;
      all.push_back(*std::move(lease));
    }
  }

  [[nodiscard]] std::size_t idle() const {
    const std::scoped_lock lock(mutex_);
    return idle_.size();
  }
  [[nodiscard]] std::size_t lent() const {
    const std::scoped_lock lock(mutex_);
    return lent_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Idle {
    std::unique_ptr<Connection> connection;
    Clock::time_point since;
  };

  // The one used last is lent first, so those at the front are the ones that nobody needs.
  void give_back(std::unique_ptr<Connection> connection) {
    std::unique_ptr<Connection> surplus;
    {
      const std::scoped_lock lock(mutex_);
      --lent_;
      const auto now = Clock::now();
      idle_.push_back({std::move(connection), now});
      if (idle_.size() > limits_.min && now - idle_.front().since > limits_.idle) {
        surplus = std::move(idle_.front().connection);
        idle_.erase(idle_.begin());
      }
    }
    free_again_.notify_one();
  }

  PoolLimits limits_;
  Make make_;
  mutable std::mutex mutex_;
  std::condition_variable free_again_;
  std::vector<Idle> idle_;
  std::size_t lent_ = 0;
};

}  // namespace dpctl::io
