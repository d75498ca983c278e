#include "cli/output/error_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "cli/output/text.hpp"
#include "lib/data/json.hpp"
#include "lib/data/yaml.hpp"

namespace dpctl::cli {
namespace {

std::string excerpt(const Place& place) {
  if (place.source_line.empty()) return "";
  constexpr std::size_t kWidth = 100;
  const std::string number = std::to_string(place.line);
  const std::string line = safe_text(place.source_line.substr(0, kWidth));
  std::string text = fmt::format("  {} | {}\n", number, line);
  if (place.column > 0 && place.column <= kWidth)
    text += fmt::format("  {} | {}^\n", std::string(number.size(), ' '), std::string(place.column - 1, ' '));
  return text;
}

std::vector<std::string> all_hints(const Error& error) {
  std::vector<std::string> hints;
  for (const Error* e = &error; e != nullptr; e = e->cause.get())
    for (const auto& hint : e->hints)
      if (hints.size() < 5 && std::find(hints.begin(), hints.end(), hint) == hints.end())
        hints.push_back(hint);
  return hints;
}

// A template's error has Helm's own text, which names its place.
std::string place_prefix(const Error& error) {
  const bool told = error.where && error.what.find(error.where->subject + ":") != std::string::npos;
  return error.where && !told ? to_string(*error.where) + ": " : "";
}

}  // namespace

std::string error_text(const Error& error, const Terminal& terminal) {
  std::string text =
      paint(terminal, Paint::red, "error:") + " " + safe_text(place_prefix(error) + error.what) + "\n";
  if (error.where) text += excerpt(*error.where);
  for (const Error* cause = error.cause.get(); cause != nullptr; cause = cause->cause.get()) {
    text += "  because " + safe_text(place_prefix(*cause) + cause->what) + "\n";
    if (cause->where) text += excerpt(*cause->where);
  }
  for (const auto& hint : all_hints(error))
    text += paint(terminal, Paint::bold, "  hint:") + " " + safe_text(hint) + "\n";
  return text;
}

std::string error_document(const Error& error, std::string_view format) {
  Json causes = Json::array();
  for (const Error* cause = error.cause.get(); cause != nullptr; cause = cause->cause.get())
    causes.push_back(place_prefix(*cause) + cause->what);
  const Json document{{"error",
                       {{"code", name_of(error.code)},
                        {"message", error.what},
                        {"where", error.where ? Json(to_string(*error.where)) : Json()},
                        {"causes", std::move(causes)},
                        {"hints", all_hints(error)},
                        {"retryable", error.retryable}}}};
  return format == "yaml" ? yaml::encode(document) : dump_json_pretty(document) + "\n";
}

}  // namespace dpctl::cli
