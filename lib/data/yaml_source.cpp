#include "lib/data/yaml_source.hpp"

#include <algorithm>
#include <array>

#include "lib/data/utf8.hpp"
#include "lib/data/yaml_chars.hpp"

namespace dpctl::yaml {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

// RFC 2781. A lone surrogate or half a unit becomes U+FFFF, which check() refuses.
std::string from_utf16(std::string_view bytes, bool little_endian) {
  const auto unit = [&](std::size_t at) -> char32_t {
    const auto first = static_cast<unsigned char>(bytes[at]),
               second = static_cast<unsigned char>(bytes[at + 1]);
    return little_endian ? first | static_cast<char32_t>(second) << 8U
                         : second | static_cast<char32_t>(first) << 8U;
  };
  constexpr char32_t kBad = 0xFFFF;
  std::string text;
  text.reserve(bytes.size());
  std::size_t at = 2;
  for (; at + 1 < bytes.size(); at += 2) {
    char32_t point = unit(at);
    if (point >= 0xD800 && point < 0xE000) {
      const char32_t low = point < 0xDC00 && at + 3 < bytes.size() ? unit(at + 2) : 0;
      const bool pair = low >= 0xDC00 && low < 0xE000;
      point = pair ? 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00) : kBad;
      if (pair) at += 2;
    }
    append_utf8(text, point);
  }
  if (at < bytes.size()) append_utf8(text, kBad);
  return text;
}

bool is_allowed(char32_t point) {
  if (point < 0xA0) return point == 0x85;
  return point != 0xFFFE && point != 0xFFFF;
}

constexpr std::array<bool, 128> kAllowedAscii = [] {
  std::array<bool, 128> allowed{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) allowed[c] = true;
  allowed['\t'] = allowed['\n'] = allowed['\r'] = true;
  return allowed;
}();

// Is a block of text nothing but printable ASCII and line feeds? Most are; the compiler makes a few
// instructions of this.
constexpr std::size_t kBlock = 64;
bool is_ordinary(const char* block) {
  unsigned char odd = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto c = static_cast<signed char>(block[i]);
    const unsigned char control = c < ' ' ? 1 : 0, no_break = c != '\n' ? 1 : 0, del = c == 0x7F ? 1 : 0;
    odd = static_cast<unsigned char>(odd | (control & no_break) | del);
  }
  return odd == 0;
}

}  // namespace

Source::Source(std::string_view text, std::string_view name) : text_(text), name_(name) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    converted_ = from_utf16(text, text.front() == '\xFF');
    text_ = converted_;
  } else if (text.starts_with(kUtf8Mark)) {
    text_.remove_prefix(kUtf8Mark.size());
  }
}

Result<void> Source::check() {
  const auto refuse = [this](std::size_t at, std::string_view what) {
    Mark mark{0, static_cast<std::uint32_t>(at)};
    for (std::size_t i = 0; i < at;) {
      const std::size_t length = break_at(text_, i);
      mark.line += length > 0 ? 1 : 0;
      i += length > 0 ? length : 1;
    }
    return fail(Code::usage, "not valid yaml: {}", what).at(place_of(mark));
  };
  std::size_t next_block = 0;
  for (std::size_t at = 0; at < text_.size();) {
    if (at >= next_block) {
      next_block = at + kBlock;
      if (next_block <= text_.size() && is_ordinary(text_.data() + at)) {
        at = next_block;
        continue;
      }
    }
    const auto byte = static_cast<unsigned char>(text_[at]);
    if (byte < 0x80) {
      if (!kAllowedAscii[byte]) return refuse(at, "control characters are not allowed");
      ++at;
      continue;
    }
    ascii_ = false;
    const Utf8 character = decode_utf8(text_, at);
    if (!character.valid) return refuse(at, "the text is not valid UTF-8").hint("save the file as UTF-8");
    if (!is_allowed(character.point)) return refuse(at, "control characters are not allowed");
    at += character.bytes;
  }
  return {};
}

Place Source::place_of(const Mark& mark) const {
  const std::size_t at = std::min<std::size_t>(mark.offset, text_.size());
  if (at < line_begin_ || at > line_end_ || line_end_ == 0) {
    std::size_t begin = at;
    // From the middle of CR LF, LF alone is found; both end the line at the same place.
    while (begin > 0) {
      std::size_t before = begin - 1;
      if (before >= 2 && break_at(text_, before - 2) == 3) break;
      if (before >= 1 && break_at(text_, before - 1) == 2) break;
      if (break_at(text_, before) == 1) break;
      begin = before;
    }
    std::size_t end = at;
    while (end < text_.size() && break_at(text_, end) == 0) ++end;
    line_begin_ = begin;
    line_end_ = end;
  }
  // A longer line helps nobody, and one for each value of a document on a single line would be its square.
  constexpr std::size_t kLongest = 2000;
  Place place{.subject = name_, .line = std::size_t{mark.line} + 1, .column = at - line_begin_ + 1};
  if (line_end_ - line_begin_ <= kLongest)
    place.source_line = std::string(text_.substr(line_begin_, line_end_ - line_begin_));
  return place;
}

}  // namespace dpctl::yaml
