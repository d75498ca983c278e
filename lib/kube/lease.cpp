#include "lib/kube/lease.hpp"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "lib/base/duration.hpp"

namespace dpctl::kube {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

Gvk lease_kind() { return {"coordination.k8s.io", "v1", "Lease"}; }
constexpr const char* kWord = "dpctl/word-of-last-holder";

Json new_lease(const LeaseOptions& options) {
  Json lease = Json::object();
  lease["apiVersion"] = "coordination.k8s.io/v1";
  lease["kind"] = "Lease";
  lease["metadata"]["name"] = options.name;
  lease["metadata"]["namespace"] = options.ns;
  lease["spec"] = Json::object();
  return lease;
}

/// Writes that it is ours from now on, or still.
void claim(Json& lease, const LeaseOptions& options, bool change_of_holder) {
  const std::string now = format_micro_time(std::chrono::system_clock::now());
  Json& spec = lease["spec"];
  if (change_of_holder) {
    spec["leaseTransitions"] = int_at(lease, "spec.leaseTransitions") + 1;
    spec["acquireTime"] = now;
  }
  spec["holderIdentity"] = options.holder;
  spec["leaseDurationSeconds"] = options.duration.count();
  spec["renewTime"] = now;
}

/// Waits; returns early when a stop is asked for.
void pause(milliseconds span, Deadline deadline, const StopToken& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_until(lock, stop, deadline.at_most(span).time(), [] { return false; });
}

/// What has been seen of another holder's Lease.
class Watched {
 public:
  /// May it be taken now?
  bool dead(const Json& lease) {
    const LeaseHolder holder = holder_of(lease);
    if (holder.holder.empty()) return true;
    const std::string version = string_at(lease, "metadata.resourceVersion");
    if (version != version_) {
      version_ = version;
      since_ = Steady::now();
    }
    const auto duration = std::max(holder.duration, std::chrono::seconds(1));
    const bool expired = !holder.renewed || *holder.renewed + duration < std::chrono::system_clock::now();
    const auto unchanged = Steady::now() - since_;
    return (expired && unchanged > duration / 2) || unchanged > duration;
  }

 private:
  std::string version_;
  Steady::time_point since_{};
};

}  // namespace

LeaseHolder holder_of(const Json& lease) {
  LeaseHolder holder;
  holder.holder = string_at(lease, "spec.holderIdentity");
  holder.renewed = parse_time(string_at(lease, "spec.renewTime"));
  holder.duration = std::chrono::seconds(int_at(lease, "spec.leaseDurationSeconds"));
  holder.transitions = int_at(lease, "spec.leaseTransitions");
  holder.acquired = parse_time(string_at(lease, "spec.acquireTime"));
  holder.word = string_at(object_at(lease, "metadata.annotations"), kWord);
  return holder;
}

struct LeaseLock::State {
  State(Cluster& c, LeaseOptions o) : cluster(c), options(std::move(o)) {}

  /// Renews until told to stop; gives up when the Lease has run out or has another holder.
  void keep(const StopToken& stop) {
    const milliseconds period = std::chrono::duration_cast<milliseconds>(options.duration) / 3;
    auto valid_until = Steady::now() + options.duration;
    milliseconds wait = period;
    while (true) {
      pause(wait, Deadline::never(), stop);
      if (stop.stop_requested()) return;
      const auto begin = Steady::now();
      const Deadline deadline =
          Deadline::after(std::chrono::duration_cast<milliseconds>(valid_until - begin)).at_most(period);
      Json next = lease;
      claim(next, options, false);
      auto renewed = cluster.replace(next, deadline, stop);
      if (renewed) {
        lease = *std::move(renewed);
        valid_until = begin + options.duration;
        wait = period;
        continue;
      }
      if (stop.stop_requested()) return;
      if (renewed.error().code == Code::conflict || renewed.error().code == Code::not_found) {
        // Our own write may have arrived although its answer did not; only another holder ends it.
        auto now = cluster.get({lease_kind(), options.ns, options.name}, deadline, stop);
        if (now && string_at(*now, "spec.holderIdentity") == options.holder) {
          lease = *std::move(now);
          wait = milliseconds(0);
          continue;
        }
        if (now || now.error().code == Code::not_found) return lose();
      }
      if (Steady::now() >= valid_until) return lose();
      wait = milliseconds(500);
    }
  }

  void lose() { lost.request_stop(); }

  Cluster& cluster;
  LeaseOptions options;
  Json lease;  ///< owned by the renewing thread while that runs
  std::int64_t fence = 0;
  StopSource lost;
  bool released = false, undisturbed = false;
  std::optional<LeaseHolder> former;
  std::mutex mutex;  // guards word
  std::string word;
  std::jthread renewing;
};

LeaseLock::LeaseLock(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::int64_t LeaseLock::fence() const { return state_->fence; }
bool LeaseLock::undisturbed() const { return state_->undisturbed; }
const std::optional<LeaseHolder>& LeaseLock::former() const { return state_->former; }
StopToken LeaseLock::lost() const { return state_->lost.get_token(); }
void LeaseLock::leave_word(std::string word) {
  const std::scoped_lock lock(state_->mutex);
  state_->word = std::move(word);
}

namespace {

Result<Json> first_look(const LeaseLook& look) {
  if (look.lease != nullptr) return *look.lease;
  return fail(Code::not_found, "nobody ever took the lock");
}

}  // namespace

Result<std::unique_ptr<LeaseLock>> LeaseLock::acquire(Cluster& cluster, LeaseOptions options,
                                                      Deadline deadline, StopToken stop) {
  auto state = std::make_unique<State>(cluster, std::move(options));
  const LeaseOptions& wanted = state->options;
  const ObjectRef ref{lease_kind(), wanted.ns, wanted.name};
  Watched watched;
  std::optional<LeaseHolder> other;
  for (bool first = true;; first = false) {
    if (stop.stop_requested())
      return fail(Code::interrupted, "interrupted while waiting for the lock {}", wanted.name);
    auto found = first && wanted.look ? first_look(*wanted.look) : cluster.get(ref, deadline, stop);
    const bool is_free = !found || string_at(*found, "spec.holderIdentity").empty();
    Result<Json> taken = fail(Code::conflict, "held by somebody else");
    std::optional<LeaseHolder> former;
    if (found) former = holder_of(*found);
    if (former && wanted.on_other && !former->holder.empty() && former->holder != wanted.holder)
      DPCTL_CHECK(wanted.on_other(*former));
    if (found && (string_at(*found, "spec.holderIdentity") == wanted.holder || watched.dead(*found))) {
      claim(*found, wanted, true);
      taken = cluster.replace(*found, deadline, stop);
    } else if (found) {
      other = former;
    } else if (found.error().code == Code::not_found) {
      Json fresh = new_lease(wanted);
      claim(fresh, wanted, true);
      taken = cluster.create(fresh, deadline, stop);
    } else if (found.error().code != Code::timed_out) {
      return fail(std::move(found).error());
    }
    if (taken) {
      state->lease = *std::move(taken);
      state->fence = int_at(state->lease, "spec.leaseTransitions");
      state->undisturbed = first && is_free;
      state->former = std::move(former);
      State* raw = state.get();
      state->renewing = std::jthread([raw](const StopToken& ending) { raw->keep(ending); });
      return std::unique_ptr<LeaseLock>(new LeaseLock(std::move(state)));
    }
    if (taken.error().code != Code::conflict) return fail(std::move(taken).error());
    if (deadline.passed()) {
      const std::string holder = other ? other->holder : "somebody else";
      const std::string renewed =
          other && other->renewed ? ", last renewed " + format_time(*other->renewed) : "";
      return fail(Code::conflict, "the lock {} in {} is held by {}{}", wanted.name, wanted.ns, holder,
                  renewed)
          .at(Place{.subject = "lease.coordination.k8s.io/" + wanted.name})
          .hint("wait until the other run has ended; the lock of a run that died frees itself after {}",
                format_duration(other && other->duration.count() > 0 ? other->duration : wanted.duration));
    }
    pause(milliseconds(250), deadline, stop);
  }
}

Result<void> LeaseLock::release(Deadline deadline) {
  if (state_->released) return {};
  state_->released = true;
  state_->renewing.request_stop();
  if (state_->renewing.joinable()) state_->renewing.join();
  if (!held())
    return fail(Code::conflict, "the lock {} was lost before it was released", state_->options.name);
  Json lease = state_->lease;
  lease["spec"]["holderIdentity"] = "";
  lease["spec"]["renewTime"] = format_micro_time(std::chrono::system_clock::now());
  {
    const std::scoped_lock lock(state_->mutex);
    if (!state_->word.empty()) lease["metadata"]["annotations"][kWord] = state_->word;
  }
  DPCTL_TRY(const Json answer, state_->cluster.replace(lease, deadline));
  return {};
}

LeaseLock::~LeaseLock() {
  if (state_) (void)release(Deadline::after(milliseconds(2'000)));
}

Result<LeaseLook> look_at_lease(Cluster& cluster, std::string_view ns, std::string_view name,
                                Deadline deadline, StopToken stop) {
  auto lease = cluster.get({lease_kind(), std::string(ns), std::string(name)}, deadline, stop);
  if (lease) return LeaseLook{std::make_shared<const Json>(*std::move(lease))};
  if (lease.error().code == Code::not_found) return LeaseLook{};
  return fail(std::move(lease).error());
}

}  // namespace dpctl::kube
