#pragma once

#include <cstddef>
#include <string>

namespace dpctl::chart {

/// encoding/base64's StdEncoding. `bad`: the position that Go's error names; npos when all is well.
std::string decode_base64(const std::string& text, std::size_t& bad);

}  // namespace dpctl::chart
