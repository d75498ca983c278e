#pragma once

#include <charconv>
#include <concepts>
#include <string_view>
#include <system_error>

namespace dpctl {

/// Reads the whole text as a decimal number, without a plus or blanks. False when it is something else or
/// does not fit; `number` is of no use then.
template <std::integral Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace dpctl
