#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl {

/// A pattern over paths, in the dialect of gobwas/glob with '/' as separator (Helm's .Files.Glob): `*` is any
/// run without '/',
/// `**` any run, `?` one character but '/', `[abc]`, `[a-z]`, `[!a-z]` one of or none of, `{a,b*}`
/// alternatives, `\` takes the next character as it is.
class Glob {
 public:
  /// Code::usage on an unclosed bracket or brace. At most 1,000 alternatives once braces are expanded, at
  /// most 4 KiB of pattern.
  static Result<Glob> parse(std::string_view pattern);
  /// In time proportional to pattern × path.
  [[nodiscard]] bool matches(std::string_view path) const;

 private:
  struct Piece {
    enum class Kind { literal, any_one, any_run, any_path, set } kind = Kind::literal;
    char32_t literal = 0;
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges{};
  };
  using Pieces = std::vector<Piece>;

  static Result<Pieces> compile(std::string_view pattern);
  static bool accepts(const Piece& piece, char32_t character);
  static bool matches(const Pieces& pieces, const std::u32string& path);

  std::vector<Pieces> alternatives_;
};

}  // namespace dpctl
