// Words: identifiers in other cases (the rules of huandu/xstrings) and lines of a width (those of goutils).
#include <algorithm>
#include <array>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/value/runes.hpp"
#include "lib/data/utf8.hpp"

namespace dpctl::chart {
namespace {

bool is_connector(char32_t rune) { return rune == '-' || rune == '_' || is_space_rune(rune); }
/// A letter that forms words: those of Chinese do not.
bool is_alphabet(char32_t rune) {
  const bool chinese = (rune >= 0x4E00 && rune <= 0x9FCC) || (rune >= 0x3400 && rune <= 0x4D85) ||
                       (rune >= 0x20000 && rune <= 0x2B81D);
  return is_letter(rune) && !chinese;
}

std::u32string runes_of(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) out += next_rune(text, at);
  return out;
}
std::string text_of(std::u32string_view runes) {
  std::string out;
  for (const char32_t rune : runes) append_rune(out, rune);
  return out;
}

/// PascalCase: connectors between words vanish, a run of capitals keeps its first.
Value camelcase(Call& call) {
  const auto runes = runes_of(call.text(0));
  std::u32string out;
  std::size_t at = 0;
  while (at < runes.size() && is_connector(runes[at])) out += runes[at++];
  if (at == runes.size()) {
    if (!runes.empty()) out += runes.back();  // xstrings writes the last connector twice
    return Value::string(text_of(out));
  }
  bool capitals = is_upper(runes[at]);
  char32_t held = to_upper(runes[at++]);
  for (; at < runes.size(); ++at) {
    const char32_t before = held;
    held = runes[at];
    if (is_connector(held) && is_connector(before)) {
      out += before;
    } else if (is_connector(before)) {
      capitals = is_upper(held);
      held = to_upper(held);
    } else {
      if (capitals) {
        if (is_upper(held)) {
          held = to_lower_rune(held);
        } else {
          capitals = false;
        }
      }
      out += before;
    }
  }
  out += held;
  return Value::string(text_of(out));
}

enum class Word { none, number, upper, alphabet, connector, punct, other };

/// Takes the next run of one kind off `rest`. A capital takes the small letters behind it along; of several
/// capitals before a small letter, the last one begins the next word.
Word next_word(std::u32string_view& rest, std::u32string_view& word) {
  if (rest.empty()) {
    word = {};
    return Word::none;
  }
  // What is no UTF-8 counts as the rune behind it, or as the one before at the end.
  char32_t seen = 0xFFFD;
  const auto valid = [&](std::size_t from) {
    return std::min(rest.find_first_not_of(char32_t{0xFFFD}, from), rest.size());
  };
  const auto run = [&](auto&& belongs, std::size_t from) {
    while (from < rest.size()) {
      const auto at = valid(from);
      if (!belongs(at < rest.size() ? rest[at] : seen)) break;
      if (at < rest.size()) seen = rest[at];
      from = std::min(at + 1, rest.size());
    }
    return from;
  };
  const auto small = [](char32_t rune) { return is_alphabet(rune) && !is_upper(rune); };
  const auto begin = valid(0);
  if (begin == rest.size()) {
    word = rest;
    rest = {};
    return Word::none;
  }
  const char32_t first = seen = rest[begin];
  Word kind = Word::other;
  std::size_t end = begin + 1;
  if (is_connector(first)) {
    kind = Word::connector;
    end = run(is_connector, end);
  } else if (is_punct(first)) {
    kind = Word::punct;
    end = run(is_punct, end);
  } else if (is_upper(first)) {
    kind = Word::upper;
    if (end < rest.size() && is_upper(rest[end])) {
      end = run(is_upper, end);
      if (end < rest.size() && is_alphabet(rest[end])) --end;
    } else {
      end = run(small, end);
    }
  } else if (is_alphabet(first)) {
    kind = Word::alphabet;
    end = run(small, end);
  } else if (is_number(first)) {
    kind = Word::number;
    end = run(is_number, end);
  } else {
    end = run(
        [](char32_t rune) {
          return !is_connector(rune) && !is_alphabet(rune) && !is_number(rune) && !is_punct(rune);
        },
        end);
  }
  word = rest.substr(0, end);
  rest.remove_prefix(end);
  return kind;
}

/// snake_case and kebab-case.
class Joiner {
 public:
  Joiner(std::u32string_view text, char32_t connector) : rest_(text), connector_(connector) {}

  std::u32string run() {
    step();
    while (!rest_.empty()) {
      if (kind_ != Word::connector) write(kind_, word_);
      const auto before = kind_;
      const auto last = word_;
      step();
      if (before == Word::number) {
        take_letters_and_numbers();
        if (kind_ != Word::none && separates()) out_ += connector_;
      } else if (before == Word::connector) {
        write(before, last);
      } else if (before != Word::punct) {
        after_word();
      }
    }
    write(kind_, word_);
    return std::move(out_);
  }

 private:
  void step() { kind_ = next_word(rest_, word_); }
  [[nodiscard]] bool separates() const { return kind_ != Word::connector && kind_ != Word::punct; }
  void take_letters_and_numbers() {
    while (kind_ == Word::alphabet || kind_ == Word::number) {
      write(kind_, word_);
      step();
    }
  }

  void after_word() {
    if (kind_ != Word::number) {
      if (separates()) out_ += connector_;
      return;
    }
    if (rest_.empty()) return;
    const auto number = word_;
    step();
    if (kind_ != Word::alphabet) {
      write(Word::number, number);
      if (separates()) out_ += connector_;
      return;
    }
    out_ += connector_;
    write(Word::number, number);
    take_letters_and_numbers();
    if (kind_ != Word::none && separates()) out_ += connector_;
  }

  void write(Word kind, std::u32string_view word) {
    for (const char32_t rune : word)
      out_ += kind == Word::connector ? connector_ : kind == Word::upper ? to_lower_rune(rune) : rune;
  }

  std::u32string_view rest_;
  std::u32string_view word_{};
  char32_t connector_;
  Word kind_ = Word::none;
  std::u32string out_;
};

Value snakecase(Call& call) { return Value::string(text_of(Joiner(runes_of(call.text(0)), U'_').run())); }
Value kebabcase(Call& call) { return Value::string(text_of(Joiner(runes_of(call.text(0)), U'-').run())); }

std::string wrapped(const std::string& text, std::int64_t width_given, std::string line_end,
                    bool cut_long_words) {
  if (line_end.empty()) line_end = "\n";
  const auto width = static_cast<std::size_t>(width_given < 1 ? 1 : width_given);
  std::string out;
  std::size_t at = 0;
  while (at < text.size() && text.size() - at > width) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    auto space = std::string_view(text).substr(at, width + 1).rfind(' ');
    if (space == std::string_view::npos && cut_long_words) {
      out += text.substr(at, width) + line_end;
      at += width;
      continue;
    }
    if (space == std::string_view::npos) {
      space = text.find(' ', at + width);
      if (space == std::string::npos) break;
      space -= at;
    }
    out += text.substr(at, space) + line_end;
    at += space + 1;
  }
  return out + text.substr(std::min(at, text.size()));
}
Value wrap(Call& call) { return Value::string(wrapped(call.text(1), call.integer(0), "", false)); }
Value wrap_with(Call& call) {
  return Value::string(wrapped(call.text(2), call.integer(0), call.text(1), true));
}

constexpr std::array kTable{
    Function{"camelcase", "s", camelcase},  Function{"snakecase", "s", snakecase},
    Function{"kebabcase", "s", kebabcase},  Function{"wrap", "is", wrap},
    Function{"wrapWith", "iss", wrap_with},
};

}  // namespace

std::span<const Function> word_functions() { return kTable; }

}  // namespace dpctl::chart
