#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/chart/release.hpp"
#include "lib/data/json.hpp"

namespace dpctl::chart {

/// JSON that a record may unpack to; a gzip bomb ends there.
inline constexpr std::size_t kMaxReleaseJson = std::size_t{256} << 20U;

/// A release as the JSON that Helm keeps, and the other way. Secrets are replaced by marks.
Json release_json(const Release& release);
Result<Release> release_of(const Json& json);

/// base64(gzip(JSON)), and the other way; plain JSON in base64 is read too, as Helm does.
std::string pack_release(const Json& json);
Result<Json> unpack_release(std::string_view record);

}  // namespace dpctl::chart
