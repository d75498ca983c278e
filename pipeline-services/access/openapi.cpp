#include <map>

#include "pipeline-services/access/api_route.hpp"
#include "pipeline-services/core/json_out.hpp"

namespace dpctl::runtime {
namespace {

using pipeline::JsonObject;

constexpr std::string_view kError =
    R"({"type":"object","required":["error","message","details","timestamp"],"properties":{)"
    R"("error":{"type":"string"},"message":{"type":"string"},"details":{"type":"object"},)"
    R"("timestamp":{"type":"string","format":"date-time"}}})";

/// "GET /curves/{curve_id}" → "get_curves_curve_id".
std::string operation_id(const ApiRoute& route) {
  std::string id;
  for (const char c : std::string(route.method) + std::string(route.path)) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (word)
      id += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    else if (!id.empty() && id.back() != '_')
      id += '_';
  }
  while (id.ends_with('_')) id.pop_back();
  return id;
}

std::string lower(std::string_view method) {
  std::string out;
  for (const char c : method) out += static_cast<char>(c + ('a' - 'A'));
  return out;
}

void append_parameters(std::string& out, const ApiRoute& route) {
  out += '[';
  bool first = true;
  for (const auto& parameter : route.parameters) {
    if (!std::exchange(first, false)) out += ',';
    JsonObject object(out);
    object.text("name", parameter.name);
    object.text("in", parameter.in);
    object.boolean("required", parameter.required || parameter.in == "path");
    object.text("description", parameter.doc);
    JsonObject schema(object.raw("schema"));
    schema.text("type", parameter.type);
    schema.end();
    object.end();
  }
  out += ']';
}

void append_response(JsonObject& responses, std::string_view status, std::string_view doc,
                     std::string_view schema) {
  JsonObject response(responses.raw(status));
  response.text("description", doc);
  if (!schema.empty()) {
    JsonObject content(response.raw("content"));
    JsonObject json(content.raw("application/json"));
    json.raw("schema") += schema;
    json.end();
    content.end();
  }
  response.end();
}

void append_responses(std::string& out, const ApiRoute& route) {
  constexpr std::string_view kRef = R"({"$ref":"#/components/schemas/Error"})";
  JsonObject responses(out);
  if (route.websocket) {
    append_response(responses, "101", "the WebSocket is open", "");
    append_response(responses, "426", "no WebSocket was asked for", kRef);
  } else {
    append_response(responses, std::to_string(route.success), "done",
                    route.answer.empty() ? std::string_view(R"({"type":"object"})") : route.answer);
  }
  if (!route.permissions.empty()) {
    append_response(responses, "400", "a parameter is missing or wrong", kRef);
    append_response(responses, "401", "no valid API key", kRef);
    append_response(responses, "403", "the key lacks the permission, or belongs to another tenant", kRef);
    append_response(responses, "404", "there is no such thing", kRef);
    append_response(responses, "429", "over the key's rate limit", kRef);
    append_response(responses, "503", "a store does not answer", kRef);
  }
  responses.end();
}

void append_operation(JsonObject& path, const ApiRoute& route) {
  JsonObject operation(path.raw(lower(route.method)));
  operation.text("operationId", operation_id(route));
  operation.text("summary", route.summary);
  append_parameters(operation.raw("parameters"), route);
  if (!route.body.empty()) {
    JsonObject body(operation.raw("requestBody"));
    body.boolean("required", true);
    JsonObject content(body.raw("content"));
    JsonObject json(content.raw("application/json"));
    json.raw("schema") += route.body;
    json.end();
    content.end();
    body.end();
  }
  append_responses(operation.raw("responses"), route);
  if (route.permissions.empty()) {
    operation.raw("security") += "[]";
  } else {
    operation.raw("security") += R"([{"ApiKey":[]},{"Bearer":[]}])";
    auto& list = operation.raw("x-permissions");
    list += '[';
    for (std::size_t i = 0; i < route.permissions.size(); ++i)
      ((list += i == 0 ? "\"" : ",\"") += route.permissions[i]) += '"';
    list += ']';
  }
  operation.end();
}

}  // namespace

std::string openapi_document(const std::vector<ApiRoute>& routes, std::string_view title,
                             std::string_view version) {
  std::map<std::string_view, std::vector<const ApiRoute*>> by_path;
  for (const auto& route : routes) by_path[route.path].push_back(&route);
  std::string out;
  JsonObject document(out);
  document.text("openapi", "3.0.3");
  JsonObject info(document.raw("info"));
  info.text("title", title);
  info.text("version", version);
  info.end();
  JsonObject paths(document.raw("paths"));
  for (const auto& [path, methods] : by_path) {
    JsonObject item(paths.raw(path));
    for (const auto* route : methods) append_operation(item, *route);
    item.end();
  }
  paths.end();
  JsonObject components(document.raw("components"));
  JsonObject schemas(components.raw("schemas"));
  schemas.raw("Error") += kError;
  schemas.end();
  components.raw("securitySchemes") +=
      R"({"ApiKey":{"type":"apiKey","in":"header","name":"X-API-Key"},"Bearer":{"type":"http","scheme":"bearer"}})";
  components.end();
  document.end();
  return out;
}

}  // namespace dpctl::runtime
