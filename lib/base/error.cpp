#include "lib/base/error.hpp"

namespace dpctl {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::failed: return "failed";
    case Code::usage: return "usage";
    case Code::denied: return "denied";
    case Code::not_found: return "not-found";
    case Code::conflict: return "conflict";
    case Code::unhealthy: return "unhealthy";
    case Code::timed_out: return "timed-out";
    case Code::interrupted: return "interrupted";
  }
  return "failed";
}

std::string to_string(const Place& place) {
  if (place.line == 0) return place.subject;
  if (place.column == 0) return fmt::format("{}:{}", place.subject, place.line);
  return fmt::format("{}:{}:{}", place.subject, place.line, place.column);
}

std::string one_line(const Error& error) {
  std::string text;
  for (const Error* e = &error; e != nullptr; e = e->cause.get()) {
    if (!text.empty()) text += ": ";
    if (e->where) text += to_string(*e->where) + ": ";
    text += e->what;
  }
  return text;
}

}  // namespace dpctl
