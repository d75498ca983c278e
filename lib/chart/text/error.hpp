#pragma once

#include <memory>
#include <string>
#include <utility>

namespace dpctl::chart {

/// How the engine unwinds: thrown where a template or a function fails, caught where the engine is entered
/// (render.cpp, parse()), never seen outside lib/chart. Go's engine panics in the same places.
struct TemplateError {
  std::string text;      ///< Go's whole message, "template: file:line:column: executing …"
  std::string location;  ///< "file:line:column"; empty for the error of a function itself
  /// The error that this one wraps (an include inside an include), innermost last.
  std::shared_ptr<const TemplateError> inner{};
  bool from_execution = false;  ///< made by the executor, which knows where: Go's ExecError
};

/// The error of a function: Go's `error` return value.
[[noreturn]] inline void throw_error(std::string text) {
  throw TemplateError{std::move(text), {}, {}, false};
}

}  // namespace dpctl::chart
