#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dpctl::kube {

using WallTime = std::chrono::system_clock::time_point;

/// RFC 3339 as the API server and exec plugins write it: "2026-01-02T03:04:05Z", with a fraction, with an
/// offset. Nothing else. Years beyond the clock's range become its ends.
std::optional<WallTime> parse_time(std::string_view text);

/// metav1.MicroTime: "2026-01-02T03:04:05.000000Z".
std::string format_micro_time(WallTime);
/// metav1.Time: "2026-01-02T03:04:05Z".
std::string format_time(WallTime);

}  // namespace dpctl::kube
