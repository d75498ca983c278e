#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::chart {

/// The rules of a .helmignore file: like .gitignore, but without `**`, and with Helm's own reading of `!`.
class IgnoreRules {
 public:
  /// Empty lines and `#` lines are skipped. `**` is an error.
  static Result<IgnoreRules> parse(std::string_view text);
  /// The rule that Helm always adds: hidden files directly below templates/.
  void add_defaults();
  /// `path` is relative to the chart, with slashes.
  [[nodiscard]] bool ignores(std::string_view path, bool is_folder) const;

 private:
  struct Rule {
    std::string pattern;
    bool negated = false;
    bool folders_only = false;
    bool whole_path = false;  ///< the pattern has a slash: it is matched against the path, not the name
  };
  void add(std::string_view line);
  std::vector<Rule> rules_;
};

/// Go's filepath.Match: `*` and `?` do not cross slashes, `[a-z]`, backslash escapes. A malformed pattern
/// matches nothing.
bool match_path(std::string_view pattern, std::string_view path);

}  // namespace dpctl::chart
