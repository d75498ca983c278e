#pragma once

#include <string>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/chart/release.hpp"
#include "lib/chart/release_summary.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::chart {

struct Record;

/// Which releases are listed.
struct ListRequest {
  bool newest_only = true;       ///< else every superseded revision too
  std::string selector{};        ///< of the records' labels; the newest revision must match
};

/// What was found, and which records could not be read.
struct Listed {
  std::vector<Summary> releases;
  std::vector<Error> unreadable{};
};

/// Where releases are kept: Helm's Secrets or ConfigMaps in the release's namespace. All calls block until
/// answered, within the deadline. The cluster must outlive it. Thread-safe.
class ReleaseStore {
 public:
  /// `ns` empty: list() sees all namespaces, and the other calls want a namespace.
  ReleaseStore(kube::Cluster& cluster, std::string ns, kube::PayloadKind kind)
      : cluster_(cluster), ns_(std::move(ns)), kind_(kind) {}

  /// One revision; 0: the newest. Code::not_found when there is no such revision.
  Result<Release> get(std::string_view name, int version, Deadline, StopToken = {});
  /// All revisions of one release, oldest first; empty when there is none.
  Result<History> history(std::string_view name, Deadline, StopToken = {});
  /// The same as lists show it, without reading more than the fronts.
  Result<Listed> summaries(std::string_view name, Deadline, StopToken = {});
  /// The same by their labels alone: name, namespace, number and status. Cheap.
  Result<std::vector<Summary>> outline(std::string_view name, Deadline, StopToken = {});

  /// Every release (its newest revision), by namespace and name, from labels alone: what fill_in() fills.
  Result<std::vector<Summary>> list(const ListRequest&, Deadline, StopToken = {});
  /// Reads the fronts of these revisions, many at once; what cannot be read is left out and told.
  Result<Listed> fill_in(std::vector<Summary> releases, Deadline, StopToken = {});

  /// Code::conflict when the revision exists: somebody else is at work. Of a record in parts the head comes last:
  /// until then there is no such revision.
  /// Both note in the release how its record is kept.
  Result<void> create(Release& release, Deadline, StopToken = {});
  Result<void> update(Release& release, Deadline, StopToken = {});
  /// Many at once; heads first, then their parts.
  Result<void> remove(const std::vector<const Release*>& releases, Deadline, StopToken = {});
  /// Removes the parts of this release that no head names: what a run that was killed left. Only for who holds
  /// the release's lock, because a head comes after its parts.
  Result<void> sweep(std::string_view name, Deadline, StopToken = {});

 private:
  using Heads = std::vector<kube::Payload>;
  Result<Heads> heads(const std::string& labels, bool metadata_only, Deadline, const StopToken&);
  Result<Release> whole(const kube::Payload& head, Deadline, const StopToken&);
  Result<void> write_parts(const std::vector<Json>& parts, Deadline, const StopToken&);
  Result<void> own_parts(const Release&, const std::string& uid, Deadline, const StopToken&);
  Result<void> remove_named(std::vector<std::string> names, Deadline, const StopToken&);
  [[nodiscard]] kube::ObjectRef ref(std::string name) const;

  kube::Cluster& cluster_;
  std::string ns_;
  kube::PayloadKind kind_;
};

}  // namespace dpctl::chart
