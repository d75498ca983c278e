// lib/kube/wait.cpp: waits for many objects with few watches.
//
// Objects are grouped by kind and namespace; each group has a thread that lists and watches, and reports a
// change the moment it arrives. What an object's own status does not tell is seen on its pods: when a
// workload is still not current after a moment, the pods of its namespace are watched too, and a pod that
// keeps failing for `patience` ends the wait with the reason.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "lib/kube/pods.hpp"
#include "lib/kube/readiness.hpp"

namespace dpctl::kube {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// Watches at once. More kinds than this wait their turn, so that calls keep their share of the connection's
/// 100 streams.
constexpr std::size_t kMostWatches = 32;
constexpr milliseconds kBeforePods{400};
constexpr milliseconds kTick{100};
constexpr milliseconds kToExplain{5'000};
/// A container without a readiness probe is ready the moment it starts, also one that ends a moment later.
/// The kubelet looks once a second, and on a busy node tells more than a second later still: what crashes at
/// its start is known within this time.
constexpr milliseconds kToSettle{3'000};

bool has_pods(const Gvk& gvk) {
  return (gvk.group == "apps" && (gvk.kind == "Deployment" || gvk.kind == "StatefulSet" ||
                                  gvk.kind == "DaemonSet" || gvk.kind == "ReplicaSet")) ||
         (gvk.group == "batch" && gvk.kind == "Job");
}

/// A workload of whose readiness nobody asks its containers.
bool is_ready_unasked(const Json& object, const Gvk& gvk) {
  if (gvk.kind == "Job" || !has_pods(gvk)) return false;
  const Json& containers = array_at(object, "spec.template.spec.containers");
  return containers.is_array() &&
         std::any_of(containers.begin(), containers.end(),
                     [](const Json& container) { return !container.contains("readinessProbe"); });
}

struct Subject {
  ObjectRef ref;
  Readiness readiness{Readiness::State::in_progress, "not looked at yet"};
  Json object{};  ///< as last seen; null when it does not exist
  bool done = false;
  bool seen = false;
  std::optional<Clock::time_point> settles{};  ///< current since now; done when it stays so until then
};

/// A pod that is in trouble, and since when.
struct Trouble {
  PodTrouble what;
  Json pod;
  Clock::time_point since;
};

class Waiting {
 public:
  Waiting(Cluster& cluster, std::span<const ObjectRef> refs, const WaitOptions& options, bool gone,
          Deadline deadline, StopToken stop, EventSink& events)
      : cluster_(cluster),
        options_(options),
        gone_(gone),
        deadline_(deadline),
        events_(events),
        on_stop_(std::move(stop), Wake{this}) {
    for (const auto& ref : refs) {
      ObjectRef full = ref;
      auto& group = groups_[{ref.gvk, ref.ns}];
      group.push_back(subjects_.size());
      subjects_.push_back(Subject{.ref = std::move(full)});
    }
  }

  Result<void> run(const StopToken& stop) {
    for (const auto& [key, members] : groups_) queue_.push_back({key.first, key.second, members});
    start_watches();
    const auto begin = Clock::now();
    std::unique_lock lock(mutex_);
    Result<void> outcome;
    while (true) {
      if (failed_) {
        outcome = fail(*failed_);
        break;
      }
      if (const Subject* bad = failed_subject(); bad != nullptr) {
        outcome = verdict(lock, *bad);
        break;
      }
      if (const auto hopeless = hopeless_pod(); hopeless && is_newest(lock, *hopeless)) {
        outcome = verdict(lock, hopeless->owner);
        break;
      }
      settle(lock);
      if (all_done()) break;
      if (stop.stop_requested()) {
        outcome = fail(Code::interrupted, "interrupted while waiting for {}", names_of_missing());
        break;
      }
      if (deadline_.passed()) {
        outcome = late(lock);
        break;
      }
      if (!gone_ && Clock::now() - begin > kBeforePods) start_pod_watches(lock);
      wake_.wait_until(lock, std::min(deadline_.time(), Clock::now() + kTick));
    }
    lock.unlock();
    ending_.request_stop();
    threads_.clear();
    return outcome;
  }

 private:
  struct Group {
    Gvk gvk;
    std::string ns;
    std::vector<std::size_t> members;
  };
  struct Wake {
    Waiting* waiting;
    void operator()() const { waiting->wake_.notify_all(); }
  };

  // ---- the watching threads ----

  void start_watches() {
    const std::size_t count = std::min(queue_.size(), kMostWatches);
    for (std::size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this] {
        while (const auto group = next_group()) watch(*group);
      });
    }
  }

  std::optional<Group> next_group() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty() || ending_.stop_requested()) return std::nullopt;
    Group group = std::move(queue_.front());
    queue_.erase(queue_.begin());
    return group;
  }

  void watch(const Group& group) {
    ListOptions options;
    if (group.members.size() == 1)
      options.field_selector = "metadata.name=" + subjects_[group.members.front()].ref.name;
    std::map<std::string, std::size_t> by_name;
    const std::string home = group.ns.empty() ? cluster_.connection().ns : group.ns;
    for (const std::size_t i : group.members) by_name[subjects_[i].ref.name] = i;
    auto type = cluster_.resource_for(group.gvk, deadline_, ending_.get_token());
    if (!type) return give_up(std::move(type).error(), group);
    const std::string ns = type->namespaced ? home : "";
    auto ended = cluster_.watch(
        group.gvk, ns, options,
        [&](const WatchEvent& event) {
          // The first bookmark ends the list: what it did not bring does not exist.
          if (event.kind == WatchEvent::Kind::bookmark) update_unseen(group);
          const auto found = by_name.find(string_at(event.object, "metadata.name"));
          if (event.kind != WatchEvent::Kind::bookmark && found != by_name.end()) {
            update(found->second, event.kind == WatchEvent::Kind::deleted ? Json() : event.object);
          }
          return !all_done(group);
        },
        deadline_, ending_.get_token());
    if (!ended && ended.error().code != Code::interrupted && ended.error().code != Code::timed_out) {
      give_up(std::move(ended).error(), group);
    }
  }

  void update_unseen(const Group& group) {
    for (const std::size_t i : group.members) {
      bool seen = false;
      {
        const std::lock_guard lock(mutex_);
        seen = subjects_[i].seen;
      }
      if (!seen) update(i, Json());
    }
  }

  void give_up(Error error, const Group& group) {
    // A kind that is not served (any more) has no objects.
    if (gone_ && error.code == Code::not_found) {
      for (const std::size_t i : group.members) update(i, Json());
      return;
    }
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = std::move(error);
    wake_.notify_all();
  }

  void update(std::size_t index, const Json& object) {
    Readiness now{Readiness::State::not_found, "does not exist"};
    if (!object.is_null()) now = readiness_of(object, options_.jobs_to_completion);
    std::optional<Event> event;
    {
      const std::lock_guard lock(mutex_);
      Subject& subject = subjects_[index];
      const bool changed =
          now.state != subject.readiness.state || now.message != subject.readiness.message || !subject.seen;
      const bool was_done = subject.done;
      const bool reached =
          gone_ ? now.state == Readiness::State::not_found : now.state == Readiness::State::current;
      // What was current when it was first looked at has been so for a while.
      const bool unsettled = reached && !gone_ && subject.seen && is_ready_unasked(object, subject.ref.gvk);
      subject.object = object;
      subject.readiness = now;
      subject.seen = true;
      if (!unsettled) subject.settles.reset();
      if (unsettled && !was_done && !subject.settles) subject.settles = Clock::now() + kToSettle;
      subject.done = reached && (was_done || !unsettled);
      if (subject.done && !was_done) {
        event = event_of(subject, Event::Kind::done, gone_ ? "gone" : now.message);
      } else if (!subject.done && changed) {
        event = event_of(subject, Event::Kind::waiting,
                         gone_             ? "still there"
                         : subject.settles ? now.message + ", settling"
                                           : now.message);
      }
      wake_.notify_all();
    }
    if (event) events_.emit(*event);
  }

  /// Marks done what stayed current for its time. The mutex is held, and given up while events are told.
  void settle(std::unique_lock<std::mutex>& lock) {
    std::vector<Event> events;
    for (auto& subject : subjects_) {
      if (subject.done || !subject.settles || Clock::now() < *subject.settles) continue;
      subject.done = true;
      events.push_back(event_of(subject, Event::Kind::done, subject.readiness.message));
    }
    if (events.empty()) return;
    lock.unlock();
    for (const auto& event : events) events_.emit(event);
    lock.lock();
  }

  Event event_of(const Subject& subject, Event::Kind kind, std::string text) const {
    const std::string name = to_string(subject.ref);
    return Event{kind, options_.event_parent.empty() ? name : options_.event_parent + "/" + name,
                 options_.event_parent, std::move(text)};
  }

  // ---- pods ----

  void start_pod_watches(std::unique_lock<std::mutex>& lock) {
    std::set<std::string> wanted;
    for (const auto& subject : subjects_) {
      if (!subject.done && has_pods(subject.ref.gvk))
        wanted.insert(subject.ref.ns.empty() ? cluster_.connection().ns : subject.ref.ns);
    }
    for (const auto& ns : wanted) {
      if (!pod_namespaces_.insert(ns).second) continue;
      lock.unlock();
      threads_.emplace_back([this, ns] {
        // Without the right to watch pods the wait goes on with less to tell.
        (void)cluster_.watch(
            {"", "v1", "Pod"}, ns, {}, [&](const WatchEvent& event) { return see_pod(event); }, deadline_,
            ending_.get_token());
      });
      lock.lock();
    }
  }

  bool see_pod(const WatchEvent& event) {
    if (event.kind == WatchEvent::Kind::bookmark) return true;
    const std::string key =
        string_at(event.object, "metadata.namespace") + "/" + string_at(event.object, "metadata.name");
    const auto trouble = event.kind == WatchEvent::Kind::deleted ? std::nullopt : trouble_of(event.object);
    const std::lock_guard lock(mutex_);
    const auto known = troubles_.find(key);
    if (trouble) {
      const auto since = known == troubles_.end() ? Clock::now() : known->second.since;
      troubles_[key] = Trouble{*trouble, event.object, since};
      wake_.notify_all();
    } else if (known != troubles_.end()) {
      // A crashing container runs for a moment between two crashes: only readiness or the end of the pod
      // clears it.
      if (event.kind == WatchEvent::Kind::deleted || pod_is_well(event.object)) {
        troubles_.erase(known);
      } else {
        known->second.pod = event.object;
        known->second.what.now = false;
      }
    }
    return true;
  }

  /// The workload that waits for this pod, if it is one of ours; a pod of an older revision is none of them.
  const Subject* owner_of(const Json& pod, const PodTrouble& trouble) const {
    for (const auto& subject : subjects_) {
      if (subject.done || subject.object.is_null() || !has_pods(subject.ref.gvk)) continue;
      // While the controller has not seen the newest generation, the pods are those of the one before.
      if (int_at(subject.object, "metadata.generation") !=
              int_at(subject.object, "status.observedGeneration", -1) &&
          subject.ref.gvk.kind != "Job")
        continue;
      // A Job counts crashes itself (backoffLimit).
      if (subject.ref.gvk.kind == "Job" && trouble.crash) continue;
      if (string_at(subject.object, "metadata.namespace") != string_at(pod, "metadata.namespace")) continue;
      if (selects(subject.object, pod)) return &subject;
    }
    return nullptr;
  }

  struct Hopeless {
    Subject owner;
    Json pod;
  };

  std::optional<Hopeless> hopeless_pod() {
    for (auto& [key, trouble] : troubles_) {
      if (!trouble.what.now || Clock::now() - trouble.since < options_.patience || checked_.count(key) != 0)
        continue;
      const Subject* owner = owner_of(trouble.pod, trouble.what);
      if (owner == nullptr) continue;
      checked_.insert(key);
      Hopeless found{*owner, trouble.pod};
      found.owner.readiness = {Readiness::State::failed, trouble.what.reason};
      return found;
    }
    return std::nullopt;
  }

  /// A Deployment's pod belongs to the newest revision when its ReplicaSet does; the old pods of an update
  /// may be as sick as they like.
  bool is_newest(std::unique_lock<std::mutex>& lock, const Hopeless& hopeless) {
    if (hopeless.owner.ref.gvk.kind != "Deployment") return true;
    const std::string set = string_at(hopeless.pod, "metadata.ownerReferences.0.name");
    lock.unlock();
    const auto replica_set =
        cluster_.get({{"apps", "v1", "ReplicaSet"}, string_at(hopeless.pod, "metadata.namespace"), set},
                     deadline_.at_most(kToExplain), ending_.get_token());
    lock.lock();
    const auto revision = [](const Json& object) {
      const Json& annotations = object_at(object, "metadata.annotations");
      const auto found = annotations.find("deployment.kubernetes.io/revision");
      return found == annotations.end() ? Json() : *found;
    };
    return !replica_set || revision(*replica_set) == revision(hopeless.owner.object);
  }

  // ---- outcomes; the mutex is held ----

  bool all_done() const {
    return std::all_of(subjects_.begin(), subjects_.end(), [](const Subject& s) { return s.done; });
  }
  bool all_done(const Group& group) {
    const std::lock_guard lock(mutex_);
    return std::all_of(group.members.begin(), group.members.end(),
                       [&](std::size_t i) { return subjects_[i].done; });
  }
  const Subject* failed_subject() const {
    if (gone_) return nullptr;
    for (const auto& subject : subjects_) {
      if (subject.readiness.state == Readiness::State::failed) return &subject;
    }
    return nullptr;
  }
  std::string names_of_missing() const {
    std::string text;
    std::size_t more = 0;
    for (const auto& subject : subjects_) {
      if (subject.done) continue;
      if (text.size() > 200) {
        ++more;
        continue;
      }
      if (!text.empty()) text += ", ";
      text += to_string(subject.ref);
    }
    return more == 0 ? text : fmt::format("{} and {} more", text, more);
  }

  Failure verdict(std::unique_lock<std::mutex>& lock, const Subject& bad_one) {
    const Subject bad = bad_one;
    lock.unlock();
    auto cause = explain(cluster_, bad.ref, Deadline::after(kToExplain), {});
    events_.emit(event_of(bad, Event::Kind::failed, bad.readiness.message));
    lock.lock();
    auto failure =
        fail(Code::unhealthy, "{} cannot become ready: {}", to_string(bad.ref), bad.readiness.message);
    if (cause) return std::move(failure).because(*std::move(cause)).retryable(false);
    return failure;
  }

  Failure late(std::unique_lock<std::mutex>& lock) {
    const auto missing =
        std::find_if(subjects_.begin(), subjects_.end(), [](const Subject& s) { return !s.done; });
    const std::string what = gone_ ? "to go" : "to become ready";
    auto failure = fail(Code::timed_out, "timed out waiting for {} {}: {}", names_of_missing(), what,
                        missing->readiness.message);
    if (gone_)
      return std::move(failure).hint("look at its finalizers: metadata.finalizers must become empty");
    const ObjectRef ref = missing->ref;
    lock.unlock();
    auto cause = explain(cluster_, ref, Deadline::after(kToExplain), {});
    lock.lock();
    if (cause) return std::move(failure).because(*std::move(cause)).retryable(false);
    return failure;
  }

  Cluster& cluster_;
  WaitOptions options_;
  bool gone_;
  Deadline deadline_;
  EventSink& events_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Subject> subjects_;
  std::map<std::pair<Gvk, std::string>, std::vector<std::size_t>> groups_;
  std::vector<Group> queue_;
  std::map<std::string, Trouble> troubles_;
  std::set<std::string> checked_;
  std::set<std::string> pod_namespaces_;
  std::optional<Error> failed_;
  StopSource ending_;
  std::vector<std::jthread> threads_;
  std::stop_callback<Wake> on_stop_;
};

}  // namespace

Result<void> wait_ready(Cluster& cluster, std::span<const ObjectRef> refs, const WaitOptions& options,
                        Deadline deadline, StopToken stop, EventSink& events) {
  if (refs.empty()) return {};
  return Waiting(cluster, refs, options, false, deadline, stop, events).run(stop);
}

Result<void> wait_gone(Cluster& cluster, std::span<const ObjectRef> refs, Deadline deadline, StopToken stop,
                       EventSink& events) {
  if (refs.empty()) return {};
  return Waiting(cluster, refs, {}, true, deadline, stop, events).run(stop);
}

}  // namespace dpctl::kube
