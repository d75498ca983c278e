// package.cpp: a chart as a gzipped tar (POSIX ustar, with a PAX header where a path does not fit).
#include "lib/source/package.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/file.hpp"
#include "lib/chart/archive.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/gzip.hpp"
#include "lib/image/layer.hpp"

namespace dpctl::source {
namespace {

using chart::Value;

void put(const Value& map, std::string_view key, const std::string& text) {
  if (!text.empty()) map.as_map().set(key, Value::string(text));
}

Value maintainers(const std::vector<chart::Maintainer>& all) {
  std::vector<Value> out;
  for (const auto& one : all) {
    const Value map = Value::map();
    put(map, "name", one.name);
    put(map, "email", one.email);
    put(map, "url", one.url);
    out.push_back(map);
  }
  return Value::list(std::move(out));
}

void append_chart(std::string& tar, const chart::Chart& chart, const std::string& folder) {
  auto metadata = chart.metadata;
  // A v1 chart keeps its dependencies in requirements.yaml, which is one of its files.
  if (metadata.api_version == "v1") metadata.dependencies.clear();
  image::append_tar_file(tar, folder + "Chart.yaml", metadata_yaml(metadata));
  if (chart.metadata.api_version == "v2" && chart.lock.is_map())
    image::append_tar_file(tar, folder + "Chart.lock", to_yaml(chart.lock));
  if (chart.has_values) image::append_tar_file(tar, folder + "values.yaml", chart.values_text);
  if (!chart.schema.empty()) image::append_tar_file(tar, folder + "values.schema.json", chart.schema);
  for (const auto& file : chart.templates) image::append_tar_file(tar, folder + file.name, file.data);
  for (const auto& file : chart.files) image::append_tar_file(tar, folder + file.name, file.data);
  for (const auto& sub : chart.subcharts) append_chart(tar, *sub, folder + "charts/" + sub->name() + "/");
}

/// Does `path` stay below `folder` when the links that lie there already are followed?
bool stays_below(const std::filesystem::path& folder, const std::filesystem::path& path) {
  std::error_code error;
  const auto root = std::filesystem::weakly_canonical(folder, error);
  const auto place = std::filesystem::weakly_canonical(path, error);
  return !error && std::mismatch(root.begin(), root.end(), place.begin(), place.end()).first == root.end();
}

}  // namespace

Value dependency_fields(const chart::Dependency& dependency) {
  const Value map = Value::map();
  map.as_map().set("name", Value::string(dependency.name));
  map.as_map().set("repository", Value::string(dependency.repository));
  put(map, "version", dependency.version);
  put(map, "condition", dependency.condition);
  put(map, "alias", dependency.alias);
  if (!dependency.tags.empty()) map.as_map().set("tags", chart::strings_of(dependency.tags));
  if (dependency.enabled) map.as_map().set("enabled", Value::boolean(true));
  if (!dependency.import_values.empty())
    map.as_map().set("import-values", Value::list(dependency.import_values));
  return map;
}

Value metadata_fields(const chart::Metadata& metadata) {
  const Value map = Value::map();
  put(map, "name", metadata.name);
  put(map, "home", metadata.home);
  put(map, "version", metadata.version);
  put(map, "description", metadata.description);
  put(map, "icon", metadata.icon);
  put(map, "apiVersion", metadata.api_version);
  put(map, "condition", metadata.condition);
  put(map, "tags", metadata.tags);
  put(map, "appVersion", metadata.app_version);
  put(map, "kubeVersion", metadata.kube_version);
  put(map, "type", metadata.type);
  if (metadata.deprecated) map.as_map().set("deprecated", Value::boolean(true));
  if (!metadata.sources.empty()) map.as_map().set("sources", chart::strings_of(metadata.sources));
  if (!metadata.keywords.empty()) map.as_map().set("keywords", chart::strings_of(metadata.keywords));
  if (!metadata.maintainers.empty()) map.as_map().set("maintainers", maintainers(metadata.maintainers));
  if (!metadata.annotations.empty()) {
    const Value annotations = Value::map();
    for (const auto& [key, value] : metadata.annotations) annotations.as_map().set(key, Value::string(value));
    map.as_map().set("annotations", annotations);
  }
  if (!metadata.dependencies.empty()) {
    std::vector<Value> rows;
    for (const auto& dependency : metadata.dependencies) rows.push_back(dependency_fields(dependency));
    map.as_map().set("dependencies", Value::list(std::move(rows)));
  }
  return map;
}

std::string metadata_yaml(const chart::Metadata& metadata) { return to_yaml(metadata_fields(metadata)); }

std::string package_name(const chart::Metadata& metadata) {
  return fmt::format("{}-{}.tgz", metadata.name, metadata.version);
}

Result<std::string> package(const chart::Chart& chart) {
  std::string tar;
  append_chart(tar, chart, chart.name() + "/");
  image::append_tar_end(tar);
  return gzip(tar, 9);
}

Result<std::filesystem::path> unpack(std::string_view bytes, std::string_view archive_name,
                                     const std::filesystem::path& into) {
  DPCTL_TRY(const auto files, chart::read_archive(bytes, archive_name, {}));
  const auto about = std::find_if(files.begin(), files.end(),
                                  [](const chart::File& file) { return file.name == "Chart.yaml"; });
  if (about == files.end()) return fail(Code::usage, "{}: Chart.yaml file is missing", archive_name);
  DPCTL_TRY(const auto metadata, chart::read_metadata(about->data));
  const auto& name = metadata.name;
  if (name.empty() || name == "." || name == ".." || name.find_first_of("/\\") != std::string::npos)
    return fail(Code::usage, "{}: the chart's name cannot be a folder's: '{}'", archive_name, name);
  const auto folder = into / name;
  for (const auto& file : files) {
    if (!stays_below(into, folder / file.name))
      return fail(Code::usage, "{}: {} would be written outside of {}", archive_name, file.name,
                  into.string())
          .hint("a link in that folder leads elsewhere; unpack into an empty one");
    DPCTL_CHECK(write_file(folder / file.name, file.data));
  }
  return folder;
}

}  // namespace dpctl::source
