#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::deploy {

/// One Deployment or StatefulSet and how it stands.
struct Workload {
  std::string kind{}, name{};  ///< "deployment.apps", "normalization-service"
  int ready = 0, wanted = 0;   ///< replicas
  std::string image{};         ///< of the first container
  int restarts = 0;            ///< of all containers of its pods
  std::chrono::seconds age{0};
  bool healthy = false;   ///< current by the rules of kstatus
  std::string message{};  ///< why not
};

/// All of a namespace, by kind and name: three lists at once.
Result<std::vector<Workload>> workloads(kube::Cluster&, const std::string& ns, Deadline, StopToken);

}  // namespace dpctl::deploy
