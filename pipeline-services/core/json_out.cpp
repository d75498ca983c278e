#include "pipeline-services/core/json_out.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>

#include "pipeline-services/core/json_text.hpp"

namespace dpctl::pipeline {
namespace {

constexpr bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

/// Does one of eight bytes need an escape? (Bit tricks: a byte below 0x20, or equal to a quote or backslash.)
bool needs_escape(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHigh = kOnes * 0x80;
  const auto zero = [](std::uint64_t w) { return (w - kOnes) & ~w & kHigh; };
  return (((word - kOnes * 0x20) & ~word & kHigh) | zero(word ^ (kOnes * '"')) |
          zero(word ^ (kOnes * '\\'))) != 0;
}

#ifdef __SSE2__
bool needs_escape(__m128i bytes) {
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))) != 0;
}
#endif

char* copy_slowly(char* at, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto put = [&at](std::string_view bytes) {
    std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  };
  for (const char c : text) {
    if (is_plain(c)) {
      *at++ = c;
    } else if (c == '"' || c == '\\') {
      *at++ = '\\';
      *at++ = c;
    } else if (c == '\n') {
      put("\\n");
    } else if (c == '\t') {
      put("\\t");
    } else if (c == '\r') {
      put("\\r");
    } else {
      put("\\u00");
      *at++ = kHex[static_cast<unsigned char>(c) >> 4U];
      *at++ = kHex[static_cast<unsigned char>(c) & 15U];
    }
  }
  return at;
}

}  // namespace

char* copy_escaped(char* at, std::string_view text) {
  const std::size_t size = text.size();
  const char* from = text.data();
  if (size < 8) {
    bool plain = true;
    for (std::size_t i = 0; i < size; ++i) {
      at[i] = from[i];
      plain = plain && is_plain(from[i]);
    }
    return plain ? at + size : copy_slowly(at, text);
  }
#ifdef __SSE2__
  if (size >= 16) {
    // Sixteen at a time; the last sixteen may be some of them again.
    for (std::size_t i = 0;; i += 16) {
      if (i + 16 > size) i = size - 16;
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at + i), bytes);
      if (needs_escape(bytes)) return copy_slowly(at, text);
      if (i + 16 == size) return at + size;
    }
  }
#endif
  for (std::size_t i = 0;; i += 8) {
    if (i + 8 > size) i = size - 8;
    const std::uint64_t word = load_bytes(from + i, 8);
    std::memcpy(at + i, &word, 8);
    if (needs_escape(word)) return copy_slowly(at, text);
    if (i + 8 == size) return at + size;
  }
}

void append_escaped(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    out += text;
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + 6 * text.size());
  out.resize(static_cast<std::size_t>(copy_slowly(out.data() + before, text) - out.data()));
}

}  // namespace dpctl::pipeline
