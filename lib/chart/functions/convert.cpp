#include "lib/chart/functions/convert.hpp"

#include <cmath>
#include <limits>

#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

/// "12.0" is the integer 12, "12.5" is none.
std::string_view without_zero_decimals(std::string_view text) {
  bool zero = false;
  for (auto i = text.size(); i > 0; --i) {
    if (text[i - 1] == '.') return zero ? text.substr(0, i - 1) : text;
    if (text[i - 1] != '0') return text;
    zero = true;
  }
  return text;
}

}  // namespace

std::int64_t to_int64(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean: return value.as_bool() ? 1 : 0;
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: return value.as_int();
    case Kind::real: {
      const double real = value.as_real();
      if (!(real > -9.3e18 && real < 9.2233720368547e18)) return std::numeric_limits<std::int64_t>::min();
      return static_cast<std::int64_t>(real);
    }
    case Kind::string: return parse_integer(without_zero_decimals(value.as_string())).value_or(0);
    default: return 0;
  }
}

double to_real(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean: return value.as_bool() ? 1 : 0;
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: return static_cast<double>(value.as_int());
    case Kind::real: return value.as_real();
    case Kind::string: return parse_real(value.as_string()).value_or(0);
    default: return 0;
  }
}

bool is_empty(const Value& value) { return !truth(value); }

std::vector<std::string> to_texts(const Value& value) {
  std::vector<std::string> texts;
  if (value.is_nil()) return texts;
  if (!value.is_list()) return {to_text(value)};
  for (const auto& item : value.as_list())
    if (!item.is_nil()) texts.push_back(to_text(item));
  return texts;
}

}  // namespace dpctl::chart
