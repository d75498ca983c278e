#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/app/env.hpp"
#include "lib/base/event.hpp"

namespace dpctl::cli {

/// A renderer of events on standard error.
///   tree   a live tree on a terminal, redrawn in place at most ten times a second
///   plain  a line per change of state, and a heartbeat each 30 s while nothing happens
///   json   one JSON object a line; the first one names the version of the format
///   none   warnings only
///   auto   tree on a terminal, plain elsewhere
/// Destroying it leaves the final state on the screen.
std::unique_ptr<EventSink> make_progress(std::string_view how, std::function<void(std::string_view)> write,
                                         Terminal terminal, std::string command);

}  // namespace dpctl::cli
