#include "lib/data/glob.hpp"

#include <algorithm>

#include "lib/data/utf8.hpp"

namespace dpctl {
namespace {

constexpr std::size_t kMostAlternatives = 1000;
constexpr std::size_t kLongest = 4096;

Failure refuse(std::string_view pattern, std::string_view why) {
  return fail(Code::usage, "'{}' is no pattern: {}", pattern.substr(0, 100), why);
}

// The offset behind the brace that closes the one at `open`; npos when there is none. Commas at its level go
// to `commas`.
std::size_t closing_brace(std::string_view pattern, std::size_t open, std::vector<std::size_t>& commas) {
  int depth = 0;
  for (std::size_t i = open; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '{') {
      ++depth;
    } else if (pattern[i] == ',' && depth == 1) {
      commas.push_back(i);
    } else if (pattern[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::size_t find_brace(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '{') {
      return i;
    }
  }
  return std::string_view::npos;
}

// Replaces the first brace by its alternatives until none is left. Not recursive, so depth costs nothing.
Result<std::vector<std::string>> expand(std::string_view pattern) {
  std::vector<std::string> open = {std::string(pattern)}, done;
  while (!open.empty()) {
    const std::string current = std::move(open.back());
    open.pop_back();
    const std::size_t begin = find_brace(current);
    if (begin == std::string::npos) {
      done.push_back(current);
    } else {
      std::vector<std::size_t> cuts = {begin};
      const std::size_t end = closing_brace(current, begin, cuts);
      if (end == std::string::npos) return refuse(pattern, "a brace is not closed");
      cuts.push_back(end);
      for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
        open.push_back(current.substr(0, begin) + current.substr(cuts[i] + 1, cuts[i + 1] - cuts[i] - 1) +
                       current.substr(end + 1));
    }
    if (open.size() + done.size() > kMostAlternatives)
      return refuse(pattern, "it has more than 1000 alternatives");
  }
  return done;
}

char32_t take(std::string_view text, std::size_t& at) {
  const Utf8 character = decode_utf8(text, at);
  at += character.bytes;
  return character.point;
}

}  // namespace

Result<Glob::Pieces> Glob::compile(std::string_view pattern) {
  Pieces pieces;
  for (std::size_t at = 0; at < pattern.size();) {
    Piece piece;
    const char32_t c = take(pattern, at);
    if (c == '*') {
      piece.kind = Piece::Kind::any_run;
      for (; at < pattern.size() && pattern[at] == '*'; ++at) piece.kind = Piece::Kind::any_path;
    } else if (c == '?') {
      piece.kind = Piece::Kind::any_one;
    } else if (c == '[') {
      piece.kind = Piece::Kind::set;
      if (at < pattern.size() && pattern[at] == '!') {
        piece.negated = true;
        ++at;
      }
      for (bool first = true; at < pattern.size() && (pattern[at] != ']' || first); first = false) {
        if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
        const char32_t from = take(pattern, at);
        char32_t to = from;
        if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') to = take(pattern, ++at);
        piece.ranges.emplace_back(from, to);
      }
      if (at >= pattern.size()) return refuse(pattern, "a bracket is not closed");
      ++at;
    } else {
      piece.literal = c == '\\' && at < pattern.size() ? take(pattern, at) : c;
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

Result<Glob> Glob::parse(std::string_view pattern) {
  if (pattern.size() > kLongest) return refuse(pattern, "it is longer than 4096 bytes");
  DPCTL_TRY(const auto alternatives, expand(pattern));
  Glob glob;
  for (const auto& alternative : alternatives) {
    DPCTL_TRY(auto pieces, compile(alternative));
    glob.alternatives_.push_back(std::move(pieces));
  }
  return glob;
}

bool Glob::accepts(const Piece& piece, char32_t character) {
  switch (piece.kind) {
    case Piece::Kind::literal: return character == piece.literal;
    case Piece::Kind::any_one:
    case Piece::Kind::any_run: return character != '/';
    case Piece::Kind::any_path: return true;
    case Piece::Kind::set: {
      const bool inside = std::any_of(piece.ranges.begin(), piece.ranges.end(), [&](const auto& range) {
        return character >= range.first && character <= range.second;
      });
      return inside != piece.negated;
    }
  }
  return false;
}

// Walks the path once with the set of pieces that may come next.
bool Glob::matches(const Pieces& pieces, const std::u32string& path) {
  const auto is_run = [&](std::size_t i) {
    return pieces[i].kind == Piece::Kind::any_run || pieces[i].kind == Piece::Kind::any_path;
  };
  std::vector<char> states(pieces.size() + 1), next(pieces.size() + 1);
  const auto skip_runs = [&](std::vector<char>& set) {
    for (std::size_t i = 0; i < pieces.size(); ++i)
      if (set[i] != 0 && is_run(i)) set[i + 1] = 1;
  };
  states[0] = 1;
  skip_runs(states);
  for (const char32_t character : path) {
    std::fill(next.begin(), next.end(), char{0});
    for (std::size_t i = 0; i < pieces.size(); ++i)
      if (states[i] != 0 && accepts(pieces[i], character)) next[is_run(i) ? i : i + 1] = 1;
    skip_runs(next);
    std::swap(states, next);
  }
  return states.back() != 0;
}

bool Glob::matches(std::string_view path) const {
  std::u32string characters;
  for (std::size_t at = 0; at < path.size();) characters += take(path, at);
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const Pieces& pieces) { return matches(pieces, characters); });
}

}  // namespace dpctl
