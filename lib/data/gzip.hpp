#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl {

/// RFC 1952 with no name and no time: the same bytes give the same result with the same zlib. `level`: 1 is
/// fast, 9 is small.
std::string gzip(std::string_view bytes, int level = 6);

/// The bytes that were packed, at most `limit`. `what` names them in errors ("a release record").
Result<std::string> gunzip(std::string_view bytes, std::size_t limit, std::string_view what);

}  // namespace dpctl
