#include "tests/differential/template/families.hpp"

#include <algorithm>
#include <string>

namespace template_families {
namespace {

/// Without what stands around U+2028 and U+2029.
std::string without_line_separators(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto mark = text.substr(at, 3);
    if (mark != "\xE2\x80\xA8" && mark != "\xE2\x80\xA9") {
      out += text[at];
      continue;
    }
    while (!out.empty() && (out.back() == ' ' || out.back() == '\n')) out.pop_back();
    at += 2;
    while (at + 1 < text.size() && (text[at + 1] == ' ' || text[at + 1] == '\n')) ++at;
  }
  return out;
}

bool same_characters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

}  // namespace

std::optional<std::string_view> of(std::string_view text, std::string_view theirs, std::string_view ours,
                                   bool ok) {
  const auto both_say = [&](std::string_view word) {
    return theirs.find(word) != std::string_view::npos && ours.find(word) != std::string_view::npos;
  };
  if (text.find("romToml") != std::string_view::npos && both_say("toml: line"))
    return "words of an error in TOML";
  if (ours.find("reflect.Value.Slice: slice index out of bounds") != std::string_view::npos)
    return "slice beyond the length, within the capacity that Go happens to give";
  if (ours.find("than its bound") != std::string_view::npos) return "bounds of our own";
  if (text.find("egex") != std::string_view::npos && text.find("\\x80") != std::string_view::npos)
    return "regular expressions on bytes that are no UTF-8";
  if (text.find("romYaml") != std::string_view::npos && both_say("error converting YAML to JSON: yaml: "))
    return "line of an error in YAML";
  if (ok && theirs.find("\xE2\x80") != std::string_view::npos &&
      without_line_separators(theirs) == without_line_separators(ours))
    return "U+2028 or U+2029 in YAML";
  if (text.find("case") != std::string_view::npos && text.find("\\x80") != std::string_view::npos)
    return "snakecase and kebabcase of bytes that are no UTF-8";
  if (ok && theirs.find("0.0.0") != std::string_view::npos && text.find("emver") != std::string_view::npos &&
      text.find("eepCopy") != std::string_view::npos)
    return "deepCopy of a version";
  if (ok && text.find("keys") != std::string_view::npos && same_characters(theirs, ours))
    return "order of the keys of a map";
  if (theirs.find("(*time.Location=") != std::string_view::npos)
    return "printf of a time with a verb of numbers";
  return std::nullopt;
}

}  // namespace template_families
