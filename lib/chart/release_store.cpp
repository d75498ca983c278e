#include "lib/chart/release_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <tuple>

namespace dpctl::chart {
namespace {

kube::ObjectRef secret_ref(const std::string& ns, std::string_view name, int version) {
  return {kube::gvk_from("v1", "Secret"), ns, record_name(name, version)};
}

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Result<Release> ClusterReleaseStore::get(std::string_view name, int version, Deadline deadline,
                                         StopToken stop) {
  auto secret = cluster_.get(secret_ref(ns_, name, version), deadline, stop);
  if (!secret && secret.error().code == Code::not_found)
    return fail(Code::not_found, "release {} has no revision {} in namespace {}", name, version, ns_)
        .because(secret.error());
  if (!secret) return fail(std::move(secret).error());
  return from_secret(*secret);
}

Result<std::vector<Release>> ClusterReleaseStore::select(const std::string& labels, Deadline deadline,
                                                         StopToken stop) {
  kube::ListOptions options;
  options.label_selector = labels;
  DPCTL_TRY(const auto list, cluster_.list(kube::gvk_from("v1", "Secret"), ns_, options, deadline, stop));
  std::vector<Release> releases;
  for (const auto& item : array_at(list, "items")) {
    if (string_at(item, "data.release").empty()) continue;
    DPCTL_TRY(auto release, from_secret(item));
    releases.push_back(std::move(release));
  }
  std::sort(releases.begin(), releases.end(), [](const Release& a, const Release& b) {
    return std::tie(a.ns, a.name, a.version) < std::tie(b.ns, b.name, b.version);
  });
  return releases;
}

Result<History> ClusterReleaseStore::history(std::string_view name, Deadline deadline, StopToken stop) {
  return select(fmt::format("owner=helm,name={}", name), deadline, stop);
}

Result<std::vector<Release>> ClusterReleaseStore::list(Deadline deadline, StopToken stop) {
  // Superseded revisions are never the newest: leaving them at the server saves their whole payload.
  DPCTL_TRY(auto all, select("owner=helm,status!=superseded", deadline, stop));
  std::vector<Release> newest;
  for (auto& release : all) {
    if (!newest.empty() && newest.back().ns == release.ns && newest.back().name == release.name)
      newest.pop_back();
    newest.push_back(std::move(release));
  }
  return newest;
}

Result<void> ClusterReleaseStore::create(const Release& release, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto secret, to_secret(release, seconds_now(), Stored::created));
  auto made = cluster_.create(secret, deadline, stop);
  if (made) return {};
  if (made.error().code == Code::conflict)
    return fail(Code::conflict, "revision {} of release {} exists already: another operation is in progress",
                release.version, release.name)
        .because(made.error());
  return fail(std::move(made).error());
}

Result<void> ClusterReleaseStore::update(const Release& release, Deadline deadline, StopToken stop) {
  // Without a resourceVersion: a revision belongs to the one who created it (create() is the fence), and
  // nobody else writes it.
  DPCTL_TRY(const auto secret, to_secret(release, seconds_now(), Stored::modified));
  DPCTL_TRY(const auto put, cluster_.replace(secret, deadline, stop));
  static_cast<void>(put);
  return {};
}

Result<void> ClusterReleaseStore::remove(std::string_view name, int version, Deadline deadline,
                                         StopToken stop) {
  DPCTL_TRY(const bool removed, cluster_.remove(secret_ref(ns_, name, version),
                                                kube::Cluster::Propagation::background, deadline, stop));
  static_cast<void>(removed);
  return {};
}

}  // namespace dpctl::chart
