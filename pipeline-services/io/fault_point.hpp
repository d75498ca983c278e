#pragma once

#include <string_view>

namespace dpctl::io {

/// A boundary at which the crash tests end this process: DATA_PROC_TEST_CRASH_AT="name:count" sends it
/// SIGKILL when the boundary is reached for the count-th time. Without the variable it costs one comparison.
/// tests/system/test_faults.py holds the list of names.
void fault_point(std::string_view name);

}  // namespace dpctl::io
