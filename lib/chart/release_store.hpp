#pragma once

#include <string>

#include "lib/chart/release.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::chart {

/// Helm's default store: Secrets in the release's namespace. The cluster must outlive it. Not for several
/// threads.
class ClusterReleaseStore final : public ReleaseStore {
 public:
  /// `ns` empty: list() sees all namespaces, and the other calls want a namespace.
  ClusterReleaseStore(kube::Cluster& cluster, std::string ns) : cluster_(cluster), ns_(std::move(ns)) {}

  Result<Release> get(std::string_view name, int version, Deadline deadline, StopToken stop) override;
  Result<History> history(std::string_view name, Deadline deadline, StopToken stop) override;
  Result<std::vector<Release>> list(Deadline deadline, StopToken stop) override;
  Result<void> create(const Release& release, Deadline deadline, StopToken stop) override;
  Result<void> update(const Release& release, Deadline deadline, StopToken stop) override;
  Result<void> remove(std::string_view name, int version, Deadline deadline, StopToken stop) override;

 private:
  Result<std::vector<Release>> select(const std::string& labels, Deadline deadline, StopToken stop);

  kube::Cluster& cluster_;
  std::string ns_;
};

}  // namespace dpctl::chart
