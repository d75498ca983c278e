#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pipeline-services/core/fixed.hpp"

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
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
    return value;
  }
};

/// A compile-time hash for switches over field names; the compiler refuses two cases that collide, and
/// unknown names that collide with a known one are told apart by the comparison in field_is().
constexpr std::uint32_t name_hash(std::string_view name) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return hash;
}

}  // namespace dpctl::pipeline
