#include "lib/chart/release.hpp"

#include "lib/chart/release_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/data/gzip.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

void put(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

Json files_json(const Files& files) {
  Json all = Json::array();
  for (const auto& file : files) all.push_back({{"name", file.name}, {"data", base64_encode(file.data)}});
  return all;
}

Json dependency_json(const Dependency& dependency) {
  Json out = {{"name", dependency.name}, {"repository", dependency.repository}};
  put(out, "version", dependency.version);
  put(out, "condition", dependency.condition);
  put(out, "alias", dependency.alias);
  if (!dependency.tags.empty()) out["tags"] = dependency.tags;
  if (dependency.enabled) out["enabled"] = true;
  for (const auto& import : dependency.import_values) out["import-values"].push_back(to_tree(import));
  return out;
}

Json metadata_json(const Metadata& metadata) {
  Json out = Json::object();
  put(out, "name", metadata.name);
  put(out, "home", metadata.home);
  put(out, "version", metadata.version);
  put(out, "description", metadata.description);
  put(out, "icon", metadata.icon);
  put(out, "apiVersion", metadata.api_version);
  put(out, "condition", metadata.condition);
  put(out, "tags", metadata.tags);
  put(out, "appVersion", metadata.app_version);
  put(out, "kubeVersion", metadata.kube_version);
  put(out, "type", metadata.type);
  if (!metadata.sources.empty()) out["sources"] = metadata.sources;
  if (!metadata.keywords.empty()) out["keywords"] = metadata.keywords;
  if (metadata.deprecated) out["deprecated"] = true;
  for (const auto& maintainer : metadata.maintainers) {
    Json one = Json::object();
    put(one, "name", maintainer.name);
    put(one, "email", maintainer.email);
    put(one, "url", maintainer.url);
    out["maintainers"].push_back(std::move(one));
  }
  for (const auto& [key, value] : metadata.annotations) out["annotations"][key] = value;
  for (const auto& dependency : metadata.dependencies)
    out["dependencies"].push_back(dependency_json(dependency));
  return out;
}

Json chart_json(const Chart& chart) {
  return {{"metadata", metadata_json(chart.metadata)},
          {"lock", chart.lock.is_nil() ? Json() : to_tree(chart.lock)},
          {"templates", files_json(chart.templates)},
          {"values", to_tree(chart.values)},
          {"schema", chart.schema.empty() ? Json() : Json(base64_encode(chart.schema))},
          {"files", files_json(chart.files)}};
}

Json hook_json(const Hook& hook) {
  Json run = {{"phase", hook.phase}};
  put(run, "started_at", hook.started_at);
  put(run, "completed_at", hook.completed_at);
  Json out = {{"last_run", std::move(run)}};
  put(out, "name", hook.name);
  put(out, "kind", hook.kind);
  put(out, "path", hook.path);
  put(out, "manifest", hook.manifest);
  if (!hook.events.empty()) out["events"] = hook.events;
  if (hook.weight != 0) out["weight"] = hook.weight;
  if (!hook.delete_policies.empty()) out["delete_policies"] = hook.delete_policies;
  if (!hook.output_log_policies.empty()) out["output_log_policies"] = hook.output_log_policies;
  return out;
}

std::vector<std::string> texts_at(const Json& object, std::string_view path) {
  std::vector<std::string> out;
  for (const auto& item : array_at(object, path))
    if (item.is_string()) out.push_back(item.get<std::string>());
  return out;
}

Result<std::vector<File>> read_files(const Json& list) {
  std::vector<File> files;
  for (const auto& item : list) {
    DPCTL_TRY(auto data, base64_decode(string_at(item, "data")));
    files.push_back({string_at(item, "name"), std::move(data)});
  }
  return files;
}

Result<std::shared_ptr<const Chart>> read_chart(const Json& json) {
  auto chart = std::make_shared<Chart>();
  // Chart.yaml's reader takes JSON as it is.
  DPCTL_TRY(chart->metadata, read_metadata(dump_json(object_at(json, "metadata"))));
  if (const auto* lock = find(json, "lock"); lock != nullptr && !lock->is_null())
    chart->lock = from_tree(*lock);
  DPCTL_TRY(chart->templates, read_files(array_at(json, "templates")));
  DPCTL_TRY(chart->files, read_files(array_at(json, "files")));
  if (const auto* values = find(json, "values"); values != nullptr && values->is_object()) {
    DPCTL_TRY(chart->values, from_json(dump_json(*values)));
  }
  if (const auto schema = string_at(json, "schema"); !schema.empty()) {
    DPCTL_TRY(chart->schema, base64_decode(schema));
  }
  return chart;
}

Hook read_hook(const Json& json) {
  Hook hook;
  hook.name = string_at(json, "name");
  hook.kind = string_at(json, "kind");
  hook.path = string_at(json, "path");
  hook.manifest = string_at(json, "manifest");
  hook.events = texts_at(json, "events");
  hook.weight = static_cast<int>(int_at(json, "weight"));
  hook.delete_policies = texts_at(json, "delete_policies");
  hook.output_log_policies = texts_at(json, "output_log_policies");
  hook.started_at = string_at(json, "last_run.started_at");
  hook.completed_at = string_at(json, "last_run.completed_at");
  hook.phase = string_at(json, "last_run.phase");
  return hook;
}

}  // namespace

std::string record_name(std::string_view release, int version) {
  return fmt::format("sh.helm.release.v1.{}.v{}", release, version);
}

Json release_json(const Release& release) {
  const auto kept = [&](const std::string& text) { return redact(text, release.secrets); };
  Json info = Json::object();
  put(info, "first_deployed", release.first_deployed);
  put(info, "last_deployed", release.last_deployed);
  put(info, "deleted", release.deleted);
  put(info, "description", kept(release.description));
  put(info, "status", release.status);
  put(info, "notes", kept(release.notes));
  Json json = {{"name", release.name},
               {"info", std::move(info)},
               {"version", release.version},
               {"namespace", release.ns}};
  if (release.chart != nullptr) json["chart"] = chart_json(*release.chart);
  if (release.config.is_map() && !release.config.as_map().entries.empty())
    json["config"] = to_tree(release.config);
  put(json, "manifest", kept(release.manifest));
  put(json, "apply_method", release.apply_method);
  for (auto hook : release.hooks) {
    hook.manifest = kept(hook.manifest);
    json["hooks"].push_back(hook_json(hook));
  }
  return json;
}

std::string pack_release(const Json& json) {
  // Helm's order: what a list shows comes first, so that it can be read without the rest.
  std::string text;
  const auto add = [&](const std::string& key, const Json& value) {
    text += fmt::format("{}{}:{}", text.empty() ? "{" : ",", dump_json(Json(key)), dump_json(value));
  };
  for (const char* key : {"name", "info"})
    if (const auto* value = find(json, key)) add(key, *value);
  if (const auto* chart = find(json, "chart")) {
    std::string inside = "{\"metadata\":" + dump_json(object_at(*chart, "metadata"));
    for (const auto& [key, value] : chart->items())
      if (key != "metadata") inside += fmt::format(",{}:{}", dump_json(Json(key)), dump_json(value));
    text += fmt::format("{}\"chart\":{}}}", text.empty() ? "{" : ",", inside);
  }
  for (const auto& [key, value] : json.items())
    if (key != "name" && key != "info" && key != "chart") add(key, value);
  return base64_encode(gzip(text + "}", 9));
}

std::string encode_release(const Release& release) { return pack_release(release_json(release)); }

Result<Json> unpack_release(std::string_view record) {
  DPCTL_TRY(auto bytes, base64_decode(record));
  if (bytes.starts_with("\x1f\x8b")) {
    DPCTL_TRY(bytes, gunzip(bytes, kMaxReleaseJson, "a release record"));
  }
  return parse_json(bytes, "release record");
}

Result<Release> decode_release(std::string_view record) {
  return unpack_release(record).and_then(release_of);
}

Result<Release> release_of(const Json& json) {
  if (!json.is_object()) return fail(Code::failed, "a release record is a JSON object, and this is none");
  Release release;
  release.name = string_at(json, "name");
  release.ns = string_at(json, "namespace");
  release.version = static_cast<int>(int_at(json, "version"));
  release.first_deployed = string_at(json, "info.first_deployed");
  release.last_deployed = string_at(json, "info.last_deployed");
  release.deleted = string_at(json, "info.deleted");
  release.description = string_at(json, "info.description");
  release.status = string_at(json, "info.status", "unknown");
  release.notes = string_at(json, "info.notes");
  release.manifest = string_at(json, "manifest");
  release.apply_method = string_at(json, "apply_method");
  if (const auto* config = find(json, "config"); config != nullptr && config->is_object())
    release.config = from_tree(*config);
  for (const auto& hook : array_at(json, "hooks")) release.hooks.push_back(read_hook(hook));
  if (find(json, "chart") != nullptr) {
    auto chart = read_chart(object_at(json, "chart"));
    if (!chart)
      return fail(Code::failed, "the record of release {} holds a chart that cannot be read", release.name)
          .because(chart.error());
    release.chart = *std::move(chart);
  }
  return release;
}

const Release* last_of(const History& history) { return history.empty() ? nullptr : &history.back(); }

const Release* deployed_of(const History& history) {
  const auto found = std::find_if(history.rbegin(), history.rend(),
                                  [](const Release& release) { return release.status == "deployed"; });
  return found == history.rend() ? nullptr : &*found;
}

std::vector<const Release*> excess_of(const History& history, int keep) {
  std::vector<const Release*> excess;
  const auto* deployed = deployed_of(history);
  for (const auto& release : history)
    if (keep > 0 && history.size() - excess.size() > static_cast<std::size_t>(keep) && &release != deployed)
      excess.push_back(&release);
  return excess;
}

}  // namespace dpctl::chart
