#include "lib/chart/metadata.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "lib/chart/value/print.hpp"
#include "lib/chart/value/runes.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/version.hpp"
#include "lib/data/number_text.hpp"

namespace dpctl::chart {
namespace {

/// Where Helm's struct wants text, a number or a boolean is written out: "appVersion: 1.10" is "1.1". Reals
/// pass through a float32.
std::optional<std::string> text_of(const Value& value) {
  switch (value.kind()) {
    case Kind::invalid:
    case Kind::nil: return "";
    case Kind::string: return value.as_string();
    case Kind::boolean: return value.as_bool() ? "true" : "false";
    case Kind::int64: return std::to_string(value.as_int());
    case Kind::real: return format_go_g32(value.as_real());
    default: return std::nullopt;
  }
}

/// Reads the fields of one map of Chart.yaml into a struct; a value of another type is an error that names
/// the field.
class Fields {
 public:
  explicit Fields(const Value& map) : map_(map) {}

  void text(std::string_view key, std::string& to) {
    const auto* value = map_.find(key);
    if (value == nullptr) return;
    if (auto read = text_of(*value)) {
      to = *std::move(read);
    } else {
      mismatch(key, *value, "string");
    }
  }
  void flag(std::string_view key, bool& to) {
    const auto* value = map_.find(key);
    if (value == nullptr || value->is_nil()) return;
    if (!value->is_bool()) return mismatch(key, *value, "bool");
    to = value->as_bool();
  }
  void texts(std::string_view key, std::vector<std::string>& to) {
    for (const auto& item : list(key)) {
      auto read = text_of(item);
      if (!read) return mismatch(key, item, "string");
      to.push_back(*std::move(read));
    }
  }
  std::vector<Value> list(std::string_view key) {
    const auto* value = map_.find(key);
    if (value == nullptr || value->is_nil()) return {};
    if (value->is_list()) return value->as_list();
    mismatch(key, *value, "array");
    return {};
  }
  void mismatch(std::string_view key, const Value& value, std::string_view wanted) {
    if (problem_.empty())
      problem_ = fmt::format("cannot unmarshal {} into field {} of type {}", kind_name(value), key, wanted);
  }
  [[nodiscard]] const Value& map() const { return map_; }
  [[nodiscard]] Result<void> result() const {
    if (!problem_.empty()) return fail(Code::usage, "{}", problem_);
    return {};
  }

 private:
  const Value& map_;
  std::string problem_;
};

Result<Dependency> read_dependency(const Value& value) {
  Dependency dependency;
  Fields fields(value);
  fields.text("name", dependency.name);
  fields.text("version", dependency.version);
  fields.text("repository", dependency.repository);
  fields.text("condition", dependency.condition);
  fields.text("alias", dependency.alias);
  fields.texts("tags", dependency.tags);
  fields.flag("enabled", dependency.enabled);
  dependency.import_values = fields.list("import-values");
  DPCTL_CHECK(fields.result());
  return dependency;
}

Result<std::vector<Dependency>> read_dependencies(Fields& fields) {
  std::vector<Dependency> dependencies;
  for (const auto& item : fields.list("dependencies")) {
    if (item.is_nil())
      return fail(Code::usage, "validation: dependencies must not contain empty or null nodes");
    DPCTL_TRY(auto dependency, read_dependency(item));
    dependencies.push_back(std::move(dependency));
  }
  return dependencies;
}

void clean(std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto rune = next_rune(text, at);
    if (is_space_rune(rune))
      out += ' ';
    else if (is_print_rune(rune))
      append_rune(out, rune);
  }
  text = std::move(out);
}

}  // namespace

Result<Metadata> read_metadata(std::string_view text) {
  auto read = from_yaml(text, "Chart.yaml", NumberKinds::integers);
  if (!read) return fail(Code::usage, "cannot load Chart.yaml").because(read.error());
  Metadata metadata;
  if (!read->is_map() && !read->is_nil()) return fail(Code::usage, "cannot load Chart.yaml: it is not a map");
  Fields fields(*read);
  fields.text("name", metadata.name);
  fields.text("home", metadata.home);
  fields.text("version", metadata.version);
  fields.text("description", metadata.description);
  fields.text("icon", metadata.icon);
  fields.text("apiVersion", metadata.api_version);
  fields.text("condition", metadata.condition);
  fields.text("tags", metadata.tags);
  fields.text("appVersion", metadata.app_version);
  fields.text("kubeVersion", metadata.kube_version);
  fields.text("type", metadata.type);
  fields.texts("sources", metadata.sources);
  fields.texts("keywords", metadata.keywords);
  fields.flag("deprecated", metadata.deprecated);
  for (const auto& item : fields.list("maintainers")) {
    Maintainer maintainer;
    Fields inner(item);
    inner.text("name", maintainer.name);
    inner.text("email", maintainer.email);
    inner.text("url", maintainer.url);
    DPCTL_CHECK(inner.result());
    metadata.maintainers.push_back(std::move(maintainer));
  }
  if (const auto* annotations = read->find("annotations"); annotations != nullptr && annotations->is_map()) {
    for (const auto& entry : annotations->as_map().entries) {
      auto written = text_of(entry.value);
      if (!written) fields.mismatch("annotations", entry.value, "string");
      metadata.annotations.emplace_back(entry.name(), std::move(written).value_or(""));
    }
  }
  auto dependencies = read_dependencies(fields);
  if (auto checked = fields.result(); !checked)
    return fail(Code::usage, "cannot load Chart.yaml").because(checked.error());
  if (!dependencies) return fail(std::move(dependencies).error());
  metadata.dependencies = *std::move(dependencies);
  if (metadata.api_version.empty()) metadata.api_version = "v1";
  return metadata;
}

Result<void> read_requirements(std::string_view text, Metadata& metadata) {
  DPCTL_TRY(const auto read, from_yaml(text, "requirements.yaml", NumberKinds::integers));
  Fields fields(read);
  if (read.find("dependencies") == nullptr) return fields.result();
  DPCTL_TRY(metadata.dependencies, read_dependencies(fields));
  return fields.result();
}

void clean_texts(Metadata& metadata) {
  for (auto* text : {&metadata.name, &metadata.description, &metadata.home, &metadata.icon,
                     &metadata.condition, &metadata.tags, &metadata.app_version, &metadata.kube_version})
    clean(*text);
  for (auto& source : metadata.sources) clean(source);
  for (auto& keyword : metadata.keywords) clean(keyword);
  for (auto& one : metadata.maintainers)
    for (auto* text : {&one.name, &one.email, &one.url}) clean(*text);
  for (auto& one : metadata.dependencies) {
    for (auto* text : {&one.name, &one.version, &one.repository, &one.condition}) clean(*text);
    for (auto& tag : one.tags) clean(tag);
  }
}

Result<void> check_metadata(const Metadata& metadata) {
  const auto refuse = [](std::string_view why) { return fail(Code::usage, "validation: {}", why); };
  if (metadata.name.empty()) return refuse("chart.metadata.name is required");
  if (metadata.name != metadata.name.substr(metadata.name.rfind('/') + 1))
    return fail(Code::usage, "validation: chart.metadata.name {} is invalid", quote_go(metadata.name));
  if (metadata.version.empty()) return refuse("chart.metadata.version is required");
  if (!Version::parse(metadata.version))
    return fail(Code::usage, "validation: chart.metadata.version {} is invalid", quote_go(metadata.version));
  if (!metadata.type.empty() && metadata.type != "application" && metadata.type != "library")
    return refuse("chart.metadata.type must be application or library");
  std::set<std::string> names;
  for (const auto& dependency : metadata.dependencies) {
    const auto& called = dependency.alias.empty() ? dependency.name : dependency.alias;
    if (!names.insert(called).second)
      return fail(Code::usage, "validation: more than one dependency with name or alias {}",
                  quote_go(called));
    const auto& alias = dependency.alias;
    const bool fine = std::all_of(alias.begin(), alias.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == '-';
    });
    if (!fine)
      return fail(Code::usage, "validation: dependency {} has disallowed characters in the alias",
                  quote_go(dependency.name));
  }
  return {};
}

}  // namespace dpctl::chart
