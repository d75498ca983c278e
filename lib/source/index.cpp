#include "lib/source/index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/version.hpp"
#include "lib/data/yaml.hpp"
#include "lib/net/url.hpp"
#include "lib/source/package.hpp"

namespace dpctl::source {
namespace {

constexpr yaml::Options kLenient{.duplicate_keys = yaml::DuplicateKeys::last_wins};

using chart::Version;
using chart::VersionRange;

Result<Json> read(std::string_view text, std::string_view name) {
  const auto first = text.find_first_not_of(" \t\r\n");
  auto json = first != std::string_view::npos && text[first] == '{' ? parse_json(text, name)
                                                                    : yaml::decode(text, name, kLenient);
  if (!json) return fail(std::move(json).error());
  if (!json->is_object()) return fail(Code::usage, "{} is no index of a chart repository", name);
  if (string_at(*json, "apiVersion").empty())
    return fail(Code::usage, "{} is no index of a chart repository: no API version specified", name);
  return json;
}

std::vector<std::string> strings_at(const Json& row, std::string_view key) {
  std::vector<std::string> all;
  for (const auto& item : array_at(row, key))
    if (item.is_string()) all.push_back(item.get<std::string>());
  return all;
}

/// Newest first; equal ones stay as they stand.
template <class T, class VersionOf>
void newest_first(std::vector<T>& rows, const VersionOf& version_of) {
  std::stable_sort(rows.begin(), rows.end(), [&](const T& a, const T& b) {
    const auto x = Version::parse(version_of(a));
    const auto y = Version::parse(version_of(b));
    if (!x || !y) return x.has_value();
    return x->compare(*y) > 0;
  });
}

std::string not_found_text(const std::string& chart, const std::string& wanted, std::string_view why) {
  return fmt::format("no chart {} found for {}{}", why, chart, wanted.empty() ? "" : "-" + wanted);
}

/// The row of an archive: Chart.yaml's fields with address, digest and time.
Result<Json> row_of(const IndexedArchive& archive, std::string_view url, std::string_view now) {
  DPCTL_TRY(const auto chart, chart::load_archive(archive.bytes, archive.file));
  Json row = chart::to_tree(metadata_fields(chart->metadata));
  row["urls"] = Json::array({url.empty() ? archive.file : net::join_url(url, archive.file)});
  row["digest"] = sha256_hex(archive.bytes);
  row["created"] = now;
  return row;
}

}  // namespace

Result<Index> Index::parse(std::string_view text, std::string_view name) {
  DPCTL_TRY(const auto json, read(text, name));
  Index index;
  const auto entries = json.find("entries");
  if (entries == json.end() || !entries->is_object()) return index;
  for (const auto& [chart, rows] : entries->items()) {
    auto& versions = index.charts_[chart];
    for (const auto& row : rows) {
      if (!row.is_object()) continue;
      IndexEntry entry{.name = string_at(row, "name"),
                       .version = string_at(row, "version"),
                       .app_version = string_at(row, "appVersion"),
                       .description = string_at(row, "description"),
                       .home = string_at(row, "home"),
                       .digest = string_at(row, "digest"),
                       .urls = strings_at(row, "urls"),
                       .words = strings_at(row, "keywords"),
                       .deprecated = bool_at(row, "deprecated")};
      if (entry.name.empty() || !Version::parse(entry.version)) continue;
      versions.push_back(std::move(entry));
    }
    newest_first(versions, [](const IndexEntry& entry) { return entry.version; });
  }
  return index;
}

Result<const IndexEntry*> Index::choose(const std::string& chart, const std::string& wanted,
                                        bool devel) const {
  const auto found = charts_.find(chart);
  if (found == charts_.end() || found->second.empty())
    return fail(Code::not_found, "{}", not_found_text(chart, "", "name"));
  for (const auto& entry : found->second)
    if (!wanted.empty() && entry.version == wanted) return &entry;
  const std::string range_text = wanted.empty() ? (devel ? ">0.0.0-0" : "*") : wanted;
  DPCTL_TRY(const auto range, VersionRange::parse(range_text));
  for (const auto& entry : found->second)
    if (range.allows(*Version::parse(entry.version))) return &entry;
  return fail(Code::not_found, "{}", not_found_text(chart, wanted, "version"));
}

Result<std::string> write_index(const std::vector<IndexedArchive>& archives, std::string_view url,
                                std::string_view merged, std::string_view now, bool as_json) {
  Json index{{"apiVersion", "v1"}, {"entries", Json::object()}, {"generated", now}};
  if (!merged.empty()) {
    DPCTL_TRY(const auto older, read(merged, "the index to merge with"));
    index["entries"] = object_at(older, "entries");
  }
  for (const auto& archive : archives) {
    DPCTL_TRY(auto row, row_of(archive, url, now));
    auto& rows = index["entries"][string_at(row, "name")];
    if (rows.is_null()) rows = Json::array();
    const auto same = std::find_if(rows.begin(), rows.end(), [&](const Json& old) {
      return string_at(old, "version") == string_at(row, "version");
    });
    if (same == rows.end()) {
      rows.push_back(std::move(row));
    } else {
      *same = std::move(row);
    }
  }
  for (auto& rows : index["entries"]) {
    std::vector<Json> sorted(rows.begin(), rows.end());
    newest_first(sorted, [](const Json& row) { return string_at(row, "version"); });
    rows = sorted;
  }
  return as_json ? dump_json(index) : yaml::encode(index);
}

}  // namespace dpctl::source
