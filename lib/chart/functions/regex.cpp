// Regular expressions: Sprig uses Go's regexp, which is RE2's syntax. Patterns are compiled once and kept.
#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <memory>
#include <unordered_map>

#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {
namespace {

constexpr std::size_t kMaxKept = 512;

std::string_view from_bad_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    if (next_rune(text, at) == 0xFFFD && at - start == 1) return text.substr(start);
  }
  return {};
}

/// In Go's words.
std::string problem(const re2::RE2& regex) {
  // RE2 has no word of its own for this one.
  if (regex.error_code() == re2::RE2::ErrorUnexpectedParen)
    return fmt::format("error parsing regexp: unexpected ): `{}`", regex.pattern());
  if (regex.error_code() == re2::RE2::ErrorBadUTF8)
    return fmt::format("error parsing regexp: invalid UTF-8: `{}`", from_bad_byte(regex.pattern()));
  const char* what = "invalid or unsupported Perl syntax";
  switch (regex.error_code()) {
    case re2::RE2::ErrorBadEscape: what = "invalid escape sequence"; break;
    case re2::RE2::ErrorBadCharClass: what = "invalid character class"; break;
    case re2::RE2::ErrorBadCharRange: what = "invalid character class range"; break;
    case re2::RE2::ErrorMissingBracket: what = "missing closing ]"; break;
    case re2::RE2::ErrorMissingParen: what = "missing closing )"; break;
    case re2::RE2::ErrorTrailingBackslash: what = "trailing backslash at end of expression"; break;
    case re2::RE2::ErrorRepeatArgument: what = "missing argument to repetition operator"; break;
    case re2::RE2::ErrorRepeatSize: what = "invalid repeat count"; break;
    case re2::RE2::ErrorRepeatOp: what = "invalid nested repetition operator"; break;
    case re2::RE2::ErrorBadNamedCapture: what = "invalid named capture"; break;
    default: break;
  }
  return fmt::format("error parsing regexp: {}: `{}`", what, regex.error_arg());
}

/// The `must…` functions give the bare reason; the others name the pattern too, because Go panics there.
const re2::RE2& compiled(Call& call) {
  const std::string& pattern = call.text(0);
  thread_local std::unordered_map<std::string, std::unique_ptr<re2::RE2>> kept;
  if (kept.size() > kMaxKept) kept.clear();
  auto& regex = kept[pattern];
  if (regex == nullptr) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(64 << 20);
    regex = std::make_unique<re2::RE2>(pattern, options);
  }
  if (!regex->ok()) {
    auto why = problem(*regex);
    kept.erase(pattern);
    if (!call.function.name.starts_with("must"))
      why = fmt::format("regexp: Compile({}): {}",
                        can_backquote(pattern) ? "`" + pattern + "`" : quote_go(pattern), why);
    throw_error(std::move(why));
  }
  return *regex;
}

using Groups = std::vector<re2::StringPiece>;

/// All matches from left to right by Go's rule: an empty match beside the previous one does not count.
template <class F>
void each_match(const re2::RE2& regex, const std::string& text, std::int64_t most, F&& on_match) {
  const re2::StringPiece whole(text);
  Groups groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  std::size_t at = 0;
  std::size_t previous_end = std::string::npos;
  std::int64_t count = 0;
  while (at <= text.size() && (most < 0 || count < most)) {
    if (!regex.Match(whole, at, text.size(), re2::RE2::UNANCHORED, groups.data(),
                     static_cast<int>(groups.size())))
      return;
    const auto start = static_cast<std::size_t>(groups[0].data() - text.data());
    const auto end = start + groups[0].size();
    const bool accept = end != start || start != previous_end;
    if (end > at) {
      at = end;
    } else if (at < text.size()) {
      std::size_t next = at;
      next_rune(text, next);
      at = next;
    } else {
      at = text.size() + 1;
    }
    previous_end = end;
    if (accept) {
      ++count;
      on_match(groups, start, end);
    }
  }
}

Value match(Call& call) { return Value::boolean(re2::RE2::PartialMatch(call.text(1), compiled(call))); }
/// The lenient twin: a pattern that is none is no match.
Value match_or_false(Call& call) {
  try {
    return match(call);
  } catch (const TemplateError&) {
    return Value::boolean(false);
  }
}

Value find(Call& call) {
  std::string found;
  each_match(compiled(call), call.text(1), 1,
             [&](const Groups& groups, auto, auto) { found = groups[0].ToString(); });
  return Value::string(std::move(found));
}

Value find_all(Call& call) {
  std::vector<std::string> found;
  each_match(compiled(call), call.text(1), call.integer(2),
             [&](const Groups& groups, auto, auto) { found.push_back(groups[0].ToString()); });
  return found.empty() ? Value::nil_list(Elem::string) : strings_of(std::move(found));
}

/// Go's Expand: $1, ${1}, $name, ${name}, $$; an unknown name is empty; a bare name is as long as it can be.
void expand(std::string& out, const std::string& to, const re2::RE2& regex, const Groups& groups) {
  for (std::size_t at = 0; at < to.size();) {
    if (to[at] != '$') {
      out += to[at++];
      continue;
    }
    if (at + 1 < to.size() && to[at + 1] == '$') {
      out += '$';
      at += 2;
      continue;
    }
    auto name_at = at + 1;
    const bool braces = name_at < to.size() && to[name_at] == '{';
    if (braces) ++name_at;
    auto end = name_at;
    while (end < to.size() && ((to[end] >= '0' && to[end] <= '9') || (to[end] >= 'a' && to[end] <= 'z') ||
                               (to[end] >= 'A' && to[end] <= 'Z') || to[end] == '_'))
      ++end;
    if (end == name_at || (braces && (end >= to.size() || to[end] != '}'))) {
      out += '$';
      ++at;
      continue;
    }
    const std::string name = to.substr(name_at, end - name_at);
    at = braces ? end + 1 : end;
    std::size_t group = groups.size();
    if (name.find_first_not_of("0123456789") == std::string::npos && name.size() < 6) {
      group = static_cast<std::size_t>(std::stoul(name));
    } else if (const auto found = regex.NamedCapturingGroups().find(name);
               found != regex.NamedCapturingGroups().end()) {
      group = static_cast<std::size_t>(found->second);
    }
    if (group < groups.size() && groups[group].data() != nullptr)
      out.append(groups[group].data(), groups[group].size());
  }
}

Value replaced(Call& call, bool literal) {
  const auto& regex = compiled(call);
  const std::string& text = call.text(1);
  std::string out;
  std::size_t at = 0;
  each_match(regex, text, -1, [&](const Groups& groups, std::size_t start, std::size_t end) {
    out.append(text, at, start - at);
    if (literal) {
      out += call.text(2);
    } else {
      expand(out, call.text(2), regex, groups);
    }
    at = end;
  });
  out.append(text, at);
  return Value::string(std::move(out));
}
Value replace(Call& call) { return replaced(call, false); }
Value replace_literal(Call& call) { return replaced(call, true); }

Value split(Call& call) {
  const std::string& text = call.text(1);
  const auto most = call.integer(2);
  const auto& regex = compiled(call);
  if (most == 0) return Value::nil_list(Elem::string);
  if (!call.text(0).empty() && text.empty()) return strings_of({""});
  std::vector<std::string> parts;
  std::size_t from = 0;
  std::size_t end = 0;
  each_match(regex, text, most, [&](const Groups&, std::size_t start, std::size_t stop) {
    if (most > 0 && static_cast<std::int64_t>(parts.size()) == most - 1) return;
    end = start;
    if (stop != 0) parts.push_back(text.substr(from, start - from));
    from = stop;
  });
  if (end != text.size()) parts.push_back(text.substr(from));
  return strings_of(std::move(parts));
}

Value quote_meta(Call& call) {
  std::string out;
  for (const char c : call.text(0)) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return Value::string(std::move(out));
}

constexpr std::array kTable{
    Function{"regexMatch", "ss", match_or_false},
    Function{"mustRegexMatch", "ss", match},
    Function{"regexFind", "ss", find},
    Function{"mustRegexFind", "ss", find},
    Function{"regexFindAll", "ssi", find_all},
    Function{"mustRegexFindAll", "ssi", find_all},
    Function{"regexReplaceAll", "sss", replace},
    Function{"mustRegexReplaceAll", "sss", replace},
    Function{"regexReplaceAllLiteral", "sss", replace_literal},
    Function{"mustRegexReplaceAllLiteral", "sss", replace_literal},
    Function{"regexSplit", "ssi", split},
    Function{"mustRegexSplit", "ssi", split},
    Function{"regexQuoteMeta", "s", quote_meta},
};

}  // namespace

std::span<const Function> regex_functions() { return kTable; }

}  // namespace dpctl::chart
