// Sprig's numbers: integers are int64, the …f functions compute in decimal so that 0.1 + 0.2 is 0.3.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "lib/chart/functions/convert.hpp"
#include "lib/chart/functions/decimal.hpp"
#include "lib/chart/functions/function.hpp"
#include "lib/chart/value/literal.hpp"

namespace dpctl::chart {
namespace {

// Go's integers wrap around.
std::int64_t wrap(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t bits(const Value& value) { return static_cast<std::uint64_t>(to_int64(value)); }

Value add(Call& call) {
  std::uint64_t sum = 0;
  for (const auto& arg : call.args) sum += bits(arg);
  return Value::int64(wrap(sum));
}
Value add1(Call& call) { return Value::int64(wrap(bits(call[0]) + 1)); }
Value sub(Call& call) { return Value::int64(wrap(bits(call[0]) - bits(call[1]))); }
Value mul(Call& call) {
  std::uint64_t product = 1;
  for (const auto& arg : call.args) product *= bits(arg);
  return Value::int64(wrap(product));
}
Value div(Call& call) {
  const auto by = to_int64(call[1]);
  if (by == 0) throw_error("runtime error: integer divide by zero");
  if (by == -1) return Value::int64(wrap(0 - bits(call[0])));
  return Value::int64(to_int64(call[0]) / by);
}
Value mod(Call& call) {
  const auto by = to_int64(call[1]);
  if (by == 0) throw_error("runtime error: integer divide by zero");
  return Value::int64(by == -1 ? 0 : to_int64(call[0]) % by);
}
Value max(Call& call) {
  auto best = to_int64(call[0]);
  for (const auto& arg : call.args) best = std::max(best, to_int64(arg));
  return Value::int64(best);
}
Value min(Call& call) {
  auto best = to_int64(call[0]);
  for (const auto& arg : call.args) best = std::min(best, to_int64(arg));
  return Value::int64(best);
}
Value maxf(Call& call) {
  auto best = to_real(call[0]);
  for (const auto& arg : call.args) best = std::fmax(best, to_real(arg));
  return Value::real(best);
}
Value minf(Call& call) {
  auto best = to_real(call[0]);
  for (const auto& arg : call.args) best = std::fmin(best, to_real(arg));
  return Value::real(best);
}

Value decimals(std::span<const Value> args, Decimal start, char operation) {
  for (const auto& arg : args) start = start.apply(operation, Decimal::from(to_real(arg)));
  return Value::real(start.real());
}
Value addf(Call& call) { return decimals(call.args, Decimal::from(0), '+'); }
Value add1f(Call& call) { return decimals(call.args, Decimal::from(1), '+'); }
Value subf(Call& call) { return decimals(call.args.subspan(1), Decimal::from(to_real(call[0])), '-'); }
Value mulf(Call& call) { return decimals(call.args.subspan(1), Decimal::from(to_real(call[0])), '*'); }
Value divf(Call& call) { return decimals(call.args.subspan(1), Decimal::from(to_real(call[0])), '/'); }

Value ceil(Call& call) { return Value::real(std::ceil(to_real(call[0]))); }
Value floor(Call& call) { return Value::real(std::floor(to_real(call[0]))); }
Value round(Call& call) {
  const double on = call.size() > 2 ? call.real(2) : 0.5;
  const double power = std::pow(10.0, static_cast<double>(call.integer(1)));
  const double digit = power * to_real(call[0]);
  double whole = 0;
  const double fraction = std::modf(digit, &whole);
  return Value::real((fraction >= on ? std::ceil(digit) : std::floor(digit)) / power);
}

Value int_(Call& call) { return Value::integer(to_int64(call[0])); }
Value int64_(Call& call) { return Value::int64(to_int64(call[0])); }
Value float64(Call& call) { return Value::real(to_real(call[0])); }
Value atoi(Call& call) {
  const auto& text = call.text(0);
  if (const auto value = parse_decimal(text)) return Value::integer(*value);
  // Out of range, Go's Atoi answers with the bound and an error that sprig drops.
  const bool digits =
      !text.empty() &&
      text.find_first_not_of("0123456789", text[0] == '-' || text[0] == '+' ? 1 : 0) == std::string::npos &&
      text.find_first_of("0123456789") != std::string::npos;
  if (!digits) return Value::integer(0);
  return Value::integer(text[0] == '-' ? std::numeric_limits<std::int64_t>::min()
                                       : std::numeric_limits<std::int64_t>::max());
}
/// Reads it as octal, whatever its name says.
Value to_decimal(Call& call) {
  const std::string text = print(call[0]);
  std::int64_t value = 0;
  const bool negative = text.starts_with('-');
  const auto digits = std::string_view(text).substr(negative || text.starts_with('+') ? 1 : 0);
  if (digits.empty() || digits.size() > 21) return Value::int64(0);
  for (const char c : digits) {
    if (c < '0' || c > '7') return Value::int64(0);
    value = value * 8 + (c - '0');
  }
  return Value::int64(negative ? -value : value);
}

constexpr std::array kTable{
    Function{"add", "a*", add},       Function{"add1", "a", add1},
    Function{"sub", "aa", sub},       Function{"mul", "aa*", mul},
    Function{"div", "aa", div},       Function{"mod", "aa", mod},
    Function{"max", "aa*", max},      Function{"biggest", "aa*", max},
    Function{"min", "aa*", min},      Function{"maxf", "aa*", maxf},
    Function{"minf", "aa*", minf},    Function{"addf", "a*", addf},
    Function{"add1f", "a", add1f},    Function{"subf", "aa*", subf},
    Function{"mulf", "aa*", mulf},    Function{"divf", "aa*", divf},
    Function{"ceil", "a", ceil},      Function{"floor", "a", floor},
    Function{"round", "aif*", round}, Function{"int", "a", int_},
    Function{"int64", "a", int64_},   Function{"float64", "a", float64},
    Function{"atoi", "s", atoi},      Function{"toDecimal", "a", to_decimal},
};

}  // namespace

std::span<const Function> math_functions() { return kTable; }

}  // namespace dpctl::chart
