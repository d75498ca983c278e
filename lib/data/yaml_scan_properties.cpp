// yaml_scan_properties.cpp: what is said about a document (%YAML, %TAG) and about a value (&anchor, !tag).
#include "lib/data/yaml_scanner.hpp"

#include "lib/data/utf8.hpp"

namespace dpctl::yaml {
namespace {

bool is_letter_or_digit(char c) { return is_ascii_letter(c) || is_digit(c); }
bool is_word(char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; }
bool is_uri(char c) {
  return c != '\0' &&
         (is_word(c) || std::string_view(";/?:@&=+$,.!~*'()[]%").find(c) != std::string_view::npos);
}

// How many bytes a character has that begins with this one; 0 when none does.
std::size_t width(unsigned char first) {
  if (first < 0x80) return 1;
  if ((first & 0xE0U) == 0xC0) return 2;
  if ((first & 0xF0U) == 0xE0) return 3;
  return (first & 0xF8U) == 0xF0 ? 4 : 0;
}

}  // namespace

std::string_view Scanner::scan_word() {
  const std::size_t begin = at_;
  while (is_word(here())) ++at_;
  return text_.substr(begin, at_ - begin);
}

bool Scanner::scan_directive(Token& token) {
  token.at = mark();
  ++at_;
  const std::string_view name = scan_word();
  if (name.empty()) return refuse("could not find expected directive name");
  if (!is_space()) return refuse("found unexpected non-alphabetical character");
  if (name == "YAML") {
    if (!scan_version(token)) return false;
  } else if (name == "TAG") {
    if (!scan_tag_directive(token)) return false;
  } else {
    return refuse("found unknown directive name");
  }
  skip_blanks();
  if (here() == '#') skip_comment();
  if (!is_end_or_break()) return refuse("did not find expected comment or line break");
  skip_break();
  return true;
}

bool Scanner::scan_version(Token& token) {
  token.kind = Token::Kind::version_directive;
  skip_blanks();
  if (!scan_version_number(token.major)) return false;
  if (here() != '.') return refuse("did not find expected digit or '.' character");
  ++at_;
  return scan_version_number(token.minor);
}

bool Scanner::scan_version_number(std::uint8_t& number) {
  if (!is_digit(here())) return refuse("did not find expected version number");
  number = 0;
  for (int length = 1; is_digit(here()); ++length) {
    if (length > 2) return refuse("found extremely long version number");
    number = static_cast<std::uint8_t>(number * 10 + (text_[at_++] - '0'));
  }
  return true;
}

bool Scanner::scan_tag_directive(Token& token) {
  token.kind = Token::Kind::tag_directive;
  skip_blanks();
  if (!scan_tag_handle(true, token.text)) return false;
  if (!is_blank(here())) return refuse("did not find expected whitespace");
  skip_blanks();
  if (!scan_tag_uri({}, true, token.suffix)) return false;
  return is_space() || refuse("did not find expected whitespace or line break");
}

bool Scanner::scan_alias(Token& token) {
  if (!scan_anchor(token)) return false;
  token.kind = Token::Kind::alias;
  return true;
}

bool Scanner::scan_anchor(Token& token) {
  token.kind = Token::Kind::anchor;
  token.at = mark();
  ++at_;
  token.text = scan_word();
  const bool ends = is_space() || std::string_view("?:,]}%@`").find(here()) != std::string_view::npos;
  return (!token.text.empty() && ends) || refuse("did not find expected alphabetic or numeric character");
}

// !<uri>, !handle!rest, !rest, !
bool Scanner::scan_tag(Token& token) {
  token.kind = Token::Kind::tag;
  token.at = mark();
  if (here(1) == '<') {
    at_ += 2;
    if (!scan_tag_uri({}, true, token.suffix)) return false;
    if (here() != '>') return refuse("did not find the expected '>'");
    ++at_;
  } else {
    std::string_view handle;
    if (!scan_tag_handle(false, handle)) return false;
    if (handle.size() > 1 && handle.back() == '!') {
      token.text = handle;
      if (!scan_tag_uri({}, true, token.suffix)) return false;
    } else {
      if (!scan_tag_uri(handle.substr(1), false, token.suffix)) return false;
      // "!" alone has no handle: it is the tag.
      (token.suffix.empty() ? token.suffix : token.text) = "!";
    }
  }
  return is_space() || refuse("did not find expected whitespace or line break");
}

bool Scanner::scan_tag_handle(bool directive, std::string_view& handle) {
  if (here() != '!') return refuse("did not find expected '!'");
  const std::size_t begin = at_++;
  scan_word();
  if (here() == '!') {
    ++at_;
  } else if (directive && at_ - begin != 1) {
    return refuse("did not find expected '!'");
  }
  handle = text_.substr(begin, at_ - begin);
  return true;
}

// `head` is the part that was read already; without one, there has to be some.
bool Scanner::scan_tag_uri(std::string_view head, bool needed, std::string_view& uri) {
  std::string text(head);
  const std::size_t begin = at_;
  while (is_uri(here())) {
    if (here() == '%') {
      if (!scan_uri_escapes(text)) return false;
    } else {
      text += text_[at_++];
    }
  }
  if (needed && at_ == begin) return refuse("did not find expected tag URI");
  uri = keep(text);
  return true;
}

// One character, each of its bytes as %XX.
bool Scanner::scan_uri_escapes(std::string& uri) {
  std::size_t left = 0;
  do {
    const int high = here() == '%' ? hex_value(here(1)) : -1, low = high < 0 ? -1 : hex_value(here(2));
    if (low < 0) return refuse("did not find URI escaped octet");
    const auto byte = static_cast<unsigned char>(high * 16 + low);
    if (left == 0) {
      left = width(byte);
      if (left == 0) return refuse("found an incorrect leading UTF-8 octet");
    } else if ((byte & 0xC0U) != 0x80) {
      return refuse("found an incorrect trailing UTF-8 octet");
    }
    uri += static_cast<char>(byte);
    at_ += 3;
  } while (--left > 0);
  return true;
}

}  // namespace dpctl::yaml
