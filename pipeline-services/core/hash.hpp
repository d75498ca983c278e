#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

// Hashes for tables in memory: the same in every run and on every machine, not made against attackers.
namespace dpctl::pipeline {

/// Up to eight bytes as a little-endian number, also at compile time.
constexpr std::uint64_t load_bytes(const char* at, std::size_t size) {
  std::uint64_t word = 0;
  if (std::is_constant_evaluated()) {
    for (std::size_t i = 0; i < size; ++i)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
  } else {
    std::memcpy(&word, at, size);
  }
  return word;
}

/// Equal to a literal, without a call.
template <std::size_t N>
constexpr bool is(std::string_view name, const char (&literal)[N]) {
  return name.size() == N - 1 && std::char_traits<char>::compare(name.data(), literal, N - 1) == 0;
}

/// Are the bytes at `at` those of `text`? Without a call, for texts of a few dozen bytes.
inline bool same_bytes(const char* at, std::string_view text) {
  const std::size_t size = text.size();
  const auto differ = [&](std::size_t from, std::size_t count) {
    return load_bytes(at + from, count) ^ load_bytes(text.data() + from, count);
  };
  if (size >= 8) {
    std::uint64_t different = differ(size - 8, 8);  // some of them again
    for (std::size_t i = 0; i + 8 < size; i += 8) different |= differ(i, 8);
    return different == 0;
  }
  if (size >= 4) return (differ(0, 4) | differ(size - 4, 4)) == 0;
  for (std::size_t i = 0; i < size; ++i)
    if (at[i] != text[i]) return false;
  return true;
}

/// Of a field's name, for switches and small tables: length, first and last eight bytes. Constant for a
/// literal; the compiler refuses a switch in which two names collide, and unknown names that collide with a
/// known one are told apart by comparing.
constexpr std::uint32_t name_hash(std::string_view name) {
  const std::size_t size = name.size();
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (size >= 8) {
    first = load_bytes(name.data(), 8);
    last = load_bytes(name.data() + size - 8, 8);
  } else if (size >= 4) {
    first = load_bytes(name.data(), 4);
    last = load_bytes(name.data() + size - 4, 4);
  } else if (size > 0) {
    first = load_bytes(name.data(), 1) << 16U | load_bytes(name.data() + size / 2, 1) << 8U |
            load_bytes(name.data() + size - 1, 1);
  }
  std::uint64_t hash = (first ^ (size * 0x9E3779B97F4A7C15U)) * 0xBF58476D1CE4E5B9U;
  hash = ((hash ^ (hash >> 32U)) + last) * 0x94D049BB133111EBU;
  return static_cast<std::uint32_t>(hash >> 32U);
}

/// Both halves of the 128-bit product: one multiplication mixes 64 bits well.
inline std::uint64_t mix_words(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// Of any text, all bytes of it. The last bytes are read as words that overlap what was read before, so that
/// no byte is looked at alone.
inline std::uint64_t text_hash(std::string_view text, std::uint64_t seed = 0) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
  constexpr std::uint64_t kOther = 0xD6E8FEB86659FD93U;
  std::uint64_t hash = seed ^ ((text.size() + 1) * kOdd);
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 16; at += 16, left -= 16)
    hash = mix_words(load_bytes(at, 8) ^ hash, load_bytes(at + 8, 8) ^ kOther);
  if (left == 0) return mix_words(hash, kOdd);
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  if (left >= 8 || text.size() >= 16) {
    tail = load_bytes(at + left - 8, 8);
    if (left > 8) head = load_bytes(at, 8);
  } else if (left >= 4) {
    head = load_bytes(at, 4);
    tail = load_bytes(at + left - 4, 4);
  } else {
    head = load_bytes(at, 1);
    tail = load_bytes(at + left / 2, 1) << 8U | load_bytes(at + left - 1, 1);
  }
  return mix_words(mix_words(head ^ hash, kOther) ^ tail, kOdd);
}

}  // namespace dpctl::pipeline
