#pragma once

#include <optional>
#include <string>

#include "lib/data/json.hpp"

namespace dpctl::kube {

/// Why a pod does not get going, as its own status tells it.
struct PodTrouble {
  std::string container;  ///< "" when the pod as a whole is meant
  std::string reason;     ///< "ImagePullBackOff", "CrashLoopBackOff", "Unschedulable", …
  std::string message;    ///< the kubelet's or the scheduler's
  bool crash = false;     ///< it starts and ends again, so there may be logs
  bool now = true;  ///< false: it may still come right: the container runs, or is about to be started again
};

/// The first trouble: an image that cannot be had, a container that cannot be made or keeps ending, no node
/// that fits.
std::optional<PodTrouble> trouble_of(const Json& pod);

/// Ready, or ended well.
bool pod_is_well(const Json& pod);

/// Does the workload's selector match the pod's labels (matchLabels and matchExpressions), and is the pod one
/// of the workload's newest revision as far as labels tell?
bool selects(const Json& workload, const Json& pod);

/// The workload's selector as a query: "app=web,tier in (a,b)"; "" when it has none.
std::string selector_text(const Json& workload);

}  // namespace dpctl::kube
