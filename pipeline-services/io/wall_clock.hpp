#pragma once

#include <cstdint>

namespace dpctl::io {

/// Microseconds since 1970; in the tests moved by the seconds in the file DATA_PROC_TEST_CLOCK_FILE, which is
/// how a clock that steps looks.
std::int64_t wall_clock_us();

}  // namespace dpctl::io
