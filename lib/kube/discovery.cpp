// lib/kube/discovery.cpp: which kinds the server has, and under which paths.
//
// Aggregated discovery (KEP-3352) answers in two requests, sent together; a server that does not know it
// answers the same two requests with plain lists, and then one more wave asks each group version. An
// aggregated API whose server is down is marked stale and stops nothing. The cache on disk is asked first; a
// kind that it does not have is looked for once more at the server.
#include "lib/kube/discovery.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::kube {
namespace {

constexpr std::string_view kAcceptAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
constexpr int kCacheFormat = 1;

std::vector<std::string> texts(const Json& value, std::string_view path) {
  std::vector<std::string> all;
  for (const auto& item : array_at(value, path)) {
    if (item.is_string()) all.push_back(item.get<std::string>());
  }
  return all;
}

void read_version(const std::string& group, const Json& version, Served& into) {
  const std::string name = string_at(version, "version");
  if (name.empty()) return;
  if (string_at(version, "freshness") == "Stale") into.stale.push_back(Gvk{group, name, ""}.api_version());
  for (const auto& resource : array_at(version, "resources")) {
    ResourceType type;
    type.gvk = Gvk{group, name, string_at(resource, "responseKind.kind")};
    type.plural = string_at(resource, "resource");
    type.singular = string_at(resource, "singularResource");
    type.short_names = texts(resource, "shortNames");
    type.verbs = texts(resource, "verbs");
    type.categories = texts(resource, "categories");
    type.namespaced = string_at(resource, "scope") == "Namespaced";
    if (!type.plural.empty() && !type.gvk.kind.empty()) into.types.push_back(std::move(type));
  }
}

Json to_json(const Served& served) {
  Json types = Json::array();
  for (const auto& type : served.types) {
    Json row = Json::object();
    row["group"] = type.gvk.group;
    row["version"] = type.gvk.version;
    row["kind"] = type.gvk.kind;
    row["plural"] = type.plural;
    row["singular"] = type.singular;
    row["shortNames"] = type.short_names;
    row["verbs"] = type.verbs;
    row["categories"] = type.categories;
    row["namespaced"] = type.namespaced;
    types.push_back(std::move(row));
  }
  Json document = Json::object();
  document["format"] = kCacheFormat;
  document["types"] = std::move(types);
  return document;
}

Served from_json(const Json& document) {
  Served served;
  for (const auto& row : array_at(document, "types")) {
    ResourceType type;
    type.gvk = Gvk{string_at(row, "group"), string_at(row, "version"), string_at(row, "kind")};
    type.plural = string_at(row, "plural");
    type.singular = string_at(row, "singular");
    type.short_names = texts(row, "shortNames");
    type.verbs = texts(row, "verbs");
    type.categories = texts(row, "categories");
    type.namespaced = bool_at(row, "namespaced");
    served.types.push_back(std::move(type));
  }
  return served;
}

Call call_for(std::string path, std::string_view accept) {
  Call call;
  call.subject = "discover " + path;
  call.path = std::move(path);
  call.accept = accept;
  return call;
}

bool names(const ResourceType& type, std::string_view word) {
  return to_lower(type.plural) == word || to_lower(type.singular) == word ||
         to_lower(type.gvk.kind) == word ||
         std::any_of(type.short_names.begin(), type.short_names.end(),
                     [&](const std::string& s) { return to_lower(s) == word; });
}

}  // namespace

bool read_aggregated(const Json& document, Served& into) {
  if (string_at(document, "kind") != "APIGroupDiscoveryList") return false;
  for (const auto& group : array_at(document, "items")) {
    const std::string name = string_at(group, "metadata.name");
    for (const auto& version : array_at(group, "versions")) read_version(name, version, into);
  }
  return true;
}

void read_resource_list(const Json& document, Served& into) {
  const Gvk group = gvk_from(string_at(document, "groupVersion"), "");
  for (const auto& resource : array_at(document, "resources")) {
    ResourceType type;
    type.gvk = Gvk{group.group, group.version, string_at(resource, "kind")};
    type.plural = string_at(resource, "name");
    type.singular = string_at(resource, "singularName");
    type.short_names = texts(resource, "shortNames");
    type.verbs = texts(resource, "verbs");
    type.categories = texts(resource, "categories");
    type.namespaced = bool_at(resource, "namespaced");
    const bool subresource = type.plural.find('/') != std::string::npos;
    if (!subresource && !type.plural.empty() && !type.gvk.kind.empty()) into.types.push_back(std::move(type));
  }
}

const ResourceType* find_named(const std::vector<ResourceType>& types, std::string_view word) {
  const std::string lower = to_lower(word);
  const auto dot = lower.find('.');
  const std::string_view name = std::string_view(lower).substr(0, dot);
  const std::string_view rest =
      dot == std::string::npos ? std::string_view() : std::string_view(lower).substr(dot + 1);
  const auto next = rest.find('.');
  const std::string_view version = rest.substr(0, next);
  const std::string_view group = next == std::string_view::npos ? std::string_view() : rest.substr(next + 1);
  for (const auto& type : types) {
    if (!names(type, name)) continue;
    if (rest.empty() || type.gvk.group == rest) return &type;  // deployments, deployments.apps
    if (type.gvk.version == version && type.gvk.group == group) return &type;  // deployments.v1.apps, pods.v1
  }
  return nullptr;
}

Discovery::Discovery(Requests& requests, std::filesystem::path cache_dir, std::chrono::seconds ttl)
    : requests_(requests), cache_dir_(std::move(cache_dir)), ttl_(ttl) {}

std::filesystem::path Discovery::file() const {
  const std::string& server = requests_.connection().server;
  std::string host = server.substr(server.find("://") + 3);
  for (char& c : host) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (!plain) c = '_';
  }
  return cache_dir_ / "discovery" / host / "served.json";
}

std::optional<Served> Discovery::from_disk(bool& fresh) const {
  fresh = false;
  if (cache_dir_.empty()) return std::nullopt;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file(), error);
  if (error) return std::nullopt;
  const auto age = std::filesystem::file_time_type::clock::now() - written;
  const auto text = read_file(file(), 64U << 20U);
  if (!text) return std::nullopt;
  const auto document = parse_json(*text, file().string(), {.depth = 16});
  if (!document || int_at(*document, "format") != kCacheFormat) return std::nullopt;
  Served served = from_json(*document);
  if (served.types.empty()) return std::nullopt;
  // A file from the future says that a clock was wrong; it is not trusted to be young.
  fresh = age >= std::chrono::seconds(-5) && age < ttl_;
  return served;
}

void Discovery::to_disk(const Served& served) const {
  // What is stale is incomplete, so it must not outlive this process. A cache that cannot be written only
  // costs a request.
  if (cache_dir_.empty() || !served.stale.empty()) return;
  (void)write_file(file(), dump_json(to_json(served)), 0600);
}

Result<Served> Discovery::ask(Deadline deadline, const StopToken& stop) {
  const std::array<Call, 2> calls{call_for("/api", kAcceptAggregated), call_for("/apis", kAcceptAggregated)};
  auto documents = requests_.json_all(calls, deadline, stop);
  for (auto& document : documents) {
    if (!document) return fail(std::move(document).error());
  }
  Served served;
  const bool core = read_aggregated(*documents[0], served);
  const bool groups = read_aggregated(*documents[1], served);
  if (core && groups) return served;
  return ask_piecewise(*documents[0], *documents[1], deadline, stop);
}

Result<Served> Discovery::ask_piecewise(const Json& core, const Json& groups, Deadline deadline,
                                        const StopToken& stop) {
  Json all_groups = groups;
  if (string_at(core, "kind") != "APIVersions") {
    return fail(Code::failed, "the server answers /api with a {} and not with its versions",
                string_at(core, "kind", "document without kind"))
        .at(Place{.subject = "discover /api"})
        .hint("is it a Kubernetes API server?");
  }
  if (string_at(all_groups, "kind") != "APIGroupList") {
    DPCTL_TRY(all_groups, requests_.json(call_for("/apis", "application/json"), deadline, stop));
  }
  std::vector<Call> calls;
  for (const auto& version : texts(core, "versions"))
    calls.push_back(call_for("/api/" + version, "application/json"));
  for (const auto& group : array_at(all_groups, "groups")) {
    const std::string preferred = string_at(group, "preferredVersion.groupVersion");
    if (!preferred.empty()) calls.push_back(call_for("/apis/" + preferred, "application/json"));
    for (const auto& version : array_at(group, "versions")) {
      const std::string name = string_at(version, "groupVersion");
      if (!name.empty() && name != preferred) calls.push_back(call_for("/apis/" + name, "application/json"));
    }
  }
  const auto lists = requests_.json_all(calls, deadline, stop);
  Served served;
  std::optional<Error> first;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (lists[i]) {
      read_resource_list(*lists[i], served);
    } else {
      served.stale.push_back(calls[i].path.substr(calls[i].path.find('/', 1) + 1));
      if (!first) first = lists[i].error();
    }
  }
  if (served.types.empty() && first) return fail(*std::move(first));
  return served;
}

Result<void> Discovery::refresh(Deadline deadline, const StopToken& stop) {
  DPCTL_TRY(Served served, ask(deadline, stop));
  asked_ = std::chrono::steady_clock::now();
  for (const auto& version : served.stale)
    requests_.warn("the server of " + version + " does not answer; its kinds may be missing");
  to_disk(served);
  served_ = std::move(served);
  return {};
}

Result<void> Discovery::ensure(Deadline deadline, const StopToken& stop) {
  if (served_) return {};
  bool fresh = false;
  auto cached = from_disk(fresh);
  if (cached) served_ = std::move(cached);
  if (fresh) return {};
  return refresh(deadline, stop);
}

bool Discovery::just_asked() const {
  return asked_ && std::chrono::steady_clock::now() - *asked_ < std::chrono::seconds(1);
}

const ResourceType* Discovery::find(const Gvk& gvk) const {
  for (const auto& type : served_->types) {
    if (type.gvk.kind == gvk.kind && type.gvk.group == gvk.group &&
        (gvk.version.empty() || type.gvk.version == gvk.version))
      return &type;
  }
  return nullptr;
}

Result<std::vector<ResourceType>> Discovery::all(Deadline deadline, const StopToken& stop) {
  const std::lock_guard lock(mutex_);
  DPCTL_CHECK(ensure(deadline, stop));
  return served_->types;
}

std::vector<Result<ResourceType>> Discovery::of_all(std::span<const Gvk> kinds, Deadline deadline,
                                                    const StopToken& stop) {
  const std::lock_guard lock(mutex_);
  std::vector<Result<ResourceType>> types;
  if (auto ready = ensure(deadline, stop); !ready) {
    types.assign(kinds.size(), tl::make_unexpected(ready.error()));
    return types;
  }
  const bool missing =
      std::any_of(kinds.begin(), kinds.end(), [&](const Gvk& gvk) { return find(gvk) == nullptr; });
  std::optional<Error> failed;
  if (missing && !just_asked()) {
    if (auto again = refresh(deadline, stop); !again) failed = again.error();
  }
  for (const auto& gvk : kinds) {
    const ResourceType* type = find(gvk);
    if (type != nullptr) {
      types.emplace_back(*type);
    } else if (failed) {
      types.emplace_back(fail(*failed));
    } else {
      types.emplace_back(
          fail(Code::not_found, "the server has no kind {} in {}", gvk.kind, gvk.api_version())
              .hint("install the CustomResourceDefinition first, or correct apiVersion and kind"));
    }
  }
  return types;
}

Result<ResourceType> Discovery::of(const Gvk& gvk, Deadline deadline, const StopToken& stop) {
  return of_all(std::span(&gvk, 1), deadline, stop).front();
}

Result<ResourceType> Discovery::named(std::string_view word, Deadline deadline, const StopToken& stop) {
  const std::lock_guard lock(mutex_);
  DPCTL_CHECK(ensure(deadline, stop));
  const ResourceType* type = find_named(served_->types, word);
  if (type == nullptr && !just_asked()) {
    DPCTL_CHECK(refresh(deadline, stop));
    type = find_named(served_->types, word);
  }
  if (type != nullptr) return *type;
  std::vector<std::string> known;
  for (const auto& each : served_->types) {
    known.push_back(each.plural);
    known.insert(known.end(), each.short_names.begin(), each.short_names.end());
  }
  auto failure = fail(Code::not_found, "the server has no resource type \"{}\"", word);
  const std::string near = did_you_mean(word, known);
  if (near.empty()) return failure;
  return std::move(failure).hint("{}", near);
}

void Discovery::forget() {
  const std::lock_guard lock(mutex_);
  served_.reset();
  asked_.reset();
  if (cache_dir_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove(file(), ignored);
}

}  // namespace dpctl::kube
