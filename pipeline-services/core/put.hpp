#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

// Writers of small things into memory that is large enough; each returns where it ended.
namespace dpctl::pipeline {

/// A copy without a call, for texts of a few dozen bytes.
inline char* put_bytes(char* at, std::string_view bytes) {
  const std::size_t size = bytes.size();
  const char* from = bytes.data();
  const auto copy = [&](std::size_t offset, auto word) {
    std::memcpy(&word, from + offset, sizeof word);
    std::memcpy(at + offset, &word, sizeof word);
  };
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) copy(i, std::uint64_t{});
    copy(size - 8, std::uint64_t{});  // some of them again
  } else if (size >= 4) {
    copy(0, std::uint32_t{});
    copy(size - 4, std::uint32_t{});
  } else {
    for (std::size_t i = 0; i < size; ++i) at[i] = from[i];
  }
  return at + size;
}

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

/// Writes a number under 100,000,000 as eight digits.
inline char* put_eight(char* at, std::uint32_t number) {
  put_two(at, number / 1'000'000);
  put_two(at + 2, number / 10'000 % 100);
  put_two(at + 4, number / 100 % 100);
  return put_two(at + 6, number % 100);
}

/// Writes a number in decimal, at most kNumberWidth bytes, and returns where it ends. The two kinds that
/// messages are full of, small ones and times in microseconds, are quick.
inline constexpr std::size_t kNumberWidth = 24;
inline char* print_number(char* at, std::int64_t number) {
  if (number >= 0 && number < 10) {
    *at = static_cast<char>('0' + number);
    return at + 1;
  }
  constexpr std::int64_t kEight = 100'000'000;
  if (number >= 10 * kEight * (kEight / 100) && number < kEight * kEight)
    return put_eight(put_eight(at, static_cast<std::uint32_t>(number / kEight)),
                     static_cast<std::uint32_t>(number % kEight));
  return std::to_chars(at, at + kNumberWidth, number).ptr;
}

}  // namespace dpctl::pipeline
