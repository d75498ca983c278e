#pragma once

#include <cstdint>
#include <string_view>

namespace dpctl::io {

/// A boundary at which the crash tests end this process: DATA_PROC_TEST_CRASH_AT="name:count" sends it
/// SIGKILL when the boundary is reached for the count-th time. Without the variable it costs one comparison.
/// tests/system/test_faults.py holds the list of names.
void fault_point(std::string_view name);

/// Microseconds since 1970; in the tests moved by the seconds in the file DATA_PROC_TEST_CLOCK_FILE, which is how a clock
/// that steps looks.
std::int64_t wall_clock_us();

}  // namespace dpctl::io
