#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/data/json.hpp"

namespace dpctl::source {

/// One version of a chart in a repository: what its index.yaml says, as far as we read it.
struct IndexEntry {
  std::string name, version, app_version, description, home;
  std::string digest;             ///< sha256 in hexadecimal, maybe after "sha256:"; empty when it is not said
  std::vector<std::string> urls;  ///< absolute, or relative to the repository
  std::vector<std::string> words;  ///< keywords
  bool deprecated = false;
};

/// A repository's index.yaml (helm.sh/docs/topics/chart_repository): charts by name, their versions newest
/// first. Rows that are no charts (no name, no semantic version) are left out, as Helm does.
class Index {
 public:
  /// YAML or JSON. `name` is the file or address that errors tell.
  static Result<Index> parse(std::string_view text, std::string_view name);

  [[nodiscard]] const std::map<std::string, std::vector<IndexEntry>>& charts() const { return charts_; }

  /// The version that `wanted` names exactly, else the newest that it allows as a range; empty allows every
  /// release. Pre-releases count only when `wanted` mentions one or `devel` is set. Code::not_found
  /// otherwise.
  [[nodiscard]] Result<const IndexEntry*> choose(const std::string& chart, const std::string& wanted,
                                                 bool devel) const;

 private:
  std::map<std::string, std::vector<IndexEntry>> charts_;
};

/// A chart's archive as index.yaml names it.
struct IndexedArchive {
  std::string file;   ///< "web-1.2.3.tgz", or a path below the repository
  std::string bytes;  ///< of the .tgz
};

/// index.yaml of the archives, whose addresses are `url` and their names, on top of `merged` (an older
/// index.yaml; empty: none): its other versions stay, those that are here too are replaced. `now` is RFC
/// 3339.
Result<std::string> write_index(const std::vector<IndexedArchive>& archives, std::string_view url,
                                std::string_view merged, std::string_view now, bool as_json);

}  // namespace dpctl::source
