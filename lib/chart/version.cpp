#include "lib/chart/version.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::chart {
namespace {

constexpr const char* kVersionPattern =
    R"(v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(?:-([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?(?:\+([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?)";
#define DPCTL_RANGE_VERSION                                  \
  R"(v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?)" \
  R"((?:-([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?(?:\+[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*)?)"
#define DPCTL_RANGE_OP R"((=||!=|>|<|>=|=>|<=|=<|~|~>|\^))"

std::optional<std::uint64_t> number(std::string_view text) {
  if (text.starts_with('.')) text.remove_prefix(1);
  if (text.empty()) return 0;
  std::uint64_t value = 0;
  return read_number(text, value) ? std::optional(value) : std::nullopt;
}

int compare_identifiers(std::string_view a, std::string_view b) {
  const auto is_number = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const bool x = is_number(a);
  const bool y = is_number(b);
  if (x != y) return x ? -1 : 1;
  if (x) {
    a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
    b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  }
  return a < b ? -1 : a == b ? 0 : 1;
}

int compare_prereleases(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  if (a.empty()) return 1;
  if (b.empty()) return -1;
  const auto x = split(a, '.');
  const auto y = split(b, '.');
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
    if (const int order = compare_identifiers(x[i], y[i]); order != 0) return order;
  return x.size() < y.size() ? -1 : x.size() > y.size() ? 1 : 0;
}

bool is_open(std::string_view text) {
  if (text.starts_with('.')) text.remove_prefix(1);
  return text.empty() || text == "x" || text == "X" || text == "*";
}

/// "1.2.3", which most are: ten times as fast as the pattern.
std::optional<Version> plain_version(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  std::array<std::uint64_t, 3> numbers{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto value = parts[i].empty() ? std::nullopt : number(parts[i]);
    if (!value) return std::nullopt;
    numbers[i] = *value;
  }
  return Version{numbers[0], numbers[1], numbers[2], "", "", std::string(text)};
}

}  // namespace

Result<Version> Version::read(std::string_view text) {
  if (auto plain = plain_version(text)) return *std::move(plain);
  static const re2::RE2 pattern(kVersionPattern);
  re2::StringPiece major, minor, patch, prerelease, build;
  if (!re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern, &major, &minor, &patch,
                           &prerelease, &build))
    return fail(Code::usage, "invalid semantic version");
  for (const auto piece : {major, minor, patch})
    if (const std::string_view digits(piece.data(), piece.size()); !number(digits))
      return fail(Code::usage,
                  "error parsing version segment: strconv.ParseUint: parsing \"{}\": value out of range",
                  digits.substr(digits.starts_with('.') ? 1 : 0));
  const auto a = number({major.data(), major.size()});
  const auto b = number({minor.data(), minor.size()});
  const auto c = number({patch.data(), patch.size()});
  for (const auto part : split({prerelease.data(), prerelease.size()}, '.'))
    if (part.size() > 1 && part[0] == '0' && part.find_first_not_of("0123456789") == std::string_view::npos)
      return fail(Code::usage, "version segment starts with 0");
  return Version{*a, *b, *c, prerelease.ToString(), build.ToString(), std::string(text)};
}

std::optional<Version> Version::parse(std::string_view text) {
  auto version = read(text);
  if (!version) return std::nullopt;
  return *std::move(version);
}

int Version::compare(const Version& other) const {
  if (major != other.major) return major < other.major ? -1 : 1;
  if (minor != other.minor) return minor < other.minor ? -1 : 1;
  if (patch != other.patch) return patch < other.patch ? -1 : 1;
  return compare_prereleases(prerelease, other.prerelease);
}

std::string Version::text() const {
  auto out = fmt::format("{}.{}.{}", major, minor, patch);
  if (!prerelease.empty()) out += "-" + prerelease;
  if (!build.empty()) out += "+" + build;
  return out;
}

Result<VersionRange> VersionRange::parse(std::string_view given) {
  static const re2::RE2 hyphen("\\s*(" DPCTL_RANGE_VERSION ")\\s+-\\s+(" DPCTL_RANGE_VERSION ")\\s*");
  static const re2::RE2 whole("(\\s*" DPCTL_RANGE_OP "\\s*(" DPCTL_RANGE_VERSION
                              ")\\s*)((?:\\s+|,\\s*)" DPCTL_RANGE_OP "\\s*(" DPCTL_RANGE_VERSION ")\\s*)*");
  static const re2::RE2 each(DPCTL_RANGE_OP "\\s*" DPCTL_RANGE_VERSION);
  std::string text(given);
  if (text.find('-') != std::string::npos) re2::RE2::GlobalReplace(&text, hyphen, ">= \\1, <= \\6 ");
  VersionRange range;
  std::size_t at = 0;
  for (;;) {
    const auto bar = text.find("||", at);
    const std::string group_text = text.substr(at, bar == std::string::npos ? std::string::npos : bar - at);
    if (!re2::RE2::FullMatch(group_text, whole))
      return fail(Code::usage, "improper constraint: {}", group_text);
    Group group;
    re2::StringPiece rest(group_text);
    std::string op, prerelease;
    re2::StringPiece major, minor, patch;
    while (re2::RE2::FindAndConsume(&rest, each, &op, &major, &minor, &patch, &prerelease)) {
      Part part;
      part.op = op;
      const auto view = [](const re2::StringPiece& piece) {
        return std::string_view(piece.data(), piece.size());
      };
      auto suffix = prerelease.empty() ? std::string() : "-" + prerelease;
      std::string version;
      if (is_open(view(major))) {
        version = "0.0.0" + suffix;
        part.open = true;
      } else if (is_open(view(minor))) {
        version = major.ToString() + ".0.0" + suffix;
        part.open = part.minor_open = true;
      } else if (is_open(view(patch))) {
        version = major.ToString() + minor.ToString() + ".0" + suffix;
        part.open = part.patch_open = true;
      } else {
        version = major.ToString() + minor.ToString() + patch.ToString() + suffix;
      }
      const auto parsed = Version::parse(version);
      if (!parsed) return fail(Code::usage, "constraint parser error");
      part.version = *parsed;
      group.prereleases = group.prereleases || !parsed->prerelease.empty();
      group.parts.push_back(std::move(part));
    }
    range.groups_.push_back(std::move(group));
    if (bar == std::string::npos) return range;
    at = bar + 2;
  }
}

bool VersionRange::allows(const Version& version) const {
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    if (!version.prerelease.empty() && !group.prereleases) return false;
    return std::all_of(group.parts.begin(), group.parts.end(),
                       [&](const Part& part) { return holds(part, version); });
  });
}

bool VersionRange::tilde(const Part& part, const Version& version) {
  const auto& base = part.version;
  if (version.compare(base) < 0) return false;
  if (base.major == 0 && base.minor == 0 && base.patch == 0 && !part.minor_open && !part.patch_open)
    return true;
  return version.major == base.major && (version.minor == base.minor || part.minor_open);
}

bool VersionRange::caret(const Part& part, const Version& version) {
  const auto& base = part.version;
  if (version.compare(base) < 0) return false;
  if (base.major > 0 || part.minor_open) return version.major == base.major;
  if (version.major > 0) return false;
  if (base.minor > 0 || part.patch_open) return version.minor == base.minor;
  return version.minor == 0 && version.patch == base.patch;
}

bool VersionRange::differs(const Part& part, const Version& version) {
  const auto& base = part.version;
  if (!part.open) return version.compare(base) != 0;
  if (version.major != base.major) return true;
  if (version.minor != base.minor && !part.minor_open) return true;
  if (part.minor_open) return false;
  if (part.patch_open) return version.prerelease != base.prerelease;
  return version.patch != base.patch;
}

bool VersionRange::holds(const Part& part, const Version& version) {
  const auto& base = part.version;
  const auto& op = part.op;
  if (op.empty() || op == "=") return part.open ? tilde(part, version) : version.compare(base) == 0;
  if (op == "~" || op == "~>") return tilde(part, version);
  if (op == "^") return caret(part, version);
  if (op == "!=") return differs(part, version);
  if (op == "<") return version.compare(base) < 0;
  if (op == ">=" || op == "=>") return version.compare(base) >= 0;
  if (op == "<=" || op == "=<") {
    if (!part.open) return version.compare(base) <= 0;
    return version.major < base.major ||
           (version.major == base.major && (version.minor <= base.minor || part.minor_open));
  }
  // ">"
  if (!part.open) return version.compare(base) > 0;
  if (version.major != base.major) return version.major > base.major;
  if (part.minor_open) return false;
  if (part.patch_open) return version.minor > base.minor;
  return version.compare(base) > 0;
}

bool in_range(std::string_view range, std::string_view version) {
  const auto parsed = Version::parse(version);
  if (!parsed) return false;
  // The dependencies of a chart often ask for the same range.
  thread_local std::optional<std::pair<std::string, Result<VersionRange>>> last;
  if (!last || last->first != range) last.emplace(range, VersionRange::parse(range));
  const auto& allowed = last->second;
  return allowed && allowed->allows(*parsed);
}

}  // namespace dpctl::chart
