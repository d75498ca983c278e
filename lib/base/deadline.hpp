#pragma once

#include <algorithm>
#include <chrono>
#include <stop_token>

namespace dpctl {

/// A request to stop, handed through every blocking call. Ctrl-C is one (cli/app); a failed sibling is
/// another.
using StopToken = std::stop_token;
using StopSource = std::stop_source;

/// The moment after which a blocking call gives up with Code::timed_out. Absolute, so that it can be handed
/// down.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static Deadline never() { return Deadline(Clock::time_point::max()); }
  static Deadline after(std::chrono::milliseconds span) { return Deadline(Clock::now() + span); }

  [[nodiscard]] bool passed() const { return Clock::now() >= at_; }
  [[nodiscard]] Clock::time_point time() const { return at_; }

  /// Time left, never negative, at most an hour (so that it fits the timeouts of libraries).
  [[nodiscard]] std::chrono::milliseconds left() const {
    using std::chrono::milliseconds;
    const auto now = Clock::now();
    if (now >= at_) return milliseconds(0);
    if (at_ - now > std::chrono::hours(1)) return std::chrono::hours(1);
    return std::chrono::duration_cast<milliseconds>(at_ - now);
  }

  /// The earlier of this and `span` from now: for one call within a longer operation.
  [[nodiscard]] Deadline at_most(std::chrono::milliseconds span) const {
    return Deadline(std::min(at_, Clock::now() + span));
  }

 private:
  explicit Deadline(Clock::time_point at) : at_(at) {}
  Clock::time_point at_;
};

}  // namespace dpctl
