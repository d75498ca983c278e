#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl {

/// Reads a Go duration ("1m30s", "250ms", "1.5h", "-2s"); the grammar of Go's time.ParseDuration. A bare
/// number other than 0 is an error with a hint, as in kubectl. Precision: nanoseconds; out of range is an
/// error.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// Writes it as Go's Duration.String does: "1m30s", "250ms", "0s".
std::string format_duration(std::chrono::nanoseconds span);

/// Age as kubectl prints it: "45s", "3m12s", "5h", "3d4h", "2y" (k8s.io/apimachinery util/duration
/// HumanDuration).
std::string human_age(std::chrono::seconds age);

}  // namespace dpctl
