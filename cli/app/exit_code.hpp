#pragma once

#include "lib/base/error.hpp"

namespace dpctl::cli {

/// What the shell sees. `dpctl help exit-codes` prints this table.
enum class ExitCode {
  ok = 0,
  failed = 1,
  usage = 2,
  denied = 4,
  not_found = 5,
  conflict = 6,
  unhealthy = 7,
  timed_out = 124,
  interrupted = 130,
};

constexpr ExitCode exit_code_of(Code code) {
  switch (code) {
    case Code::failed: return ExitCode::failed;
    case Code::usage: return ExitCode::usage;
    case Code::denied: return ExitCode::denied;
    case Code::not_found: return ExitCode::not_found;
    case Code::conflict: return ExitCode::conflict;
    case Code::unhealthy: return ExitCode::unhealthy;
    case Code::timed_out: return ExitCode::timed_out;
    case Code::interrupted: return ExitCode::interrupted;
  }
  return ExitCode::failed;
}

}  // namespace dpctl::cli
