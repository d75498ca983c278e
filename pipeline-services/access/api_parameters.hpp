#pragma once

#include "lib/base/number.hpp"
#include "pipeline-services/access/api_route.hpp"
#include "pipeline-services/core/json_out.hpp"

/// What the handlers of all routes say in the same words.
namespace dpctl::runtime {

inline io::HttpResponse bad_request(std::string_view message) {
  return io::http_error(400, "bad_request", message);
}
inline io::HttpResponse unavailable() {
  return io::http_error(503, "unavailable", "the stores do not answer at the moment");
}

/// A query parameter, or "" when there is none.
inline std::string text_parameter(const ApiCall& call, std::string_view name) {
  return call.request.parameter(name).value_or("");
}

/// A whole number from 1 to `most`, or `fallback` when there is none; nothing when it is something else.
inline std::optional<int> limit_parameter(const ApiCall& call, int fallback, int most) {
  const auto text = call.request.parameter("limit");
  if (!text || text->empty()) return fallback;
  int value = 0;
  if (!read_number(*text, value) || value < 1 || value > most) return std::nullopt;
  return value;
}

/// Appends "name":[item,item], where each item is JSON already.
inline void append_list(pipeline::JsonObject& object, std::string_view name,
                        const std::vector<std::string>& items) {
  auto& list = object.raw(name);
  list += '[';
  for (std::size_t i = 0; i < items.size(); ++i) (list += i == 0 ? "" : ",") += items[i];
  list += ']';
}

}  // namespace dpctl::runtime
