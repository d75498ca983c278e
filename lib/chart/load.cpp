// load.cpp: from files to a chart, by Helm's rules for which file is what.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "lib/base/beside.hpp"
#include "lib/chart/archive.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::chart {
namespace {

std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

Result<std::shared_ptr<Chart>> build(std::vector<File> files, const LoadLimits& limits, ArchiveBudget& budget,
                                     int depth);

Result<std::shared_ptr<Chart>> build_archive(std::string_view bytes, std::string_view name,
                                             const LoadLimits& limits, ArchiveBudget& budget, int depth) {
  DPCTL_TRY(auto files, read_archive(bytes, name, limits, budget));
  return build(std::move(files), limits, budget, depth);
}

/// A subchart below charts/: an archive, or the files of a folder.
Result<std::shared_ptr<Chart>> build_subchart(const std::string& parent, const std::string& name,
                                              std::vector<File>& files, const LoadLimits& limits,
                                              ArchiveBudget& budget, int depth) {
  Result<std::shared_ptr<Chart>> sub = nullptr;
  if (name.ends_with(".tgz")) {
    if (files.front().name != name)
      return fail(Code::failed, "error unpacking subchart tar in {}: expected {}, got {}", parent, name,
                  files.front().name);
    sub = build_archive(files.front().data, name, limits, budget, depth);
  } else {
    std::vector<File> inner;
    for (auto& file : files) {
      const auto slash = file.name.find('/');
      if (slash == std::string::npos) continue;
      inner.push_back({file.name.substr(slash + 1), std::move(file.data)});
    }
    sub = build(std::move(inner), limits, budget, depth);
  }
  if (!sub) return fail(Code::failed, "error unpacking subchart {} in {}", name, parent).because(sub.error());
  return sub;
}

/// Two threads build every second subchart each; the first error by name is the one that is told.
Result<void> add_subcharts(Chart& chart, std::map<std::string, std::vector<File>>& below,
                           const LoadLimits& limits, ArchiveBudget& budget, int depth) {
  std::erase_if(below, [](const auto& entry) { return entry.first.find_first_of("_.") == 0; });
  std::vector<std::pair<const std::string*, std::vector<File>*>> names;
  for (auto& [name, files] : below) names.emplace_back(&name, &files);
  std::vector<Result<std::shared_ptr<Chart>>> built(names.size(), nullptr);
  const std::size_t worth_it = depth == 1 ? 2 : names.size() + 1;
  on_two_threads(names.size(), worth_it, [&](std::size_t i) {
    built[i] = build_subchart(chart.name(), *names[i].first, *names[i].second, limits, budget, depth);
  });
  for (auto& sub : built) {
    if (!sub) return fail(std::move(sub).error());
    chart.subcharts.push_back(*std::move(sub));
  }
  return {};
}

/// One file of the chart into its place; files below charts/ are gathered.
Result<void> place(Chart& chart, File& file, std::map<std::string, std::vector<File>>& subcharts) {
  const auto& name = file.name;
  if (name == "Chart.yaml") return {};
  if (name == "Chart.lock" || name == "requirements.lock") {
    DPCTL_TRY(chart.lock, from_yaml(file.data, name));
    if (name == "requirements.lock" && chart.metadata.api_version == "v1")
      chart.files.push_back(std::move(file));
    return {};
  }
  if (name == "values.yaml") {
    auto values = read_values(file.data, name);
    if (!values) return fail(Code::usage, "cannot load values.yaml").because(values.error());
    chart.values = *std::move(values);
    chart.values_text = std::move(file.data);
    chart.has_values = true;
    return {};
  }
  if (name == "values.schema.json") {
    chart.schema = std::move(file.data);
    return {};
  }
  if (name == "requirements.yaml") {
    auto read = read_requirements(file.data, chart.metadata);
    if (!read) return fail(Code::usage, "cannot load requirements.yaml").because(read.error());
    if (chart.metadata.api_version == "v1") chart.files.push_back(std::move(file));
    return {};
  }
  if (name.starts_with("templates/")) {
    chart.templates.push_back(std::move(file));
  } else if (name.starts_with("charts/") && !name.ends_with(".prov")) {
    auto inner = name.substr(7);
    const auto top = inner.substr(0, inner.find('/'));
    subcharts[top].push_back({std::move(inner), std::move(file.data)});
  } else {
    chart.files.push_back(std::move(file));
  }
  return {};
}

Result<std::shared_ptr<Chart>> build(std::vector<File> files, const LoadLimits& limits, ArchiveBudget& budget,
                                     int depth) {
  if (depth > limits.depth) return fail(Code::usage, "charts are nested more than {} deep", limits.depth);
  auto chart = std::make_shared<Chart>();
  const auto metadata =
      std::find_if(files.begin(), files.end(), [](const File& file) { return file.name == "Chart.yaml"; });
  if (metadata == files.end()) {
    return fail(Code::usage, "Chart.yaml file is missing")
        .hint("a chart is a folder or an archive with a Chart.yaml at its top");
  }
  for (auto& file : files)
    if (file.data.starts_with("\xEF\xBB\xBF")) file.data.erase(0, 3);
  DPCTL_TRY(chart->metadata, read_metadata(without_bom(metadata->data)));
  // Only the chart itself is asked: its subcharts are read by the rules of its own version.
  const auto& version = chart->metadata.api_version;
  if (depth == 0 && !limits.any_api_version && version != "v1" && version != "v2")
    return fail(Code::usage, "invalid chart apiVersion")
        .hint("apiVersion of a chart is v2 (or v1, of Helm 2)");
  std::map<std::string, std::vector<File>> subcharts;
  for (auto& file : files) DPCTL_CHECK(place(*chart, file, subcharts));
  clean_texts(chart->metadata);
  DPCTL_CHECK(check_metadata(chart->metadata));
  DPCTL_CHECK(add_subcharts(*chart, subcharts, limits, budget, depth + 1));
  return chart;
}

}  // namespace

Result<std::shared_ptr<Chart>> load_files(std::vector<File> files, const LoadLimits& limits) {
  ArchiveBudget budget(limits);
  return build(std::move(files), limits, budget, 0);
}

Result<std::shared_ptr<Chart>> load_archive(std::string_view bytes, std::string_view name,
                                            const LoadLimits& limits) {
  ArchiveBudget budget(limits);
  return build_archive(bytes, name, limits, budget, 0);
}

Result<std::shared_ptr<Chart>> load_embedded(std::span<const EmbeddedFile> embedded) {
  std::vector<File> files;
  for (const auto& file : embedded) files.push_back({std::string(file.name), std::string(file.data)});
  const LoadLimits limits;
  ArchiveBudget budget(limits);
  return build(std::move(files), limits, budget, 0);
}

}  // namespace dpctl::chart
