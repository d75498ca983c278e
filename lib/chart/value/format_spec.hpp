#pragma once

#include <optional>
#include <string>

#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// What stands between `%` and the end of a directive.
struct FormatSpec {
  bool plus = false, minus = false, sharp = false, space = false, zero = false;
  bool go_syntax = false;  ///< `%#v`: the value as Go source; `sharp` is then false
  std::optional<int> width{}, precision{};
  char32_t verb = 'v';
};

/// Appends an operand of fmt.Sprintf. A verb that does not fit its kind leaves Go's mark:
/// "%!d(string=hi)". Addresses (`%p`) are our own. Throws TemplateError when the text passes its bound.
void format_operand(std::string& out, const FormatSpec& spec, const Value& value);

/// Text in the field of the directive, padded on the side that it says.
void pad_text(std::string& out, const FormatSpec& spec, std::string_view text);

}  // namespace dpctl::chart
