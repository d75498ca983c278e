// Random text and numbers, from the system's random source.
#include <algorithm>
#include <array>
#include <cstring>

#include "lib/base/encoding.hpp"
#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {
namespace {

constexpr std::int64_t kMaxCount = 16 << 20;

std::uint64_t random_number() {
  const auto bytes = random_bytes(sizeof(std::uint64_t));
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  return number;
}

/// Even over [0, bound): draws that would favour small numbers are drawn again.
std::uint64_t below(std::uint64_t bound) {
  const auto limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;)
    if (const auto number = random_number(); number < limit) return number % bound;
}

Value from(std::string_view alphabet, std::int64_t count) {
  if (count < 0 || count > kMaxCount) return Value::string("");
  std::string out;
  out.reserve(static_cast<std::size_t>(count));
  while (static_cast<std::int64_t>(out.size()) < count) {
    for (const char c : random_bytes(static_cast<std::size_t>(count))) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 256 - 256 % alphabet.size()) out += alphabet[byte % alphabet.size()];
      if (static_cast<std::int64_t>(out.size()) == count) break;
    }
  }
  return Value::string(std::move(out));
}

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLettersAndDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

Value alpha(Call& call) { return from(kLetters, call.integer(0)); }
Value alphanumeric(Call& call) { return from(kLettersAndDigits, call.integer(0)); }
Value numeric(Call& call) { return from("0123456789", call.integer(0)); }
Value ascii(Call& call) {
  static const std::string printable = [] {
    std::string all;
    for (char c = 32; c < 127; ++c) all += c;
    return all;
  }();
  return from(printable, call.integer(0));
}
Value bytes(Call& call) {
  if (call.integer(0) < 0 || call.integer(0) > kMaxCount)
    throw_error("runtime error: makeslice: len out of range");
  return Value::string(base64_encode(random_bytes(static_cast<std::size_t>(call.integer(0)))));
}
Value integer(Call& call) {
  const auto low = call.integer(0);
  const auto high = call.integer(1);
  if (high <= low) throw_error("invalid argument to Intn");
  return Value::integer(low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low))));
}
/// RFC 9562 section 5.4.
Value uuid(Call&) {
  auto raw = random_bytes(16);
  raw[6] = static_cast<char>((raw[6] & 0x0F) | 0x40);
  raw[8] = static_cast<char>((raw[8] & 0x3F) | 0x80);
  auto hex = to_hex(raw);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, 1, '-');
  return Value::string(std::move(hex));
}
Value shuffle(Call& call) {
  std::u32string runes;
  const auto& text = call.text(0);
  for (std::size_t at = 0; at < text.size();) runes += next_rune(text, at);
  for (auto i = runes.size(); i > 1; --i) std::swap(runes[i - 1], runes[below(i)]);
  std::string out;
  for (const char32_t rune : runes) append_rune(out, rune);
  return Value::string(std::move(out));
}

constexpr std::array kTable{
    Function{"randAlpha", "i", alpha},     Function{"randAlphaNum", "i", alphanumeric},
    Function{"randNumeric", "i", numeric}, Function{"randAscii", "i", ascii},
    Function{"randBytes", "i", bytes},     Function{"randInt", "ii", integer},
    Function{"uuidv4", "", uuid},          Function{"shuffle", "s", shuffle},
};

}  // namespace

std::span<const Function> random_functions() { return kTable; }

}  // namespace dpctl::chart
