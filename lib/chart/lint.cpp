// lint.cpp: Chart.yaml, values.yaml and the dependencies of a chart, by Helm's rules.
#include "lib/chart/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/schema.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/values.hpp"
#include "lib/chart/version.hpp"
#include "lib/data/yaml.hpp"

namespace dpctl::chart {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kChartFile = "Chart.yaml";
constexpr std::string_view kValuesFile = "values.yaml";

bool any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Go's url.ParseRequestURI with a scheme.
bool is_url(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const auto scheme = text.substr(0, colon);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(scheme.front())) return false;
  for (const char c : scheme)
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return false;
  return text.substr(colon + 1).starts_with('/');
}

/// name@domain.tld, without blanks.
bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0) return false;
  const auto domain = text.substr(at + 1);
  const auto dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || domain.size() - dot < 3) return false;
  return text.find(' ') == std::string_view::npos && text.find('@') == at;
}

/// A web address as a maintainer's: the scheme may be missing, a dot may not.
bool is_web_address(std::string_view text) {
  if (text.find(' ') != std::string_view::npos) return false;
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  const auto host = text.substr(0, text.find_first_of("/:?#"));
  return host == "localhost" || (host.find('.') != std::string_view::npos && !host.starts_with('.'));
}

/// Three numbers without a "v" (semver.org).
bool is_strict_version(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9' || !Version::parse(text)) return false;
  const auto numbers = text.substr(0, text.find_first_of("-+"));
  return std::count(numbers.begin(), numbers.end(), '.') == 2;
}

/// Chart.yaml's rules, in Helm's order.
class ChartFileLint {
 public:
  ChartFileLint(std::string text, Findings& findings) : text_(std::move(text)), findings_(findings) {}

  void run() {
    auto raw = from_yaml(text_, kChartFile, NumberKinds::integers);
    auto metadata = read_metadata(text_);
    if (!raw || !metadata) {
      const auto& error = raw ? metadata.error() : raw.error();
      return add(Severity::error, fmt::format("unable to parse YAML\n\t{}", one_line(error)));
    }
    raw_ = *std::move(raw);
    metadata_ = *std::move(metadata);
    strict();
    name();
    version();
    type_of("appVersion");
    people();
    links();
    of_version_two();
    strict_version();
  }

 private:
  void add(Severity severity, std::string text) {
    findings_.push_back({severity, std::string(kChartFile), std::move(text)});
  }

  void strict() {
    constexpr std::string_view kStrictly = "failed to strictly parse chart metadata file\n\t";
    if (auto once = yaml::decode(text_, kChartFile); !once)
      return add(Severity::warning, fmt::format("{}{}", kStrictly, one_line(once.error())));
    if (!raw_.is_map()) return;
    for (const auto& entry : raw_.as_map().entries)
      if (!any_of(entry.name(), {"name", "home", "sources", "version", "description", "keywords",
                                 "maintainers", "icon", "apiVersion", "condition", "tags", "appVersion",
                                 "deprecated", "annotations", "kubeVersion", "dependencies", "type"}))
        return add(Severity::warning,
                   fmt::format("{}error unmarshaling JSON: while decoding JSON: json: unknown field {}",
                               kStrictly, quote_go(entry.name())));
  }

  void name() {
    const auto& name = metadata_.name;
    if (name.empty())
      add(Severity::error, "name is required");
    else if (name.find('/') != std::string::npos)
      add(Severity::error, fmt::format("chart name {} is invalid", quote_go(name)));
    const auto* version = raw_.find("apiVersion");
    const bool absent =
        version == nullptr || version->is_nil() || (version->is_string() && version->as_string().empty());
    if (absent)
      add(Severity::error, R"(apiVersion is required. The value must be either "v1" or "v2")");
    else if (metadata_.api_version != "v1" && metadata_.api_version != "v2")
      add(Severity::error,
          fmt::format(R"(apiVersion '{}' is not valid. The value must be either "v1" or "v2")",
                      metadata_.api_version));
    if (absent) metadata_.api_version.clear();
  }

  /// Text in YAML too: 1.10 is a number, and loses its zero.
  void type_of(std::string_view key) {
    const auto* value = raw_.find(key);
    if (value == nullptr || value->is_string()) return;
    const std::string type = value->is_nil()    ? "<nil>"
                             : value->is_bool() ? "bool"
                             : value->is_list() ? "[]interface {}"
                             : value->is_map()  ? "map[string]interface {}"
                                                : "float64";
    add(Severity::error, fmt::format("{} should be of type string but it's of type {}", key, type));
  }

  void version() {
    type_of("version");
    const auto& version = metadata_.version;
    const auto parsed = Version::parse(version);
    if (version.empty())
      add(Severity::error, "version is required");
    else if (!parsed)
      add(Severity::error, fmt::format("version '{}' is not a valid SemVer", version));
    else if (parsed->compare(*Version::parse("0.0.0-0")) <= 0)
      add(Severity::error, fmt::format("version {} is less than or equal to 0.0.0-0", version));
  }

  void strict_version() {
    if (!is_strict_version(metadata_.version))
      add(Severity::warning, fmt::format("version '{}' is not a valid SemVerV2", metadata_.version));
  }

  /// Helm stops at the first maintainer with a fault.
  void people() {
    for (const auto& one : metadata_.maintainers) {
      if (one.name.empty()) return add(Severity::error, "each maintainer requires a name");
      if (!one.email.empty() && !is_email(one.email))
        return add(Severity::error,
                   fmt::format("invalid email '{}' for maintainer '{}'", one.email, one.name));
      if (!one.url.empty() && !is_web_address(one.url))
        return add(Severity::error, fmt::format("invalid url '{}' for maintainer '{}'", one.url, one.name));
    }
  }

  void links() {
    const auto wrong = std::find_if_not(metadata_.sources.begin(), metadata_.sources.end(), is_url);
    if (wrong != metadata_.sources.end())
      add(Severity::error, fmt::format("invalid source URL '{}'", *wrong));
    if (metadata_.icon.empty())
      add(Severity::info, "icon is recommended");
    else if (!is_url(metadata_.icon))
      add(Severity::error, fmt::format("invalid icon URL '{}'", metadata_.icon));
  }

  void of_version_two() {
    if (metadata_.api_version == "v2") return;
    if (!metadata_.type.empty())
      add(Severity::error,
          fmt::format("chart type is not valid in apiVersion '{}'. It is valid in apiVersion 'v2'",
                      metadata_.api_version));
    if (!metadata_.dependencies.empty())
      add(Severity::error,
          fmt::format("dependencies are not valid in the Chart file with apiVersion '{}'. They are valid in "
                      "apiVersion 'v2'",
                      metadata_.api_version));
  }

  std::string text_;
  Findings& findings_;
  Value raw_;
  Metadata metadata_;
};

void lint_values(const std::string& folder, const LintOptions& options, Findings& findings) {
  const auto add = [&](Severity severity, std::string text) {
    findings.push_back({severity, std::string(kValuesFile), std::move(text)});
  };
  const auto path = fs::path(folder) / kValuesFile;
  if (std::error_code error; !fs::exists(path, error)) return add(Severity::info, "file does not exist");
  const auto text = read_file(path);
  if (!text) return add(Severity::error, one_line(text.error()));
  auto values = from_yaml(*text, kValuesFile);
  if (!values) return add(Severity::error, "unable to parse YAML: " + one_line(values.error()));
  if (values->is_nil()) *values = Value::map();
  if (!values->is_map())
    return add(Severity::error,
               fmt::format("unable to parse YAML: it holds a {}, not a map", kind_name(*values)));
  const auto schema = fs::path(folder) / "values.schema.json";
  if (std::error_code error; options.skip_schema || !fs::exists(schema, error)) return;
  const auto schema_text = read_file(schema);
  if (!schema_text) return add(Severity::error, one_line(schema_text.error()));
  if (schema_text->empty()) return;
  Warnings warnings;
  const auto merged = deep_copy(options.values);
  coalesce_tables(merged, deep_copy(*values), "", Nulls::remove, warnings);
  const auto found = violations(*schema_text, merged);
  if (!found) return add(Severity::error, one_line(found.error()));
  if (!found->empty()) add(Severity::error, join(*found, "\n") + "\n");
}

void lint_dependencies(const std::string& folder, Findings& findings) {
  const auto chart = load_chart(folder, {.any_api_version = true});
  if (!chart) {
    findings.push_back({Severity::error, "", "unable to load chart\n\t" + one_line(chart.error())});
    return;
  }
  const auto& listed = (*chart)->metadata.dependencies;
  const auto& present = (*chart)->subcharts;
  std::error_code error;
  const auto whole = fs::absolute(folder, error).lexically_normal().string();
  std::vector<std::string> missing;
  for (const auto& sub : present)
    if (std::none_of(listed.begin(), listed.end(), [&](const auto& row) { return row.name == sub->name(); }))
      missing.push_back(sub->name());
  if (!missing.empty())
    findings.push_back(
        {Severity::error, whole, "chart metadata is missing these dependencies: " + join(missing, ",")});
  missing.clear();
  for (const auto& row : listed)
    if (std::none_of(present.begin(), present.end(),
                     [&](const auto& sub) { return row.name == sub->name(); }))
      missing.push_back(row.name);
  if (!missing.empty())
    findings.push_back(
        {Severity::warning, whole, "chart directory is missing these dependencies: " + join(missing, ",")});
}

}  // namespace

std::string Finding::line() const {
  constexpr std::string_view kNames[] = {"INFO", "WARNING", "ERROR"};
  return fmt::format("[{}] {}: {}", kNames[static_cast<int>(severity)], path, text);
}

Result<Findings> lint(const std::string& folder, const LintOptions& options) {
  Findings findings;
  const auto path = fs::path(folder) / kChartFile;
  std::error_code error;
  if (!fs::exists(path, error))
    return fail(Code::not_found,
                "unable to check Chart.yaml file in chart: stat {}: no such file or directory",
                path.string());
  DPCTL_TRY(auto text, read_file(path));
  ChartFileLint(std::move(text), findings).run();
  lint_values(folder, options, findings);
  lint_templates(folder, options, findings);
  lint_dependencies(folder, findings);
  lint_crds(folder, findings);
  return findings;
}

}  // namespace dpctl::chart
