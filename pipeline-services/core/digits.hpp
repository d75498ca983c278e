#pragma once

#include <cstdint>
#include <cstring>

namespace dpctl::pipeline {

namespace detail {
struct DigitPairs {
  char text[200];
};
inline constexpr DigitPairs kDigitPairs = [] {
  DigitPairs pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs.text[2 * i] = static_cast<char>('0' + i / 10);
    pairs.text[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();
}  // namespace detail

/// Writes a number under 100 as two digits and returns where they end.
inline char* put_two(char* at, std::uint32_t number) {
  std::memcpy(at, detail::kDigitPairs.text + 2 * number, 2);
  return at + 2;
}

}  // namespace dpctl::pipeline
