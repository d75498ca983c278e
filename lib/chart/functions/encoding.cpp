// Base64, base32 and hashes.
#define OPENSSL_SUPPRESS_DEPRECATED  // for the digests by themselves
#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

#include "lib/base/encoding.hpp"
#include "lib/chart/functions/base64.hpp"
#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {
namespace {

// The digests by themselves: asked through EVP, OpenSSL first loads its configuration and providers, which
// takes a third of the time of rendering a small chart.
template <class Context, int (*Init)(Context*), int (*Update)(Context*, const void*, std::size_t),
          int (*Final)(unsigned char*, Context*), std::size_t Size>
Value hash(const std::string& text) {
  Context context;
  std::array<unsigned char, Size> digest{};
  Init(&context);
  Update(&context, text.data(), text.size());
  Final(digest.data(), &context);
  return Value::string(to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())));
}
Value sha1(Call& call) { return hash<SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final, 20>(call.text(0)); }
Value sha256(Call& call) {
  return hash<SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final, 32>(call.text(0));
}
Value sha512(Call& call) {
  return hash<SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final, 64>(call.text(0));
}

/// RFC 1950 section 8.2, written in decimal as Sprig does.
Value adler32(Call& call) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : call.text(0)) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return Value::string(std::to_string((b << 16U) | a));
}

Value b64enc(Call& call) { return Value::string(base64_encode(call.text(0))); }

Value b64dec(Call& call) {
  std::size_t bad = 0;
  auto out = decode_base64(call.text(0), bad);
  if (bad != std::string::npos)
    return Value::string(fmt::format("illegal base64 data at input byte {}", bad));
  return Value::string(std::move(out));
}

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

Value b32enc(Call& call) {
  std::string out;
  std::uint64_t held = 0;
  unsigned filled = 0;
  for (const char c : call.text(0)) {
    held = (held << 8U) | static_cast<unsigned char>(c);
    filled += 8;
    while (filled >= 5) {
      filled -= 5;
      out += kBase32[(held >> filled) & 31U];
    }
  }
  if (filled > 0) out += kBase32[(held << (5 - filled)) & 31U];
  while (out.size() % 8 != 0) out += '=';
  return Value::string(std::move(out));
}
/// encoding/base32's decoder: the same positions in its errors, and as careless about what follows the padding.
Value b32dec(Call& call) {
  std::string text = call.text(0);
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  const auto corrupt = [](std::size_t at) {
    return Value::string(fmt::format("illegal base32 data at input byte {}", static_cast<std::int64_t>(at)));
  };
  std::string out;
  bool ended = false;
  for (std::size_t at = 0; at < text.size() && !ended;) {
    std::uint64_t held = 0;
    std::size_t digits = 0;
    for (; digits < 8; ++digits) {
      if (at == text.size()) return corrupt(text.size() - digits);
      const char c = text[at++];
      const auto left = text.size() - at;
      if (c == '=' && digits >= 2 && left < 8) {
        if (left + digits < 7) return corrupt(text.size());
        for (std::size_t k = 0; k < 7 - digits; ++k)
          if (left > k && text[at + k] != '=') return corrupt(at + k - 1);
        ended = true;
        if (digits == 3 || digits == 6) return corrupt(at - 1);
        break;
      }
      const auto digit = kBase32.find(c);
      if (digit == std::string_view::npos) return corrupt(at - 1);
      held = (held << 5U) | digit;
    }
    held <<= 5U * (8 - digits);
    for (std::size_t i = 0; i < digits * 5 / 8; ++i) out += static_cast<char>((held >> (32U - 8U * i)) & 0xFFU);
  }
  return Value::string(std::move(out));
}

constexpr std::array kTable{
    Function{"sha1sum", "s", sha1},     Function{"sha256sum", "s", sha256},
    Function{"sha512sum", "s", sha512}, Function{"adler32sum", "s", adler32},
    Function{"b64enc", "s", b64enc},    Function{"b64dec", "s", b64dec},
    Function{"b32enc", "s", b32enc},    Function{"b32dec", "s", b32dec},
};

}  // namespace

std::string decode_base64(const std::string& text, std::size_t& bad) {
  constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t group = 4;
  constexpr unsigned bits = 6;
  std::string out;
  std::uint64_t held = 0;
  std::size_t filled = 0;
  std::size_t in_group = 0;
  bad = std::string::npos;
  std::size_t at = 0;
  const auto skip_newlines = [&] {
    while (at < text.size() && (text[at] == '\n' || text[at] == '\r')) ++at;
  };
  for (skip_newlines(); at < text.size(); skip_newlines()) {
    const char c = text[at];
    if (c == '=') {
      // Padding: legal only where it completes the last group, and nothing follows.
      std::size_t padding = 0;
      auto p = at;
      while (p < text.size() && (text[p] == '=' || text[p] == '\n' || text[p] == '\r')) {
        if (text[p] == '=') ++padding;
        ++p;
      }
      if (in_group < 2) {
        bad = at;
      } else if (in_group + padding != group) {
        bad = in_group + padding < group ? text.size() : at + (group - in_group);
      } else if (p != text.size()) {
        bad = p;
      }
      in_group = 0;
      return out;
    }
    const auto digit = kBase64.find(c);
    if (digit == std::string_view::npos) {
      bad = at;
      return out;
    }
    held = (held << bits) | digit;
    filled += bits;
    in_group = (in_group + 1) % group;
    if (filled >= 8) {
      filled -= 8;
      out += static_cast<char>((held >> filled) & 0xFFU);
    }
    ++at;
  }
  if (in_group != 0) bad = text.size() - in_group;
  return out;
}

std::span<const Function> encoding_functions() { return kTable; }

}  // namespace dpctl::chart
