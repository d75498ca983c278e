#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::chart {

/// A semantic version as Helm reads it (Masterminds/semver, not strict): "v1.2" is 1.2.0, the original text
/// is kept.
struct Version {
  std::uint64_t major = 0, minor = 0, patch = 0;
  std::string prerelease{}, build{}, original{};

  /// nullopt when it is none.
  static std::optional<Version> parse(std::string_view text);
  /// The same, with the library's own words for what is wrong.
  static Result<Version> read(std::string_view text);
  /// -1, 0, 1; build metadata does not count.
  [[nodiscard]] int compare(const Version& other) const;
  /// "1.2.3-rc.1+build".
  [[nodiscard]] std::string text() const;
};

/// ">=1.20-0, <2 || ^3.1": commas and blanks join, || separates; a pre-release satisfies only what mentions
/// one.
class VersionRange {
 public:
  static Result<VersionRange> parse(std::string_view text);
  [[nodiscard]] bool allows(const Version& version) const;

 private:
  struct Part {
    std::string op;
    Version version;
    bool minor_open = false;  ///< only a major version was given
    bool patch_open = false;
    bool open = false;  ///< some number was left out or is an x
  };
  struct Group {
    std::vector<Part> parts;
    bool prereleases = false;
  };
  static bool holds(const Part& part, const Version& version);
  static bool tilde(const Part& part, const Version& version);
  static bool caret(const Part& part, const Version& version);
  static bool differs(const Part& part, const Version& version);

  std::vector<Group> groups_;
};

/// Does `range` allow `version`? Neither needs to be well-formed; then the answer is no.
bool in_range(std::string_view range, std::string_view version);

}  // namespace dpctl::chart
