#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lib/kube/cluster.hpp"
#include "lib/kube/time.hpp"

namespace dpctl::kube {

/// Who holds a Lease, as the object says.
struct LeaseHolder {
  std::string holder;  ///< "" when it is free
  std::optional<WallTime> renewed;
  std::chrono::seconds duration{0};
  std::int64_t transitions = 0;
  std::optional<WallTime> acquired{};
  std::string word{};  ///< what the last holder that gave it back left with it: see LeaseLock::leave_word()
};
/// Reads a coordination.k8s.io/v1 Lease; what is missing stays empty.
LeaseHolder holder_of(const Json& lease);

/// What a look at a lock found: how it was, so that acquire() can go on from there.
struct LeaseLook {
  std::shared_ptr<const Json> lease{};  ///< nullptr: nobody ever took it
};
Result<LeaseLook> look_at_lease(Cluster&, std::string_view ns, std::string_view name, Deadline, StopToken = {});

struct LeaseOptions {
  std::string ns, name;
  std::string holder;  ///< names this process: "user@host, dpctl up, 4711-a8f2"; must not be shared
  std::chrono::seconds duration{15};  ///< renewed each third of it
  /// Called for every look at a lock that somebody else holds, alive or dead; an error ends acquire() with
  /// it.
  std::function<Result<void>(const LeaseHolder&)> on_other{};
  std::optional<LeaseLook> look{};  ///< the first look, when it was had already; saves a round trip
};

/// A lock on the cluster: a coordination.k8s.io/v1 Lease with one holder, renewed by a thread while this
/// object lives.
///
/// A holder that died is replaced once its Lease has expired by its own words and was seen unrenewed for half
/// its duration, so that a wrong clock alone takes no lock from anybody. `fence()` (leaseTransitions) grows
/// with every change of holder: what is written with an older fence is of a former holder. All methods are
/// thread-safe.
class LeaseLock {
 public:
  /// Blocks until the lock is ours; Code::conflict when it is somebody else's at the deadline, with holder
  /// and last renewal.
  static Result<std::unique_ptr<LeaseLock>> acquire(Cluster&, LeaseOptions, Deadline, StopToken = {});

  /// Releases, if that was not done: within two seconds, ignoring failure (then the Lease expires).
  ~LeaseLock();
  LeaseLock(const LeaseLock&) = delete;
  LeaseLock& operator=(const LeaseLock&) = delete;

  [[nodiscard]] std::int64_t fence() const;
  /// The lock was free at the first look, and nobody had it between that look and now.
  [[nodiscard]] bool undisturbed() const;
  /// The Lease as it was when it was taken: of a holder that died, or given back (`holder` is empty); nullopt
  /// when nobody had it before.
  [[nodiscard]] const std::optional<LeaseHolder>& former() const;
  /// Asked to stop when the lock was taken by somebody else, or could not be renewed before it expired. Work
  /// under the lock must end then.
  [[nodiscard]] StopToken lost() const;
  [[nodiscard]] bool held() const { return !lost().stop_requested(); }

  /// A line for whoever takes the lock next (LeaseHolder::word), written when this one gives it back.
  void leave_word(std::string word);

  /// Ends renewing and frees the lock for the next.
  Result<void> release(Deadline);

 private:
  struct State;
  explicit LeaseLock(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::kube
