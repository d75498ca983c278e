#include "lib/deploy/release_chart.hpp"

#include <nlohmann/json.hpp>

#include "dpctl_deploy_files.hpp"
#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/data/yaml.hpp"

namespace dpctl::deploy {
namespace {

constexpr std::string_view kBuiltin = "builtin:";
constexpr yaml::Options kChartYaml{.duplicate_keys = yaml::DuplicateKeys::last_wins};

Result<std::shared_ptr<chart::Chart>> builtin_chart(std::string_view name) {
  const std::string folder = std::string(name) + "/";
  std::vector<chart::EmbeddedFile> files;
  std::vector<std::string> known;
  for (const auto& file : templates::embedded_files()) {
    if (file.path.starts_with(folder)) files.push_back({file.path.substr(folder.size()), file.bytes});
    if (file.path.ends_with("/Chart.yaml"))
      known.push_back(fmt::format("{}{}", kBuiltin, split(file.path, '/')[0]));
  }
  if (files.empty())
    return fail(Code::usage, "no chart builtin:{}", name).hint("known are: {}", join(known, ", "));
  return chart::load_embedded(files);
}

Result<chart::ValueFlags::Source> values_file(const std::string& name, const chart::Chart& of,
                                              const std::filesystem::path& beside) {
  if (!name.starts_with(kBuiltin)) {
    const auto path = beside / name;
    DPCTL_TRY(auto text, read_file(path));
    return chart::ValueFlags::Source{path.string(), std::move(text)};
  }
  const std::string wanted = name.substr(kBuiltin.size());
  for (const auto& file : of.files)
    if (file.name == wanted) return chart::ValueFlags::Source{name, file.data};
  return fail(Code::usage, "chart {} has no file {}", of.name(), wanted);
}

/// {"a.b": 1} becomes {"a": {"b": 1}}.
Json expanded(const std::map<std::string, std::string>& dotted) {
  Json root = Json::object();
  for (const auto& [path, text] : dotted) {
    Json* node = &root;
    for (const auto part : split(path, '.')) node = &(*node)[std::string(part)];
    *node = Json::parse(text);
  }
  return root;
}

Result<void> place(plan::Context& context, Json& object) {
  DPCTL_TRY(const auto type,
            context.cluster.resource_for(kube::gvk_of(object), context.deadline, context.stop));
  if (type.namespaced && string_at(object, "metadata.namespace").empty())
    object["metadata"]["namespace"] = context.environment.ns;
  return {};
}

Result<Json> decode_document(std::string_view text, const std::string& path) {
  DPCTL_TRY(auto object, yaml::decode(text, path, kChartYaml));
  if (object.is_null()) return object;
  if (!object.is_object() || string_at(object, "kind").empty() || string_at(object, "metadata.name").empty())
    return fail(Code::failed,
                "{} renders a document that is no Kubernetes object with apiVersion, kind and name", path);
  return object;
}

Result<void> add_object(plan::Context& context, std::string_view text, const std::string& path,
                        std::string_view release, std::vector<Json>& objects) {
  DPCTL_TRY(auto object, decode_document(text, path));
  if (object.is_null()) return {};
  if (auto placed = place(context, object); !placed)  // its kind may come with a CRD of the same release
    if (placed.error().code != Code::not_found) return placed;
  object["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm";
  object["metadata"]["annotations"]["meta.helm.sh/release-name"] = release;
  object["metadata"]["annotations"]["meta.helm.sh/release-namespace"] = context.environment.ns;
  objects.push_back(std::move(object));
  return {};
}

}  // namespace

Result<std::shared_ptr<chart::Chart>> find_chart(std::string_view name, const std::filesystem::path& beside) {
  if (name.starts_with(kBuiltin)) return builtin_chart(name.substr(kBuiltin.size()));
  return chart::load_chart((beside / name).string());
}

Result<chart::Value> release_values(const plan::ReleaseSpec& spec, const chart::Chart& of,
                                    const Json& derived, const std::filesystem::path& beside) {
  chart::ValueFlags flags;
  for (const auto& name : spec.values) {
    DPCTL_TRY(auto source, values_file(name, of, beside));
    flags.files.push_back(std::move(source));
  }
  if (!derived.empty()) flags.files.push_back({"the environment file", dump_json(derived)});
  if (!spec.set.empty()) flags.files.push_back({"set", dump_json(expanded(spec.set))});
  return chart::merge_flags(flags);
}

Result<chart::Capabilities> capabilities_of(kube::Cluster& cluster, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto version, cluster.version(deadline, stop));
  DPCTL_TRY(const auto types, cluster.resources(deadline, stop));
  chart::Capabilities capabilities = chart::Capabilities::defaults();
  capabilities.set_served_version(std::string(string_at(version, "gitVersion")),
                                  std::string(string_at(version, "major")),
                                  std::string(string_at(version, "minor")));
  capabilities.api_versions.clear();
  for (const auto& type : types) {
    const auto api_version = type.gvk.api_version();
    if (capabilities.api_versions.empty() || capabilities.api_versions.back() != api_version)
      capabilities.api_versions.push_back(api_version);
    capabilities.api_versions.push_back(api_version + "/" + type.gvk.kind);
  }
  return capabilities;
}

Result<std::vector<Json>> objects_of(plan::Context& context, std::span<const chart::Manifest> manifests,
                                     std::string_view release) {
  std::vector<Json> objects;
  objects.reserve(manifests.size());
  for (const auto& manifest : manifests)
    DPCTL_CHECK(add_object(context, manifest.content, manifest.path, release, objects));
  return objects;
}

Result<std::vector<Json>> objects_of(plan::Context& context, std::string_view manifest,
                                     std::string_view release) {
  std::vector<Json> objects;
  DPCTL_TRY(const auto documents, yaml::decode_all(manifest, "release record", kChartYaml));
  for (const auto& document : documents)
    DPCTL_CHECK(add_object(context, dump_json(document), "release record", release, objects));
  return objects;
}

Result<Json> object_of(plan::Context& context, const chart::Hook& hook) {
  DPCTL_TRY(auto object, decode_document(hook.manifest, hook.path));
  if (object.is_null()) return fail(Code::failed, "hook {} is empty", hook.path);
  DPCTL_CHECK(place(context, object));
  return object;
}

}  // namespace dpctl::deploy
