#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/plan/step.hpp"

namespace dpctl::plan {

/// A set of objects that belong together, planned and applied as one.

/// Looks at an object as it is in the cluster before it is planned; an error ends the planning.
using LiveCheck = std::function<Result<void>(const kube::ObjectRef&, const Json& live)>;

/// What has to change so that the cluster has `desired`: one list per (kind, namespace) and one server-side
/// dry run per object, all in flight together. An object whose namespace or kind does not exist yet is a
/// create without dry run. Conflicts with other field managers: `spec.replicas` owned by an autoscaler,
/// Flagger or `kubectl scale` stays theirs; others are an error that names them unless the context forces
/// conflicts. What `manager` itself set by other means than server-side apply (Helm 3 does) is adopted: its
/// fields become ours, so that those which are no longer wanted go. `manager` lives as long as the program. `check`
/// sees every object that exists, before anything else is said of any.
Result<StepPlan> plan_objects(Context&, std::string_view step, std::span<const Json> desired,
                              std::string_view manager = "dpctl", const LiveCheck& check = {});

/// Adds removals of those of `previous` that are not in `desired`, unless annotated helm.sh/resource-policy:
/// keep.
Result<void> plan_pruning(Context&, std::span<const Json> previous, std::span<const Json> desired,
                          StepPlan& plan);

/// The objects of `refs` that exist, as removals.
Result<StepPlan> plan_removal(Context&, std::string_view step, std::span<const kube::ObjectRef> refs);

/// Carries out the object changes of a plan by dependency level (what workloads refer to, then workloads,
/// then removals), each level in parallel. Emits done per object. On failure the error names how many were
/// done.
Result<void> apply_objects(Context&, const StepPlan& plan);

}  // namespace dpctl::plan
