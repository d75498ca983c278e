#pragma once

#include <atomic>

#include "lib/base/deadline.hpp"

namespace dpctl::runtime {

/// What an operator asks of a running service, through signals or HTTP; the loop looks at it between batches.
/// Thread-safe.
struct Orders {
  /// Pause, flush, commit and leave the group, but keep answering: blue makes room for green.
  std::atomic<bool> hold{false};
  /// Read the settings that may change while it runs (SIGHUP).
  std::atomic<bool> reload{false};
};

}  // namespace dpctl::runtime
