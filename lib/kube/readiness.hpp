#pragma once

#include <span>
#include <string>

#include "lib/base/deadline.hpp"
#include "lib/base/event.hpp"
#include "lib/base/result.hpp"
#include "lib/data/json.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::kube {

/// Where an object stands, by the rules of kstatus (fluxcd/cli-utils pkg/kstatus/status).
struct Readiness {
  enum class State { in_progress, current, failed, terminating, not_found };
  State state = State::in_progress;
  std::string message;  ///< "Available: 1/2", why it failed
};

/// From the object alone. `jobs_to_completion`: a running Job is in progress until Complete (Helm's
/// --wait-for-jobs).
Readiness readiness_of(const Json& object, bool jobs_to_completion = false);

/// Is an object of this kind current as soon as it exists? (ConfigMap, Secret, Role, …: nobody works on them.)
bool is_current_at_once(const Gvk&);

/// Waits until every object is current, or one of them can no longer get there.
///
/// One list and one watch per (kind, namespace), whatever the number of objects; resumes after 410 Gone.
/// Blocks; emits Event::waiting with the reason when it changes and Event::done per object. Returns early
/// with Code::unhealthy when an object fails for good (ImagePullBackOff, CrashLoopBackOff and unschedulable
/// pods of a workload count once they lasted `patience`), with the causal chain pod -> container -> event ->
/// last log lines in Error::cause; Code::timed_out at the deadline, with the same chain for what was still
/// missing; Code::interrupted when a stop is asked for.
struct WaitOptions {
  bool jobs_to_completion = false;
  std::chrono::seconds patience{10};
  std::string event_parent{};
};
Result<void> wait_ready(Cluster&, std::span<const ObjectRef>, const WaitOptions&, Deadline, StopToken,
                        EventSink&);

/// Waits until none of the objects exists any more.
Result<void> wait_gone(Cluster&, std::span<const ObjectRef>, Deadline, StopToken, EventSink&);

/// Why is this object not ready? pod -> container -> event -> last log lines, as an Error chain; nullopt when
/// nothing is found.
std::optional<Error> explain(Cluster&, const ObjectRef&, Deadline, StopToken);

}  // namespace dpctl::kube
