#include "lib/data/quantity.hpp"

#include <array>
#include <cstdlib>
#include <limits>
#include <optional>

#include "lib/base/number.hpp"

namespace dpctl {
namespace {

__extension__ typedef __int128 Wide;

constexpr Wide kNano = 1'000'000'000;
constexpr Wide kMost = Wide{std::numeric_limits<std::int64_t>::max()} * kNano;

struct Suffix {
  int power_of_1000 = 0;
  int power_of_1024 = 0;
  int power_of_10 = 0;
  bool exponent = false;
};

constexpr std::string_view kDecimal =
    "num kMGTPE";  // 10^-9 … 10^18 by steps of a thousand; the blank is "no suffix"
constexpr std::string_view kBinary = "KMGTPE";

std::optional<Suffix> read_suffix(std::string_view text) {
  if (text.empty()) return Suffix{};
  if (text.size() == 2 && text[1] == 'i') {
    const std::size_t at = kBinary.find(text[0]);
    if (at == std::string_view::npos) return std::nullopt;
    return Suffix{.power_of_1024 = static_cast<int>(at) + 1};
  }
  if (text.size() == 1 && text[0] != ' ') {
    const std::size_t at = kDecimal.find(text[0]);
    if (at == std::string_view::npos) return std::nullopt;
    return Suffix{.power_of_1000 = static_cast<int>(at) - 3};
  }
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  Suffix suffix{.exponent = true};
  if (!read_number(text, suffix.power_of_10) || std::abs(suffix.power_of_10) > 100) return std::nullopt;
  return suffix;
}

Wide divide_up(Wide value, Wide by) { return value / by + (value % by > 0 ? 1 : value % by < 0 ? -1 : 0); }

// value × 10^power, capped, rounded away from zero.
Wide scale(Wide value, int power) {
  for (; power > 0; --power) {
    if (value > kMost) return kMost;
    value *= 10;
  }
  if (power < -38) return value == 0 ? 0 : 1;
  Wide divisor = 1;
  for (; power < 0; ++power) divisor *= 10;
  value = divide_up(value, divisor);
  return value > kMost ? kMost : value;
}

std::string digits_of(Wide value) {
  std::string text;
  const bool negative = value < 0;
  if (negative) value = -value;
  do {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value > 0);
  return negative ? "-" + text : text;
}

std::int64_t narrow(Wide value) {
  constexpr Wide kLimit = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(value > kLimit ? kLimit : value < -kLimit ? -kLimit : value);
}

}  // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(Code::usage, "'{}' is no quantity: {}", text, why)
        .hint("write it like 500m, 2, 512Mi, 1.5Gi or 1e3");
  };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  Wide mantissa = 0;
  int digits = 0, significant = 0, fraction = 0;
  bool point = false;
  for (; !rest.empty() && ((rest[0] >= '0' && rest[0] <= '9') || rest[0] == '.'); rest.remove_prefix(1)) {
    if (rest[0] == '.') {
      if (point) return refuse("it has two points");
      point = true;
      continue;
    }
    ++digits;
    if (mantissa != 0 || rest[0] != '0') ++significant;
    if (significant > 20) return refuse("it has more than 20 digits");
    mantissa = mantissa * 10 + (rest[0] - '0');
    fraction += point ? 1 : 0;
  }
  if (digits == 0) return refuse("it has no number");
  const auto suffix = read_suffix(rest);
  if (!suffix) return refuse(fmt::format("'{}' is no suffix", rest));
  for (int i = 0; i < suffix->power_of_1024; ++i) mantissa *= 1024;
  Quantity quantity;
  quantity.nanos_ = scale(mantissa, 9 - fraction + 3 * suffix->power_of_1000 + suffix->power_of_10);
  if (suffix->exponent) quantity.family_ = Family::exponent;
  // Below one, binary suffixes make no sense.
  if (suffix->power_of_1024 > 0 && quantity.nanos_ >= kNano) quantity.family_ = Family::binary;
  if (negative) quantity.nanos_ = -quantity.nanos_;
  return quantity;
}

int Quantity::compare(const Quantity& other) const {
  return nanos_ < other.nanos_ ? -1 : nanos_ > other.nanos_ ? 1 : 0;
}

std::string Quantity::text() const {
  if (nanos_ == 0) return "0";
  if (family_ == Family::binary && (nanos_ >= 1024 * kNano || nanos_ <= -1024 * kNano)) {
    Wide value = divide_up(nanos_, kNano);
    std::size_t power = 0;
    for (; value % 1024 == 0 && power < kBinary.size(); ++power) value /= 1024;
    return digits_of(value) + (power == 0 ? "" : std::string(1, kBinary[power - 1]) + "i");
  }
  Wide value = nanos_;
  std::size_t step = 0;
  for (; value % 1000 == 0 && step + 1 < kDecimal.size(); ++step) value /= 1000;
  if (step == 3) return digits_of(value);
  if (family_ == Family::exponent)
    return digits_of(value) + "e" + std::to_string(3 * static_cast<int>(step) - 9);
  return digits_of(value) + kDecimal[step];
}

std::int64_t Quantity::units() const { return narrow(divide_up(nanos_, kNano)); }
std::int64_t Quantity::milli() const { return narrow(divide_up(nanos_, 1'000'000)); }
double Quantity::as_double() const { return static_cast<double>(nanos_) / 1e9; }

}  // namespace dpctl
