#include <algorithm>

#include "lib/base/strings.hpp"
#include "lib/image/image.hpp"

namespace dpctl::image {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_registry(std::string_view text) {
  if (text == "localhost") return true;
  if (text.find_first_of(".:") == std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_lower(c) || is_upper(c) ||
           std::string_view(".-:[]").find(c) != std::string_view::npos;
  });
}

/// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* (distribution-spec 1.1, "pulling manifests").
bool is_component(std::string_view text) {
  const auto plain = [](char c) { return is_digit(c) || is_lower(c); };
  if (text.empty() || !plain(text.front()) || !plain(text.back())) return false;
  for (std::size_t i = 0; i < text.size();) {
    if (plain(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && !plain(text[end])) ++end;
    const auto separator = text.substr(i, end - i);
    if (separator != "." && separator != "_" && separator != "__" &&
        separator.find_first_not_of('-') != std::string_view::npos)
      return false;
    i = end;
  }
  return true;
}

bool is_tag(std::string_view text) {
  const auto word = [](char c) { return is_digit(c) || is_lower(c) || is_upper(c) || c == '_'; };
  return !text.empty() && text.size() <= 128 && word(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.starts_with(kPrefix) && text.size() == kPrefix.size() + 64 &&
         text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

}  // namespace

Result<Reference> parse_reference(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(Code::usage, "'{}' is not an image reference: {}", text, why)
        .hint("write HOST[:PORT]/PATH:TAG or HOST[:PORT]/PATH@sha256:DIGEST");
  };
  Reference reference;
  std::string_view rest = text;
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    if (!is_digest(rest.substr(at + 1))) return bad("after '@' stands no sha256 digest");
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
  }
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || !is_registry(rest.substr(0, slash)))
    return bad("it does not begin with a registry's host");
  reference.registry = rest.substr(0, slash);
  rest = rest.substr(slash + 1);
  if (const auto colon = rest.rfind(':'); colon != std::string_view::npos) {
    if (!is_tag(rest.substr(colon + 1))) return bad("the tag has characters that tags cannot have");
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  if (rest.size() > 255) return bad("the path is longer than 255 characters");
  for (const auto part : split(rest, '/'))
    if (!is_component(part))
      return bad("a path has lower-case letters, digits, and single '.', '_', '-' between them");
  reference.repository = rest;
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

}  // namespace dpctl::image
