// oci.cpp: charts in registries, as Helm keeps them there.
//
// A chart is an artifact of one manifest: its configuration is Chart.yaml as JSON, one layer is the .tgz,
// another may be its signature. Order of fields and layers is Helm's, so that both give the same archive the
// same digest.
#include "lib/source/oci.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/strings.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/version.hpp"
#include "lib/image/media_types.hpp"
#include "lib/source/package.hpp"
#include "lib/source/registry_login.hpp"

namespace dpctl::source {
namespace {

using chart::Value;

constexpr std::string_view kScheme = "oci://";
constexpr std::string_view kConfigType = "application/vnd.cncf.helm.config.v1+json";
constexpr std::string_view kChartType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
constexpr std::string_view kOldChartType = "application/tar+gzip";
constexpr std::string_view kProvenanceType = "application/vnd.cncf.helm.chart.provenance.v1.prov";
constexpr std::int64_t kMaxBlob = std::int64_t{256} << 20U;

/// "oci://host/path/name:1.0.0+x@sha256:…" in its parts; the tag as people write it.
struct Address {
  std::string repository, tag, digest;  ///< repository: "host/path/name"
  [[nodiscard]] std::string host() const { return repository.substr(0, repository.find('/')); }
  [[nodiscard]] std::string name() const { return repository.substr(repository.rfind('/') + 1); }
};

Result<Address> parse_address(std::string_view text) {
  if (!is_oci(text)) return fail(Code::usage, "'{}' does not begin with oci://", text);
  text.remove_prefix(kScheme.size());
  while (text.ends_with('/')) text.remove_suffix(1);
  Address address;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    address.digest = text.substr(at + 1);
    text = text.substr(0, at);
  }
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == text.size())
    return fail(Code::usage, "'oci://{}' names no chart", text).hint("write oci://HOST/PATH/CHART");
  if (const auto colon = text.find(':', slash); colon != std::string_view::npos) {
    address.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  address.repository = text;
  return address;
}

std::string tag_of(std::string version) {
  std::replace(version.begin(), version.end(), '+', '_');
  return version;
}

Result<image::Reference> reference_of(const Address& address, const std::string& version) {
  std::string text = address.repository;
  if (!version.empty()) text += ":" + tag_of(version);
  if (!address.digest.empty()) text += "@" + address.digest;
  return image::parse_reference(text);
}

Result<image::RegistryOptions> options_for(const Address& address, const RegistryAccess& access) {
  image::RegistryOptions options{.plain_http = access.plain_http,
                                 .username = access.username,
                                 .password = access.password,
                                 .http = access.http,
                                 .require_tls = true,
                                 .max_blob_bytes = kMaxBlob};
  for (const auto& file : access.logins) {
    if (!options.username.empty()) break;
    DPCTL_TRY(const auto login, find_login(file.text, file.name, address.host()));
    if (!login) continue;
    options.username = login->username;
    options.password = login->password;
  }
  return options;
}

/// Versions among the tags, newest first. Strict: "1.2" and "v1.2.3" are tags of something else.
Result<std::vector<std::string>> versions(image::Registry& registry, const Address& address,
                                          Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto reference, reference_of(address, ""));
  DPCTL_TRY(const auto tags, registry.tags(reference.repository, deadline, std::move(stop)));
  std::vector<chart::Version> found;
  for (auto tag : tags) {
    std::replace(tag.begin(), tag.end(), '_', '+');
    if (auto version = chart::Version::parse(tag); version && version->text() == tag)
      found.push_back(*std::move(version));
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.compare(b) > 0; });
  std::vector<std::string> out;
  out.reserve(found.size());
  for (const auto& version : found) out.push_back(version.text());
  return out;
}

/// The version to fetch: one that is named is taken as it is; a range, or none, asks for the tags.
Result<std::string> choose(image::Registry& registry, const Address& address, const std::string& wanted,
                           Deadline deadline, StopToken stop) {
  if (!wanted.empty() && !address.tag.empty() && wanted != address.tag)
    return fail(Code::usage, "chart reference and version mismatch: {} is not {}", wanted, address.tag);
  const auto& version = wanted.empty() ? address.tag : wanted;
  if (!address.digest.empty() || chart::Version::parse(version)) return version;
  DPCTL_TRY(const auto all, versions(registry, address, deadline, std::move(stop)));
  if (all.empty())
    return fail(Code::not_found, "unable to locate any tags in provided repository: oci://{}",
                address.repository);
  if (std::find(all.begin(), all.end(), version) != all.end()) return version;
  DPCTL_TRY(const auto range, chart::VersionRange::parse(version.empty() ? "*" : version));
  for (const auto& one : all)
    if (const auto parsed = chart::Version::parse(one); parsed && range.allows(*parsed)) return one;
  return fail(Code::not_found, "oci://{}: could not locate a version matching provided version string {}",
              address.repository, version)
      .hint("the newest is {}", all.front());
}

/// The map as JSON, its keys in the order of Go's struct.
std::string ordered_json(const Value& map, std::span<const std::string_view> order) {
  std::string out;
  for (const auto key : order) {
    const auto* value = map.as_map().find(key);
    if (value == nullptr) continue;
    out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", key, to_json(*value));
  }
  return "{" + out + "}";
}

std::string list_json(const std::vector<std::string>& items) {
  return fmt::format("[{}]", fmt::join(items, ","));
}

std::string config_json(const chart::Metadata& metadata) {
  static constexpr std::array<std::string_view, 7> kFirst{"name",        "home",     "sources",    "version",
                                                          "description", "keywords", "maintainers"};
  static constexpr std::array<std::string_view, 8> kSecond{
      "icon", "apiVersion", "condition", "tags", "appVersion", "deprecated", "annotations", "kubeVersion"};
  static constexpr std::array<std::string_view, 3> kMaintainer{"name", "email", "url"};
  static constexpr std::array<std::string_view, 8> kDependency{
      "name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"};
  const Value fields = metadata_fields(metadata);
  std::vector<std::string> parts;
  const auto add = [&](const std::string& object) {
    if (object.size() > 2) parts.push_back(object.substr(1, object.size() - 2));
  };
  add(ordered_json(fields, std::span(kFirst).first(6)));
  if (const auto* people = fields.as_map().find("maintainers")) {
    std::vector<std::string> rows;
    for (const auto& one : people->as_list()) rows.push_back(ordered_json(one, kMaintainer));
    parts.push_back("\"maintainers\":" + list_json(rows));
  }
  add(ordered_json(fields, kSecond));
  if (!metadata.dependencies.empty()) {
    std::vector<std::string> rows;
    for (const auto& one : metadata.dependencies)
      rows.push_back(ordered_json(dependency_fields(one), kDependency));
    parts.push_back("\"dependencies\":" + list_json(rows));
  }
  add(ordered_json(fields, std::array<std::string_view, 1>{"type"}));
  return fmt::format("{{{}}}", fmt::join(parts, ","));
}

std::string authors(const chart::Metadata& metadata) {
  std::string out;
  for (const auto& one : metadata.maintainers) {
    if (&one != &metadata.maintainers.front()) out += ", ";
    out += one.name;
    if (!one.email.empty()) out += " (" + one.email + ")";
  }
  return out;
}

/// OCI image-spec 1.1, annotations.md; the chart's own win except over title and version.
Value annotations(const chart::Metadata& metadata, const std::string& created) {
  const Value map = Value::map();
  const auto put = [&](std::string_view key, const std::string& value) {
    if (!trim(value).empty())
      map.as_map().set("org.opencontainers.image." + std::string(key), Value::string(value));
  };
  put("description", metadata.description);
  put("url", metadata.home);
  put("created", created);
  if (!metadata.sources.empty()) put("source", metadata.sources.front());
  put("authors", authors(metadata));
  for (const auto& [key, value] : metadata.annotations) map.as_map().set(key, Value::string(value));
  put("title", metadata.name);
  put("version", metadata.version);
  return map;
}

image::Blob blob(std::string_view type, std::string bytes) {
  auto digest = image::digest_of(bytes);
  return {.media_type = std::string(type), .digest = std::move(digest), .bytes = std::move(bytes)};
}

std::string descriptor(const image::Blob& blob) {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}}})", blob.media_type, blob.digest,
                     blob.bytes.size());
}

image::Image artifact(const ChartUpload& upload, const chart::Metadata& metadata) {
  image::Image out;
  out.config = blob(kConfigType, config_json(metadata));
  out.layers.push_back(blob(kChartType, upload.archive));
  if (!upload.provenance.empty()) out.layers.push_back(blob(kProvenanceType, upload.provenance));
  std::sort(out.layers.begin(), out.layers.end(),
            [](const auto& a, const auto& b) { return a.digest < b.digest; });
  std::vector<std::string> layers;
  for (const auto& layer : out.layers) layers.push_back(descriptor(layer));
  out.manifest = blob(
      image::kManifestType,
      fmt::format(R"({{"schemaVersion":2,"config":{},"layers":{},"annotations":{}}})", descriptor(out.config),
                  list_json(layers), to_json(annotations(metadata, upload.created))));
  return out;
}

std::string shown(const Address& address, const std::string& version) {
  return version.empty() ? address.repository + "@" + address.digest
                         : address.repository + ":" + tag_of(version);
}

}  // namespace

bool is_oci(std::string_view reference) { return reference.starts_with(kScheme); }

Result<RegistryChart> pull_chart(std::string_view reference, const std::string& version,
                                 const RegistryAccess& access, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto address, parse_address(reference));
  DPCTL_TRY(auto options, options_for(address, access));
  image::Registry registry(address.host(), std::move(options));
  DPCTL_TRY(const auto chosen, choose(registry, address, version, deadline, stop));
  DPCTL_TRY(const auto place, reference_of(address, chosen));
  static constexpr std::array kTypes{kChartType, kOldChartType, kProvenanceType};
  auto pulled = registry.pull_artifact(place, kConfigType, kTypes, deadline, stop);
  if (!pulled)
    return fail(pulled.error().code, "cannot fetch the chart oci://{}", shown(address, chosen))
        .because(pulled.error());
  RegistryChart out{.name = address.name(), .reference = shown(address, chosen), .digest = pulled->digest()};
  DPCTL_TRY(const auto metadata, chart::read_metadata(pulled->config.bytes));
  out.version = metadata.version;
  for (auto& layer : pulled->layers)
    (layer.media_type == kProvenanceType ? out.provenance : out.bytes) = std::move(layer.bytes);
  if (out.bytes.empty())
    return fail(Code::failed, "oci://{}: manifest does not contain a layer with mediatype {}", out.reference,
                kChartType);
  return out;
}

Result<void> check_login(const std::string& host, const RegistryAccess& access, Deadline deadline,
                         StopToken stop) {
  image::Registry registry(host, {.plain_http = access.plain_http,
                                  .username = access.username,
                                  .password = access.password,
                                  .http = access.http,
                                  .require_tls = true});
  return registry.ping(deadline, std::move(stop));
}

Result<std::vector<std::string>> chart_versions(std::string_view reference, const RegistryAccess& access,
                                                Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto address, parse_address(reference));
  DPCTL_TRY(auto options, options_for(address, access));
  image::Registry registry(address.host(), std::move(options));
  return versions(registry, address, deadline, std::move(stop));
}

Result<RegistryChart> push_chart(const ChartUpload& upload, std::string_view to, const RegistryAccess& access,
                                 Deadline deadline, StopToken stop, EventSink& events) {
  DPCTL_TRY(const auto chart, chart::load_archive(upload.archive, upload.archive_name));
  const auto& metadata = chart->metadata;
  while (to.ends_with('/')) to.remove_suffix(1);
  DPCTL_TRY(const auto address, parse_address(fmt::format("{}/{}", to, metadata.name)));
  DPCTL_TRY(const auto place, reference_of(address, metadata.version));
  DPCTL_TRY(auto options, options_for(address, access));
  image::Registry registry(address.host(), std::move(options));
  const auto image = artifact(upload, metadata);
  DPCTL_TRY(auto digest, registry.push(image, place, deadline, std::move(stop), events));
  return RegistryChart{.bytes = {},
                       .name = metadata.name,
                       .reference = shown(address, metadata.version),
                       .digest = std::move(digest),
                       .version = metadata.version};
}

}  // namespace dpctl::source
