// Functions that reach back into the engine.
#include <array>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/text/exec.hpp"

namespace dpctl::chart {
namespace {

// Helm's marks around a message that is meant for the user; render.cpp cuts the message out again.
std::string marked(const std::string& message) { return "HELM_ERR_START" + message + "HELM_ERR_END"; }

Value include(Call& call) { return call.execution.include(call.text(0), call[1]); }
Value tpl(Call& call) { return call.execution.tpl(call[0], call[1]); }

Value required(Call& call) {
  const Value& value = call[1];
  if (!value.is_nil() && !(value.is_string() && value.as_string().empty())) return value;
  if (call.execution.lint) return Value::string("");
  throw_error(marked(call.text(0)));
}

Value fail(Call& call) {
  if (call.execution.lint) return Value::string("");
  throw_error(marked(call.text(0)));
}

Value lookup(Call& call) {
  if (call.execution.lookup() == nullptr) return Value::map();
  return call.execution.lookup()->lookup(call.text(0), call.text(1), call.text(2), call.text(3));
}

/// Helm resolves names only with --enable-dns.
Value host_by_name(Call&) { return Value::string(""); }

constexpr std::array kTable{
    Function{"include", "sa", include},   Function{"tpl", "sa", tpl},
    Function{"required", "sa", required}, Function{"fail", "s", fail},
    Function{"lookup", "ssss", lookup},   Function{"getHostByName", "s", host_by_name},
};

}  // namespace

std::span<const Function> engine_functions() { return kTable; }

}  // namespace dpctl::chart
