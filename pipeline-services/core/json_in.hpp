#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/base/number.hpp"
#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/hash.hpp"

namespace dpctl::pipeline {

/// A JSON value that is no container, as text. A string is unescaped; a number is its token.
struct Scalar {
  enum class Kind : std::uint8_t { null, text, number, boolean, container };
  Kind kind = Kind::null;
  std::string_view text{};

  [[nodiscard]] bool is_null() const { return kind == Kind::null; }
  [[nodiscard]] bool truth() const {
    return text == "true" || text == "True" || text == "TRUE" || text == "1" || text == "Y";
  }
  [[nodiscard]] std::optional<Fixed> decimal() const { return Fixed::parse(text); }
  [[nodiscard]] std::optional<std::int64_t> integer() const {
    std::int64_t value = 0;
    return read_number(text, value) ? std::optional(value) : std::nullopt;
  }
};

}  // namespace dpctl::pipeline
