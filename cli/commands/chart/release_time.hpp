#pragma once

#include <string>

namespace dpctl::cli {

// Times of release records are RFC 3339; what cannot be read stays as it is.

/// "Tue Nov 24 09:54:39 2026", in the local zone.
std::string local_time(const std::string& time);

/// As `helm list` shows it: "2026-11-24 11:16:14.330263444 +0000 UTC", or by a layout of Go's; "-" when there is
/// none.
std::string list_time(const std::string& time, const std::string& layout = "");

/// Is `a` earlier than `b`? What cannot be read is earliest.
bool is_before(const std::string& a, const std::string& b);

}  // namespace dpctl::cli
