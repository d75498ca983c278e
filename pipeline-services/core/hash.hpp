#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace dpctl::pipeline {

inline std::uint64_t load_word(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Both halves of the 128-bit product: one multiplication mixes 64 bits well.
inline std::uint64_t mix_words(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// A 64-bit hash of bytes, the same on every little-endian machine and in every run. Not for secrets. The last
/// bytes are read as one overlapping word, so that no byte is looked at alone.
inline std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed = 0) {
  constexpr std::uint64_t kA = 0x9E3779B97F4A7C15ULL, kB = 0xD6E8FEB86659FD93ULL;
  std::uint64_t hash = seed ^ ((bytes.size() + 1) * kA);
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 16; at += 16, left -= 16) hash = mix_words(load_word(at) ^ hash, load_word(at + 8) ^ kB);
  if (left == 0) return mix_words(hash, kA);
  std::uint64_t head = 0, tail = 0;
  if (bytes.size() >= 16 || left > 8) {
    tail = load_word(at + left - 8);
    if (left > 8) head = load_word(at);
  } else if (left >= 4) {
    std::uint32_t first = 0, last = 0;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, at + left - 4, 4);
    head = first, tail = last;
  } else {
    head = static_cast<unsigned char>(at[0]);
    tail = static_cast<std::uint64_t>(static_cast<unsigned char>(at[left / 2])) << 8U |
           static_cast<unsigned char>(at[left - 1]);
  }
  return mix_words(mix_words(head ^ hash, kB) ^ tail, kA);
}

}  // namespace dpctl::pipeline
