#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl::yaml {

/// A position in a text that is being read.
struct Mark {
  std::uint32_t line = 0;    ///< from 0
  std::uint32_t offset = 0;  ///< in bytes from the beginning of the UTF-8 text
};

/// A text that is fit to be parsed: UTF-8 without byte order mark, and none of the characters that YAML 1.1
/// §5.1 forbids.
class Source {
 public:
  /// Views `text` where it can, keeps a copy where it was UTF-16. `name` is the file named in places.
  Source(std::string_view text, std::string_view name);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool ascii() const { return ascii_; }

  /// Code::usage with the place of the first character that may not be there.
  Result<void> check();

  /// Linear in the length of the line for the first mark of a line, constant for those that follow.
  [[nodiscard]] Place place_of(const Mark& mark) const;

 private:
  std::string_view text_;
  std::string name_;
  std::string converted_;
  bool ascii_ = true;
  mutable std::size_t line_begin_ = 0;  ///< the line that was asked for last
  mutable std::size_t line_end_ = 0;
};

}  // namespace dpctl::yaml
