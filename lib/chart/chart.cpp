#include "lib/chart/chart.hpp"

#include <algorithm>
#include <cctype>

namespace dpctl::chart {
namespace {

Value list_of(const std::vector<std::string>& texts) {
  std::vector<Value> items;
  for (const auto& text : texts) items.push_back(Value::string(text));
  return Value::list(std::move(items));
}

Value dependency_value(const Dependency& dependency) {
  return map_of({{"Name", Value::string(dependency.name)},
                 {"Version", Value::string(dependency.version)},
                 {"Repository", Value::string(dependency.repository)},
                 {"Condition", Value::string(dependency.condition)},
                 {"Tags", list_of(dependency.tags)},
                 {"Enabled", Value::boolean(dependency.enabled)},
                 {"ImportValues", Value::list(dependency.import_values)},
                 {"Alias", Value::string(dependency.alias)}});
}

void collect_crds(const Chart& chart, const std::string& path, std::vector<Crd>& found) {
  for (const auto& file : chart.files) {
    if (!file.name.starts_with("crds/")) continue;
    if (file.name.ends_with(".yaml") || file.name.ends_with(".yml") || file.name.ends_with(".json"))
      found.push_back({path + "/" + file.name, &file});
  }
  for (const auto& sub : chart.subcharts) collect_crds(*sub, path + "/charts/" + sub->name(), found);
}

}  // namespace

bool Chart::is_library() const {
  constexpr std::string_view kLibrary = "library";
  return std::equal(metadata.type.begin(), metadata.type.end(), kLibrary.begin(), kLibrary.end(),
                    [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

std::vector<Crd> crds_of(const Chart& chart) {
  std::vector<Crd> found;
  collect_crds(chart, chart.name(), found);
  return found;
}

Value metadata_value(const Metadata& metadata, bool is_root) {
  std::vector<Value> maintainers;
  for (const auto& maintainer : metadata.maintainers)
    maintainers.push_back(map_of({{"Name", Value::string(maintainer.name)},
                                  {"Email", Value::string(maintainer.email)},
                                  {"URL", Value::string(maintainer.url)}}));
  std::vector<Value> dependencies;
  for (const auto& dependency : metadata.dependencies) dependencies.push_back(dependency_value(dependency));
  Value annotations = Value::nil();
  if (!metadata.annotations.empty()) {
    annotations = Value::map(Elem::string);
    for (const auto& [key, value] : metadata.annotations) annotations.as_map().set(key, Value::string(value));
  }
  return map_of({{"Name", Value::string(metadata.name)},
                 {"Home", Value::string(metadata.home)},
                 {"Sources", list_of(metadata.sources)},
                 {"Version", Value::string(metadata.version)},
                 {"Description", Value::string(metadata.description)},
                 {"Keywords", list_of(metadata.keywords)},
                 {"Maintainers", Value::list(std::move(maintainers))},
                 {"Icon", Value::string(metadata.icon)},
                 {"APIVersion", Value::string(metadata.api_version)},
                 {"Condition", Value::string(metadata.condition)},
                 {"Tags", Value::string(metadata.tags)},
                 {"AppVersion", Value::string(metadata.app_version)},
                 {"Deprecated", Value::boolean(metadata.deprecated)},
                 {"Annotations", annotations},
                 {"KubeVersion", Value::string(metadata.kube_version)},
                 {"Dependencies", Value::list(std::move(dependencies))},
                 {"Type", Value::string(metadata.type)},
                 {"IsRoot", Value::boolean(is_root)}});
}

}  // namespace dpctl::chart
