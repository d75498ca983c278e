#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// Sprig's int64: numbers are truncated, "0x1F" and "0123" are read as Go literals, everything else is 0.
std::int64_t to_int64(const Value& value);
/// Sprig's float64.
double to_real(const Value& value);
/// Sprig's `empty`: nil, 0, "", false and empty collections; a struct never is.
bool is_empty(const Value& value);
/// Sprig's `toStrings`: a list's elements as text without nils; a single value as a list of one.
std::vector<std::string> to_texts(const Value& value);

}  // namespace dpctl::chart
