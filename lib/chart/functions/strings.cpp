// Sprig's strings. Lengths and positions are bytes, as in Go, unless a comment says otherwise.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/chart/functions/convert.hpp"
#include "lib/chart/functions/function.hpp"
#include "lib/chart/value/runes.hpp"

namespace dpctl::chart {
namespace {

constexpr std::size_t kMaxText = std::size_t{256} << 20U;

Value text(std::string s) { return Value::string(std::move(s)); }

Value upper(Call& call) { return text(map_runes(call.text(0), to_upper)); }
Value lower(Call& call) { return text(map_runes(call.text(0), to_lower_rune)); }
Value trim(Call& call) { return text(std::string(trim_spaces(call.text(0)))); }

/// The rune that a text ends with, and where it begins; a bad byte is U+FFFD, as in Go.
char32_t last_rune(std::string_view text, std::size_t& start) {
  start = text.size() - 1;
  for (std::size_t back = 0;
       back < 3 && start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U; ++back)
    --start;
  std::size_t end = start;
  const char32_t rune = next_rune(text, end);
  if (end == text.size()) return rune;
  start = text.size() - 1;
  return 0xFFFD;
}

Value trim_all(Call& call) {
  const std::string& cut = call.text(0);
  std::string_view rest = call.text(1);
  const auto in_cut = [&](char32_t rune) {
    for (std::size_t at = 0; at < cut.size();)
      if (next_rune(cut, at) == rune) return true;
    return false;
  };
  for (std::size_t end = 0; !rest.empty() && in_cut(next_rune(rest, end)); end = 0) rest.remove_prefix(end);
  for (std::size_t start = 0; !rest.empty() && in_cut(last_rune(rest, start));) rest = rest.substr(0, start);
  return text(std::string(rest));
}
Value trim_prefix(Call& call) {
  return call.text(1).starts_with(call.text(0)) ? text(call.text(1).substr(call.text(0).size())) : call[1];
}
Value trim_suffix(Call& call) {
  const auto& s = call.text(1);
  return s.ends_with(call.text(0)) ? text(s.substr(0, s.size() - call.text(0).size())) : call[1];
}
Value contains(Call& call) { return Value::boolean(call.text(1).find(call.text(0)) != std::string::npos); }
Value has_prefix(Call& call) { return Value::boolean(call.text(1).starts_with(call.text(0))); }
Value has_suffix(Call& call) { return Value::boolean(call.text(1).ends_with(call.text(0))); }

Value title(Call& call) {
  char32_t before = ' ';
  return text(map_runes(call.text(0), [&](char32_t rune) {
    const bool starts = is_separator(before);
    before = rune;
    return starts ? to_title(rune) : rune;
  }));
}
Value untitle(Call& call) {
  char32_t before = ' ';
  return text(map_runes(call.text(0), [&](char32_t rune) {
    const bool starts = is_space_rune(before);
    before = rune;
    return starts ? to_lower_rune(rune) : rune;
  }));
}
Value swapcase(Call& call) {
  char32_t before = ' ';
  return text(map_runes(call.text(0), [&](char32_t rune) {
    const bool starts = is_space_rune(before);
    before = rune;
    const char32_t low = to_lower_rune(rune);
    if (low != rune) return low;
    const char32_t high = to_upper(rune);
    if (high == rune) return rune;
    return starts ? to_title(rune) : high;
  }));
}

Value substr(Call& call) {
  const auto& s = call.text(2);
  const auto size = static_cast<std::int64_t>(s.size());
  auto start = call.integer(0);
  auto end = call.integer(1);
  if (start < 0) {
    start = 0;
  } else if (end < 0 || end > size) {
    end = size;
  }
  if (start > end || end > size || end < 0)
    throw_error(end < 0 ? fmt::format("runtime error: slice bounds out of range [:{}]", end)
                : end > size
                    ? fmt::format("runtime error: slice bounds out of range [:{}] with length {}", end, size)
                    : fmt::format("runtime error: slice bounds out of range [{}:{}]", start, end));
  return text(s.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)));
}
Value trunc(Call& call) {
  const auto& s = call.text(1);
  const auto size = static_cast<std::int64_t>(s.size());
  const auto count = call.integer(0);
  if (count < 0 && size + count > 0) return text(s.substr(static_cast<std::size_t>(size + count)));
  if (count >= 0 && size > count) return text(s.substr(0, static_cast<std::size_t>(count)));
  return call[1];
}
Value repeat(Call& call) {
  const auto count = call.integer(0);
  if (count < 0) throw_error("strings: negative Repeat count");
  constexpr auto kMostAllocated = std::int64_t{1} << 48U;  // bytes, of Go on 64 bits
  std::int64_t size = 0;
  if (__builtin_mul_overflow(count, static_cast<std::int64_t>(call.text(1).size()), &size))
    throw_error("strings: Repeat output length overflow");
  if (size > kMostAllocated) throw_error("runtime error: makeslice: len out of range");
  if (size > static_cast<std::int64_t>(kMaxText)) throw_error("the text of a value is larger than its bound");
  std::string out;
  if (size > 0)
    for (std::int64_t i = 0; i < count; ++i) out += call.text(1);
  return text(std::move(out));
}

/// Runes are counted here, as goutils does with its slices of text: bytes.
Value abbrev(Call& call) {
  const auto width = call.integer(0);
  const auto& s = call.text(1);
  if (width < 4 || static_cast<std::int64_t>(s.size()) <= width) return call[1];
  return text(s.substr(0, static_cast<std::size_t>(width - 3)) + "...");
}
Value abbrev_both(Call& call) {
  auto left = call.integer(0);
  const auto right = call.integer(1);
  const auto& s = call.text(2);
  const auto size = static_cast<std::int64_t>(s.size());
  if (right < 4 || (left > 0 && right < 7) || size <= right) return call[2];
  left = std::min(left, size);
  if (size - left < right - 3) left = size - (right - 3);
  if (left <= 4) return text(s.substr(0, static_cast<std::size_t>(right - 3)) + "...");
  if (left + right - 3 < size) {
    const auto rest = s.substr(static_cast<std::size_t>(left));
    const auto width = static_cast<std::size_t>(right - 3);
    return text("..." + (rest.size() <= width ? rest : rest.substr(0, width - 3) + "..."));
  }
  return text("..." + s.substr(static_cast<std::size_t>(size - (right - 3))));
}

// goutils takes each byte for a rune in these two, so that letters beyond ASCII come out as others (where
// anything is taken out at all).

Value initials(Call& call) {
  std::string out;
  bool starts = true;
  for (const char c : call.text(0)) {
    const auto rune = static_cast<unsigned char>(c);
    if (starts && !is_space_rune(rune)) append_rune(out, rune);
    starts = is_space_rune(rune);
  }
  return text(std::move(out));
}
Value nospace(Call& call) {
  const auto& s = call.text(0);
  const auto is_space = [](char c) { return is_space_rune(static_cast<unsigned char>(c)); };
  if (std::none_of(s.begin(), s.end(), is_space)) return call[0];
  std::string out;
  for (const char c : s)
    if (!is_space(c)) append_rune(out, static_cast<unsigned char>(c));
  return text(std::move(out));
}

Value quote(Call& call) {
  std::string out;
  for (const auto& arg : call.args) {
    if (arg.is_nil()) continue;
    if (!out.empty()) out += ' ';
    out += arg.is_string() ? quote_go(arg.as_string()) : quote_go(to_text(arg));
  }
  return text(std::move(out));
}
Value squote(Call& call) {
  std::string out;
  for (const auto& arg : call.args) {
    if (arg.is_nil()) continue;
    if (!out.empty()) out += ' ';
    out += "'" + print(arg) + "'";
  }
  return text(std::move(out));
}
Value cat(Call& call) {
  std::string out;
  bool first = true;
  for (const auto& arg : call.args) {
    if (arg.is_nil()) continue;
    if (!first) out += ' ';
    first = false;
    out += print(arg);
  }
  return text(std::move(out));
}

std::string indented(std::int64_t spaces, const std::string& s, bool on_new_line) {
  if (spaces < 0) throw_error("strings: negative Repeat count");
  const auto lines = static_cast<std::size_t>(std::count(s.begin(), s.end(), '\n')) + 1;
  const auto width = static_cast<std::size_t>(spaces);
  if (width > kMaxText || lines * width > kMaxText) throw_error("the indented text is larger than its bound");
  // All blanks first: then each line is one copy to its place.
  std::string out(s.size() + lines * width + (on_new_line ? 1 : 0), ' ');
  char* to = out.data();
  if (on_new_line) *to++ = '\n';
  const char* const end = s.data() + s.size();
  for (const char* from = s.data();;) {
    to += width;
    const auto* newline =
        static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from)));
    const char* stop = newline == nullptr ? end : newline + 1;
    to = std::copy(from, stop, to);
    if (newline == nullptr) return out;
    from = stop;
  }
}
Value indent(Call& call) { return text(indented(call.integer(0), call.text(1), false)); }
Value nindent(Call& call) { return text(indented(call.integer(0), call.text(1), true)); }

Value replace(Call& call) {
  const auto& from = call.text(0);
  const auto& to = call.text(1);
  const auto& s = call.text(2);
  std::string out;
  if (from.empty()) {
    out = to;
    for (std::size_t at = 0; at < s.size();) {
      const auto start = at;
      next_rune(s, at);
      out.append(s, start, at - start);
      out += to;
    }
    return text(std::move(out));
  }
  std::size_t at = 0;
  for (auto found = s.find(from); found != std::string::npos; found = s.find(from, at)) {
    out.append(s, at, found - at);
    out += to;
    at = found + from.size();
    if (out.size() > kMaxText) throw_error("the replaced text is larger than its bound");
  }
  out.append(s, at);
  return text(std::move(out));
}
Value plural(Call& call) { return call.integer(2) == 1 ? call[0] : call[1]; }
Value to_string_(Call& call) { return call[0].is_string() ? call[0] : text(to_text(call[0])); }
Value to_strings(Call& call) { return strings_of(to_texts(call[0])); }

Value join(Call& call) {
  std::string out;
  bool first = true;
  const auto add = [&](const Value& item) {
    if (!first) out += call.text(0);
    first = false;
    out += item.is_string() ? item.as_string() : to_text(item);
  };
  if (call[1].is_list()) {
    for (const auto& item : call[1].as_list())
      if (!item.is_nil()) add(item);
  } else if (!call[1].is_nil()) {
    add(call[1]);
  }
  return text(std::move(out));
}

/// strings.SplitN: an empty separator cuts between runes; count < 0 is without bound.
std::vector<std::string> pieces(const std::string& s, const std::string& separator, std::int64_t count) {
  std::vector<std::string> out;
  if (count == 0) return out;
  std::size_t at = 0;
  while (count < 0 || static_cast<std::int64_t>(out.size()) + 1 < count) {
    if (separator.empty()) {
      if (at >= s.size()) return out;
      const auto start = at;
      next_rune(s, at);
      if (at >= s.size()) {
        out.push_back(s.substr(start));
        return out;
      }
      out.push_back(s.substr(start, at - start));
      continue;
    }
    const auto found = s.find(separator, at);
    if (found == std::string::npos) break;
    out.push_back(s.substr(at, found - at));
    at = found + separator.size();
  }
  out.push_back(s.substr(at));
  return out;
}

Value numbered(std::vector<std::string> parts) {
  auto map = Value::map(Elem::string);
  for (std::size_t i = 0; i < parts.size(); ++i)
    map.as_map().set("_" + std::to_string(i), Value::string(std::move(parts[i])));
  return map;
}
Value split(Call& call) { return numbered(pieces(call.text(1), call.text(0), -1)); }
Value splitn(Call& call) { return numbered(pieces(call.text(2), call.text(0), call.integer(1))); }
Value split_list(Call& call) { return strings_of(pieces(call.text(1), call.text(0), -1)); }

constexpr std::array kTable{
    Function{"abbrev", "is", abbrev},
    Function{"abbrevboth", "iis", abbrev_both},
    Function{"trunc", "is", trunc},
    Function{"trim", "s", trim},
    Function{"upper", "s", upper},
    Function{"lower", "s", lower},
    Function{"title", "s", title},
    Function{"untitle", "s", untitle},
    Function{"substr", "iis", substr},
    Function{"repeat", "is", repeat},
    Function{"trimall", "ss", trim_all},
    Function{"trimAll", "ss", trim_all},
    Function{"trimSuffix", "ss", trim_suffix},
    Function{"trimPrefix", "ss", trim_prefix},
    Function{"nospace", "s", nospace},
    Function{"initials", "s", initials},
    Function{"swapcase", "s", swapcase},
    Function{"contains", "ss", contains},
    Function{"hasPrefix", "ss", has_prefix},
    Function{"hasSuffix", "ss", has_suffix},
    Function{"quote", "a*", quote},
    Function{"squote", "a*", squote},
    Function{"cat", "a*", cat},
    Function{"indent", "is", indent},
    Function{"nindent", "is", nindent},
    Function{"replace", "sss", replace},
    Function{"plural", "ssi", plural},
    Function{"toString", "a", to_string_},
    Function{"toStrings", "a", to_strings},
    Function{"join", "sa", join},
    Function{"split", "ss", split},
    Function{"splitn", "sis", splitn},
    Function{"splitList", "ss", split_list},
};

}  // namespace

std::span<const Function> string_functions() { return kTable; }

}  // namespace dpctl::chart
