#pragma once

#include <string>
#include <string_view>

namespace dpctl::chart {

/// Go's path.Clean: no empty parts, no ".", ".." resolved; "" is ".".
std::string clean_path(std::string_view path);
/// Go's path.Base: the last part; "" is ".".
std::string base_of(std::string_view path);

}  // namespace dpctl::chart
