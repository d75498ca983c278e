#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dpctl {

/// Why an operation did not happen. Each code has one exit status (cli/app/exit_code.hpp).
enum class Code {
  failed,       ///< the operation was tried and did not succeed
  usage,        ///< the command line or a configuration file is wrong; nothing was tried
  denied,       ///< not authenticated, or not allowed
  not_found,    ///< the thing named does not exist
  conflict,     ///< somebody else owns it, or it moved since it was looked at
  unhealthy,    ///< a check, a gate or an analysis said no
  timed_out,    ///< the deadline passed
  interrupted,  ///< a stop was asked for
};

/// "failed", "not-found", …: the spelling in JSON output.
std::string_view name_of(Code code);

/// Where it went wrong: a position in a text, or an operation on an object.
struct Place {
  std::string subject;        ///< a file name, or "GET pods/x"
  std::size_t line = 0;       ///< 1-based; 0 when there is none
  std::size_t column = 0;     ///< 1-based, in bytes; 0 when there is none
  std::string source_line{};  ///< the text of that line, for the caret; empty when unknown
};

/// "values.yaml:3:7", "GET pods/x".
std::string to_string(const Place& place);

/// What went wrong, where, and what to do next. Made where it happens, worded for a person only in
/// cli/output.
struct Error {
  Code code = Code::failed;
  std::string what;  ///< lower case, no full stop: "cannot apply deployment.apps/web"
  std::optional<Place> where{};
  std::vector<std::string> hints{};  ///< at most five, each something the reader can do
  bool retryable = false;
  std::shared_ptr<const Error> cause{};
};

/// The whole chain on one line, outermost first: "what: cause: cause". For logs and tests; people get
/// cli/output.
std::string one_line(const Error& error);

}  // namespace dpctl
