#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace dpctl::runtime {

/// Of those who ask for the same key at the same time one goes, and the others get what it brings.
template <class T>
class SingleFlight {
 public:
  /// Blocks until the answer is there. `go` must not throw.
  template <class Go>
  T run(const std::string& key, Go&& go) {
    std::shared_ptr<Flight> flight;
    bool mine = false;
    {
      const std::scoped_lock lock(mutex_);
      auto& place = flights_[key];
      if (!place) place = std::make_shared<Flight>(), mine = true;
      flight = place;
    }
    std::unique_lock lock(flight->mutex);
    if (!mine) {
      flight->landed.wait(lock, [&] { return flight->answer.has_value(); });
      return *flight->answer;
    }
    lock.unlock();
    T answer = go();
    {
      const std::scoped_lock all(mutex_);
      flights_.erase(key);
    }
    lock.lock();
    flight->answer = answer;
    lock.unlock();
    flight->landed.notify_all();
    return answer;
  }

 private:
  struct Flight {
    std::mutex mutex;
    std::condition_variable landed;
    std::optional<T> answer;
  };
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace dpctl::runtime
