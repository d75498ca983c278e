#include "lib/chart/release_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <optional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "lib/base/beside.hpp"
#include "lib/chart/release_record.hpp"

namespace dpctl::chart {
namespace {

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string_view label_of(const kube::Payload& head, std::string_view key) {
  const auto found = head.labels.find(key);
  return found == head.labels.end() ? std::string_view() : found->second;
}

bool older(const kube::Payload& a, const kube::Payload& b) {
  const auto at = [](const kube::Payload& head) {
    return std::tuple(std::string_view(head.ns), label_of(head, "name"), version_of(head));
  };
  return at(a) < at(b);
}

std::string selector_of(std::string_view name) { return fmt::format("owner=helm,name={}", name); }

/// What a head's labels say.
Summary labelled(const kube::Payload& head) {
  return {.name = std::string(label_of(head, "name")),
          .ns = head.ns,
          .version = version_of(head),
          .status = std::string(label_of(head, "status")),
          .pieces = pieces_of(head)};
}

Failure no_revision(std::string_view name, int version, const std::string& ns) {
  if (version == 0)
    return fail(Code::not_found, "release {} not found in namespace {}", name, ns)
        .hint("dpctl chart list -A");
  return fail(Code::not_found, "release {} has no revision {}", name, version)
      .hint("dpctl chart history {}", name);
}

/// Unpacking records is most of what a long list costs.
Listed read_summaries(std::span<const kube::Payload* const> heads, kube::PayloadKind kind) {
  constexpr std::size_t kWorthAThread = 64;
  std::vector<Result<Summary>> read(heads.size(), Summary());
  on_two_threads(heads.size(), kWorthAThread,
                 [&](std::size_t i) { read[i] = read_summary(*heads[i], kind); });
  Listed listed;
  for (auto& summary : read)
    if (summary)
      listed.releases.push_back(*std::move(summary));
    else
      listed.unreadable.push_back(std::move(summary).error());
  return listed;
}

}  // namespace

kube::ObjectRef ReleaseStore::ref(std::string name) const {
  return {kube::gvk_from("v1", kube::name_of(kind_)), ns_, std::move(name)};
}

Result<ReleaseStore::Heads> ReleaseStore::heads(const std::string& labels, bool metadata_only,
                                                Deadline deadline, const StopToken& stop) {
  const kube::PayloadQuery query{
      .kind = kind_, .ns = ns_, .label_selector = labels, .metadata_only = metadata_only};
  DPCTL_TRY(auto found, std::move(cluster_.payloads(std::span(&query, 1), deadline, stop).front()));
  std::sort(found.begin(), found.end(), older);
  return found;
}

Result<Release> ReleaseStore::whole(const kube::Payload& head, Deadline deadline, const StopToken& stop) {
  const auto pieces = pieces_of(head);
  const auto names = part_names(label_of(head, "name"), version_of(head), pieces);
  std::vector<kube::PayloadQuery> queries;
  for (const auto& name : names) queries.push_back({.kind = kind_, .ns = head.ns, .name = name});
  auto answers = cluster_.payloads(queries, deadline, stop);
  std::vector<std::string> bytes;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i] && answers[i].error().code == Code::not_found)
      return fail(Code::failed, "part {} of {} of revision {} of release {} is missing: {}", i + 1, names.size(),
                  version_of(head), label_of(head, "name"), names[i])
          .hint("restore it from a backup, or delete {}: the other revisions stay readable", head.name);
    if (!answers[i]) return fail(std::move(answers[i]).error());
    auto& data = answers[i]->front().data;
    bytes.push_back(data.empty() ? std::string() : std::move(data.begin()->second));
  }
  return read_record(head, bytes, kind_);
}

Result<Release> ReleaseStore::get(std::string_view name, int version, Deadline deadline, StopToken stop) {
  const auto labels = selector_of(name) + (version == 0 ? "" : fmt::format(",version={}", version));
  DPCTL_TRY(const auto found, heads(labels, false, deadline, stop));
  if (found.empty()) return no_revision(name, version, ns_);
  return whole(found.back(), deadline, stop);
}

Result<History> ReleaseStore::history(std::string_view name, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto found, heads(selector_of(name), false, deadline, stop));
  std::vector<std::future<Result<Release>>> readings;
  readings.reserve(found.size());
  // A record in parts is a round trip more; all of them travel together.
  for (const auto& head : found)
    readings.push_back(std::async(pieces_of(head).parts > 0 ? std::launch::async : std::launch::deferred,
                                  [&, this] { return whole(head, deadline, stop); }));
  History history;
  for (auto& reading : readings) {
    DPCTL_TRY(history.emplace_back(), reading.get());
  }
  return history;
}

Result<Listed> ReleaseStore::summaries(std::string_view name, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto found, heads(selector_of(name), false, deadline, stop));
  std::vector<const kube::Payload*> heads;
  for (const auto& head : found) heads.push_back(&head);
  return read_summaries(heads, kind_);
}

Result<std::vector<Summary>> ReleaseStore::outline(std::string_view name, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto found, heads(selector_of(name), true, deadline, stop));
  std::vector<Summary> revisions;
  std::transform(found.begin(), found.end(), std::back_inserter(revisions), labelled);
  return revisions;
}

Result<std::vector<Summary>> ReleaseStore::list(const ListRequest& request, Deadline deadline,
                                                StopToken stop) {
  // Superseded revisions are never the newest: the server leaves them out.
  const std::string labels = request.newest_only ? "owner=helm,status!=superseded" : "owner=helm";
  std::vector<kube::PayloadQuery> queries{
      {.kind = kind_, .ns = ns_, .label_selector = labels, .metadata_only = true}};
  // Who matches is the server's word; it is asked at the same time, because a newest revision that does not match
  // must not give way to an older one that does.
  if (!request.selector.empty()) {
    queries.push_back(queries.front());
    queries.back().label_selector += "," + request.selector;
  }
  auto answers = cluster_.payloads(queries, deadline, stop);
  for (auto& answer : answers)
    if (!answer) return fail(std::move(answer).error());
  std::set<std::pair<std::string, std::string>> matching;
  if (answers.size() > 1)
    for (const auto& head : *answers[1]) matching.emplace(head.ns, head.name);
  auto& found = *answers[0];
  std::sort(found.begin(), found.end(), older);
  std::vector<Summary> releases;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool newest = i + 1 == found.size() || found[i + 1].ns != found[i].ns ||
                        label_of(found[i + 1], "name") != label_of(found[i], "name");
    if (request.newest_only && !newest) continue;
    if (answers.size() > 1 && !matching.contains({found[i].ns, found[i].name})) continue;
    releases.push_back(labelled(found[i]));
  }
  return releases;
}

namespace {

constexpr std::size_t kNamesAList = 1000;  // one list is the fastest (measured); the address stays below 60 kB

/// Lists that together bring these revisions: by name, as many names as fit into one selector.
std::vector<kube::PayloadQuery> queries_for(const std::vector<Summary>& releases, const std::string& ns,
                                            kube::PayloadKind kind) {
  std::set<std::string> names, versions;
  for (const auto& release : releases) {
    names.insert(release.name);
    versions.insert(std::to_string(release.version));
  }
  std::string numbers;
  for (const auto& version : versions) numbers += (numbers.empty() ? "" : ",") + version;
  if (versions.size() > kNamesAList) numbers.clear();
  std::vector<kube::PayloadQuery> queries;
  for (auto name = names.begin(); name != names.end();) {
    std::string list;
    for (std::size_t i = 0; i < kNamesAList && name != names.end(); ++i, ++name)
      list += (list.empty() ? "" : ",") + *name;
    queries.push_back({.kind = kind,
                       .ns = ns,
                       .label_selector =
                           fmt::format("owner=helm,name in ({}){}", list,
                                       numbers.empty() ? "" : fmt::format(",version in ({})", numbers))});
  }
  return queries;
}

}  // namespace

Result<Listed> ReleaseStore::fill_in(std::vector<Summary> releases, Deadline deadline, StopToken stop) {
  const auto queries = queries_for(releases, ns_, kind_);
  std::map<std::tuple<std::string, std::string, int>, kube::Payload> found;
  for (auto& answer : cluster_.payloads(queries, deadline, stop)) {
    if (!answer) return fail(std::move(answer).error());
    for (auto& head : *answer) {
      std::tuple key(head.ns, std::string(label_of(head, "name")), version_of(head));
      found.insert_or_assign(std::move(key), std::move(head));
    }
  }
  std::vector<const kube::Payload*> heads;
  for (const auto& release : releases)
    if (const auto head = found.find({release.ns, release.name, release.version}); head != found.end())
      heads.push_back(&head->second);  // else it was removed meanwhile
  return read_summaries(heads, kind_);
}

Result<void> ReleaseStore::write_parts(const std::vector<Json>& parts, Deadline deadline,
                                       const StopToken& stop) {
  std::vector<std::future<Result<Json>>> writes;
  for (const auto& part : parts)
    writes.push_back(std::async(std::launch::async, [&] { return cluster_.create(part, deadline, stop); }));
  std::optional<Error> first;
  for (auto& write : writes)
    // One that is there already has the same content: the digest is in its name, and it cannot be changed.
    if (auto made = write.get(); !made && made.error().code != Code::conflict && !first)
      first = std::move(made).error();
  if (first) return fail(*std::move(first));
  return {};
}

/// Whoever deletes the head, Helm too, deletes its parts with it: the server's garbage collector follows owners.
Result<void> ReleaseStore::own_parts(const Release& release, const std::string& uid, Deadline deadline,
                                     const StopToken& stop) {
  const Json owner{{"apiVersion", "v1"},
                   {"kind", kube::name_of(kind_)},
                   {"name", record_name(release.name, release.version)},
                   {"uid", uid}};
  const Json patch{{"metadata", {{"ownerReferences", Json::array({owner})}}}};
  std::vector<std::future<Result<Json>>> patches;
  for (const auto& name : part_names(release.name, release.version, release.pieces))
    patches.push_back(std::async(std::launch::async, [&, name] {
      return cluster_.patch(ref(name), patch, "application/merge-patch+json", deadline, stop);
    }));
  for (auto& one : patches)
    if (auto patched = one.get(); !patched) return fail(std::move(patched).error());
  return {};
}

Result<void> ReleaseStore::remove_named(std::vector<std::string> names, Deadline deadline,
                                        const StopToken& stop) {
  std::vector<kube::ObjectRef> gone;
  for (auto& name : names) gone.push_back(ref(std::move(name)));
  if (gone.empty()) return {};
  for (auto& removed : cluster_.remove_all(gone, kube::Cluster::Propagation::background, deadline, stop))
    if (!removed) return fail(std::move(removed).error());
  return {};
}

Result<void> ReleaseStore::create(Release& release, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto record, make_record(release));
  DPCTL_CHECK(write_parts(part_objects(release, record, kind_), deadline, stop));
  const auto head = head_object(release, record, kind_, seconds_now(), Written::created);
  auto made = cluster_.create(head, deadline, stop);
  if (!made && made.error().code == Code::conflict)
    return fail(Code::conflict, "revision {} of release {} exists already: another operation is in progress",
                release.version, release.name)
        .because(made.error());
  if (!made) return fail(std::move(made).error());
  release.pieces = record.pieces();
  return own_parts(release, string_at(*made, "metadata.uid"), deadline, stop);
}

Result<void> ReleaseStore::update(Release& release, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto record, make_record(release));
  const auto before = std::exchange(release.pieces, record.pieces());
  const bool same_parts = before.digest == record.digest;
  if (!same_parts) DPCTL_CHECK(write_parts(part_objects(release, record, kind_), deadline, stop));
  // Without a resourceVersion: a revision belongs to the one who created it (create() is the fence), and
  // nobody else writes it.
  DPCTL_TRY(const auto put,
            cluster_.replace(head_object(release, record, kind_, seconds_now(), Written::modified), deadline, stop));
  if (same_parts) return {};
  DPCTL_CHECK(own_parts(release, string_at(put, "metadata.uid"), deadline, stop));
  return remove_named(part_names(release.name, release.version, before), deadline, stop);
}

Result<void> ReleaseStore::remove(const std::vector<const Release*>& releases, Deadline deadline,
                                  StopToken stop) {
  std::vector<std::string> heads, parts;
  for (const auto* release : releases) {
    heads.push_back(record_name(release->name, release->version));
    for (auto& part : part_names(release->name, release->version, release->pieces))
      parts.push_back(std::move(part));
  }
  DPCTL_CHECK(remove_named(std::move(heads), deadline, stop));
  return remove_named(std::move(parts), deadline, stop);
}

Result<void> ReleaseStore::sweep(std::string_view name, Deadline deadline, StopToken stop) {
  const std::vector<kube::PayloadQuery> queries{
      {.kind = kind_, .ns = ns_, .label_selector = part_selector(name), .metadata_only = true},
      {.kind = kind_, .ns = ns_, .label_selector = selector_of(name), .metadata_only = true}};
  auto answers = cluster_.payloads(queries, deadline, stop);
  for (auto& answer : answers)
    if (!answer) return fail(std::move(answer).error());
  std::set<std::string> named;
  for (const auto& head : *answers[1])
    for (auto& part : part_names(name, version_of(head), pieces_of(head))) named.insert(std::move(part));
  std::vector<std::string> loose;
  for (const auto& part : *answers[0])
    if (!named.contains(part.name)) loose.push_back(part.name);
  return remove_named(std::move(loose), deadline, stop);
}

}  // namespace dpctl::chart
