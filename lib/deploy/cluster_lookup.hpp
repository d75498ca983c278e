#pragma once

#include "lib/chart/text/exec.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::deploy {

/// The template function `lookup`, answered by a cluster. Blocks; what the server refuses ends the rendering.
class ClusterLookup final : public chart::Lookup {
 public:
  ClusterLookup(kube::Cluster& cluster, Deadline deadline, StopToken stop)
      : cluster_(cluster), deadline_(deadline), stop_(std::move(stop)) {}
  chart::Value lookup(std::string_view api_version, std::string_view kind, std::string_view ns,
                      std::string_view name) override;

 private:
  kube::Cluster& cluster_;
  Deadline deadline_;
  StopToken stop_;
};

}  // namespace dpctl::deploy
