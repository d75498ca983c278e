#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// Appends the value as Go's fmt prints it with %v, except that a top-level nil is "<no value>", as
/// text/template writes it.
void print_action(std::string& out, const Value& value);

/// fmt.Sprint of one value: %v.
std::string print(const Value& value);

/// Sprig's strval: strings as they are, the rest as %v.
std::string to_text(const Value& value);

struct Quoting {
  char quote = '"';    ///< what stands around the text
  bool ascii = false;  ///< all else is escaped
};
/// Go's %q of a string.
std::string quote_go(std::string_view text, Quoting how = {});
/// strconv.CanBackquote: can it stand between back quotes as it is?
bool can_backquote(std::string_view text);

/// A float64 as Go's %v writes it: shortest digits, "1e+06".
std::string format_real(double value);
/// strconv.FormatFloat(value, form, precision, 64); precision -1 is the shortest that reads back.
std::string format_real(double value, char form, int precision);

/// fmt.Sprintf.
std::string format_go(std::string_view format, std::span<const Value> args);

/// fmt.Sprint: a blank between operands when neither is a string.
std::string sprint(std::span<const Value> args);
/// fmt.Sprintln.
std::string sprintln(std::span<const Value> args);

/// Decodes one UTF-8 sequence at `at`; moves it on. A bad byte is U+FFFD and one byte long, as in Go.
char32_t next_rune(std::string_view text, std::size_t& at);
void append_rune(std::string& out, char32_t rune);
/// Number of runes.
std::size_t rune_count(std::string_view text);

}  // namespace dpctl::chart
