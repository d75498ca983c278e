// lint_templates.cpp: what the rendered files and crds/ hold, by Helm's rules.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/lint.hpp"
#include "lib/chart/lint_old_apis.hpp"
#include "lib/chart/manifest.hpp"
#include "lib/chart/render.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/version.hpp"

namespace dpctl::chart {
namespace {

namespace fs = std::filesystem;

std::string text_at(const Value& map, std::string_view key) {
  const auto* found = map.find(key);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

bool lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Labels of small letters, digits and dashes, with dots between: RFC 1123.
bool is_subdomain(std::string_view name) {
  for (const auto label : split(name, '.')) {
    if (label.empty() || !lower_or_digit(label.front()) || !lower_or_digit(label.back())) return false;
    for (const char c : label)
      if (!lower_or_digit(c) && c != '-') return false;
  }
  return true;
}

bool is_label_1035(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z' || !lower_or_digit(name.back())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return lower_or_digit(c) || c == '-'; });
}

/// What the API server would object to, in its words (k8s.io/apimachinery validation); empty when nothing.
std::string name_fault(std::string_view kind, std::string_view name) {
  constexpr std::string_view kSubdomain =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
      "must "
      "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
      "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  constexpr std::string_view kLabel =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
      "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
      "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
  if (kind == "service")
    return name.size() > 63      ? "must be no more than 63 characters"
           : is_label_1035(name) ? ""
                                 : std::string(kLabel);
  if (kind == "namespace" && name.find('.') != std::string_view::npos) return "must not contain dots";
  if (kind == "role" || kind == "clusterrole" || kind == "rolebinding" || kind == "clusterrolebinding") {
    if (name == ".") return "may not be '.'";
    if (name == "..") return "may not be '..'";
    if (name.find('/') != std::string_view::npos) return "may not contain '/'";
    if (name.find('%') != std::string_view::npos) return "may not contain '%'";
    return "";
  }
  if (name.size() > 253) return "must be no more than 253 characters";
  return is_subdomain(name) ? "" : std::string(kSubdomain);
}

/// The rules for one rendered file of templates/.
class FileLint {
 public:
  FileLint(const std::string& path, const std::string& content, const LintOptions& options,
           Findings& findings)
      : path_(path), content_(content), options_(options), findings_(findings) {}

  /// False when the file is no YAML: Helm looks no further then.
  bool run() {
    indent();
    const auto documents = from_yaml_all(content_, path_);
    if (!documents) {
      add(Severity::error, "unable to parse YAML: " + one_line(documents.error()));
      return false;
    }
    for (const auto& document : *documents) {
      if (document.is_nil()) continue;
      if (!document.is_map()) {
        add(Severity::error, fmt::format("unable to parse YAML: a document is a {}, not a Kubernetes object",
                                         kind_name(document)));
        return false;
      }
      object(document);
    }
    return true;
  }

 private:
  void add(Severity severity, std::string text) { findings_.push_back({severity, path_, std::move(text)}); }

  void indent() {
    for (const auto line : split(content_, '\n')) {
      if (trim(line).empty()) continue;
      if (line.front() == ' ' || line.front() == '\t')
        add(Severity::warning,
            fmt::format("document starts with an illegal indent: {}, which may cause parsing problems",
                        quote_go(line)));
      return;
    }
  }

  void object(const Value& document) {
    const auto kind = text_at(document, "kind");
    const auto* metadata = document.find("metadata");
    const auto name = metadata != nullptr ? text_at(*metadata, "name") : std::string();
    if (const auto fault = name_fault(to_lower(kind), name); !fault.empty())
      add(Severity::warning,
          fmt::format("object name does not conform to Kubernetes naming requirements: {0}: "
                      "metadata.name: Invalid value: {0}: {1}",
                      quote_go(name), fault));
    deprecation(text_at(document, "apiVersion"), kind);
    selector(kind, name);
    list(kind, document);
  }

  void deprecation(const std::string& api_version, const std::string& kind) {
    const auto version = Version::parse(options_.capabilities.text());
    for (const auto& old : kOldApis) {
      if (old.api_version != api_version || old.kind != kind) continue;
      if (version && version->major == 1 && version->minor < static_cast<std::uint64_t>(old.deprecated))
        return;
      auto text = fmt::format("{} {} is deprecated in v1.{}+", api_version, kind, old.deprecated);
      if (old.removed > 0) text += fmt::format(", unavailable in v1.{}+", old.removed);
      if (!old.instead.empty())
        text += fmt::format("; use {} {}", old.instead, old.instead_kind.empty() ? kind : old.instead_kind);
      return add(Severity::warning, std::move(text));
    }
  }

  void selector(const std::string& kind, const std::string& name) {
    if (kind != "Deployment" && kind != "ReplicaSet" && kind != "DaemonSet" && kind != "StatefulSet") return;
    if (content_.find("matchLabels") != std::string::npos ||
        content_.find("matchExpressions") != std::string::npos)
      return;
    add(Severity::error, fmt::format("a {} must contain matchLabels or matchExpressions, and {} does not",
                                     kind, quote_go(name)));
  }

  void list(const std::string& kind, const Value& document) {
    const auto* items = document.find("items");
    if (kind != "List" || items == nullptr || !items->is_list()) return;
    constexpr std::array<std::string_view, 3> kPolicy{"metadata", "annotations", "helm.sh/resource-policy"};
    for (const auto& item : items->as_list())
      if (item.find_path(kPolicy) != nullptr)
        return add(Severity::error, "annotation 'helm.sh/resource-policy' within List objects are ignored");
  }

  const std::string& path_;
  const std::string& content_;
  const LintOptions& options_;
  Findings& findings_;
};

/// ".yaml" of "templates/web.yaml"; empty when the name has no dot.
std::string_view extension_of(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot);
}

Result<std::vector<RenderedFile>> rendered_files(const Chart& chart, const LintOptions& options) {
  Warnings warnings;
  auto processed = process_dependencies(chart, options.values, warnings);
  if (!processed) return std::vector<RenderedFile>();
  auto values = coalesce(**processed, options.values, Nulls::remove, warnings);
  if (!values) return std::vector<RenderedFile>();
  return render_files(**processed, *values,
                      {.release = "test-release",
                       .ns = options.ns,
                       .capabilities = options.capabilities,
                       .skip_schema = options.skip_schema,
                       .lint = true});
}

/// False when the file is no YAML: Helm looks no further then.
bool lint_crd(const std::string& path, const std::string& text, Findings& findings) {
  const auto documents = from_yaml_all(text, path);
  if (!documents) {
    findings.push_back({Severity::error, path, "unable to parse YAML: " + one_line(documents.error())});
    return false;
  }
  for (const auto& document : *documents) {
    if (document.is_nil()) continue;
    if (!text_at(document, "apiVersion").starts_with("apiextensions.k8s.io"))
      findings.push_back({Severity::error, path, "apiVersion is not in 'apiextensions.k8s.io'"});
    if (text_at(document, "kind") != "CustomResourceDefinition")
      findings.push_back({Severity::error, path, "object kind is not 'CustomResourceDefinition'"});
  }
  return true;
}

}  // namespace

void lint_templates(const std::string& folder, const LintOptions& options, Findings& findings) {
  const std::string path = "templates/";
  const auto add = [&](Severity severity, std::string text) {
    findings.push_back({severity, path, std::move(text)});
  };
  const auto templates = fs::path(folder) / "templates";
  std::error_code error;
  if (!fs::exists(templates, error)) return add(Severity::warning, "directory does not exist");
  if (!fs::is_directory(templates, error)) return add(Severity::error, "not a directory");
  const auto chart = load_chart(folder, {.any_api_version = true});
  if (!chart) return add(Severity::error, one_line(chart.error()));
  const auto files = rendered_files(**chart, options);
  if (!files) return add(Severity::error, files.error().what);
  for (const auto& file : (*chart)->templates) {
    const auto extension = extension_of(file.name);
    if (extension != ".yaml" && extension != ".yml" && extension != ".tpl" && extension != ".txt")
      findings.push_back(
          {Severity::error, file.name,
           fmt::format("file extension '{}' not valid. Valid extensions are .yaml, .yml, .tpl, "
                       "or .txt",
                       extension)});
    if (extension != ".yaml" && extension != ".yml") continue;
    const auto whole = (*chart)->name() + "/" + file.name;
    const auto rendered = std::find_if(files->begin(), files->end(),
                                       [&](const RenderedFile& one) { return one.path == whole; });
    if (rendered == files->end() || trim(rendered->content).empty()) continue;
    if (!FileLint(file.name, rendered->content, options, findings).run()) return;
  }
}

void lint_crds(const std::string& folder, Findings& findings) {
  const auto root = fs::path(folder) / "crds";
  std::error_code error;
  if (!fs::is_directory(root, error)) return;
  const auto chart = load_chart(folder, {.any_api_version = true});
  if (!chart) return;
  for (const auto& crd : crds_of(**chart))
    if (!lint_crd(crd.file->name, crd.file->data, findings)) return;
}

}  // namespace dpctl::chart
