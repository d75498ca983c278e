#include <algorithm>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/access/api.hpp"
#include "pipeline-services/access/api_parameters.hpp"
#include "pipeline-services/access/rate_limit.hpp"
#include "pipeline-services/core/json_reader.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;
using io::http_error;
using io::HttpResponse;

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kMostPermissions = 32;
constexpr long kLongestLife = 10L * 366 * 86'400;
constexpr std::string_view kNewKeySchema =
    R"({"type":"object","required":["name","permissions"],"properties":{"name":{"type":"string"},)"
    R"("permissions":{"type":"array","items":{"type":"string"}},"expires_in_seconds":{"type":"integer","minimum":1},)"
    R"("rate_limit_per_minute":{"type":"integer","minimum":1}}})";
constexpr std::string_view kKeySchema =
    R"({"type":"object","required":["key_id","tenant_id","name","status","permissions"],"properties":{)"
    R"("key_id":{"type":"string"},"tenant_id":{"type":"string"},"name":{"type":"string"},"status":{"type":"string"},)"
    R"("permissions":{"type":"array","items":{"type":"string"}}}})";

/// The body of POST /api/keys, or what is wrong with it.
std::variant<NewKey, std::string> read_new_key(std::string_view body) {
  JsonReader reader;
  NewKey key;
  std::string wrong;
  const bool read = reader.read(body, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (name == "permissions")
      return JsonReader::array(item, [&](JsonValue& element) {
        if (!JsonReader::scalar(element, scalar) || scalar.kind != Scalar::Kind::text) return false;
        key.permissions.emplace_back(scalar.text);
        return key.permissions.size() <= kMostPermissions;
      });
    if (!JsonReader::scalar(item, scalar)) return false;
    const auto number = scalar.integer();
    if (name == "name") key.name = scalar.text;
    if (name == "expires_in_seconds") {
      if (!number || *number < 1 || *number > kLongestLife)
        wrong = "expires_in_seconds is from 1 to ten years";
      key.expires_in_seconds = number;
    }
    if (name == "rate_limit_per_minute") {
      if (!number || *number < 1 || *number > 100'000'000)
        wrong = "rate_limit_per_minute is from 1 to 100000000";
      key.rate_limit_per_minute = static_cast<int>(number.value_or(0));
    }
    return true;
  });
  if (!read) return "the body is {\"name\": \"...\", \"permissions\": [\"prices:read\", ...]}";
  if (!wrong.empty()) return wrong;
  if (key.name.empty() || key.name.size() > kLongestName) return "name has 1 to 200 bytes";
  if (key.permissions.empty()) return "permissions names at least one";
  for (const auto& one : key.permissions)
    if (std::find(permission::kAll.begin(), permission::kAll.end(), one) == permission::kAll.end())
      return "there is no permission " + one;
  return key;
}

void append_key(std::string& out, const KeyRow& row) {
  JsonObject object(out);
  object.text("key_id", row.key_id);
  object.text("tenant_id", row.tenant);
  object.text("name", row.name);
  object.text("status", row.status);
  std::vector<std::string> names;
  for (const auto name : split(row.permissions, ',')) {
    if (name.empty()) continue;
    auto& quoted = names.emplace_back("\"");
    append_escaped(quoted, name);
    quoted += '"';
  }
  append_list(object, "permissions", names);
  object.text_if("created_at", row.created_at);
  object.text_if("expires_at", row.expires_at);
  object.text_if("last_used_at", row.last_used_at);
  if (row.rate_limit_per_minute > 0) object.number("rate_limit_per_minute", row.rate_limit_per_minute);
  object.end();
}

class KeyApi {
 public:
  KeyApi(ApiKeys& keys, RateLimit& limit, const Log& log) : keys_(keys), limit_(limit), log_(log) {}

  // Nobody gives what he does not have: a key grants some of its own permissions, in its own tenant.
  [[nodiscard]] HttpResponse create(const ApiCall& call) const {
    auto read = read_new_key(call.request.body);
    if (const auto* wrong = std::get_if<std::string>(&read)) return bad_request(*wrong);
    auto& key = std::get<NewKey>(read);
    for (const auto& one : key.permissions)
      if (!call.caller.may(one) && !call.caller.may(permission::kAnyTenant))
        return http_error(403, "forbidden", "the API key cannot grant " + one + ", which it does not have");
    key.tenant = call.tenant;
    key.key_id = base64url_encode(random_bytes(16));
    const auto secret = base64url_encode(random_bytes(32));
    if (auto done = keys_.table().create(key, keys_.digest_of(secret)); !done) return no_table(done.error());
    log_.info("an API key was made",
              {{"key_id", key.key_id}, {"tenant", key.tenant}, {"by", call.caller.key_id}});
    HttpResponse response{.status = 201};
    JsonObject object(response.body);
    object.text("key_id", key.key_id);
    object.text("api_key", secret);
    object.text("tenant_id", key.tenant);
    object.text("name", key.name);
    object.text("note", "the key is shown this once");
    object.end();
    response.header("Cache-Control", "no-store");
    return response;
  }

  [[nodiscard]] HttpResponse list(const ApiCall& call) const {
    const auto rows = keys_.table().list(call.tenant, "");
    if (!rows) return no_table(rows.error());
    std::vector<std::string> items;
    for (const auto& row : *rows) append_key(items.emplace_back(), row);
    HttpResponse response;
    JsonObject object(response.body);
    object.text("tenant_id", call.tenant);
    append_list(object, "keys", items);
    object.end();
    return response;
  }

  [[nodiscard]] HttpResponse get(const ApiCall& call) const {
    const auto key_id = call.request.captured("key_id");
    const auto rows = keys_.table().list(call.tenant, key_id);
    if (!rows) return no_table(rows.error());
    if (rows->empty() || key_id.empty()) return http_error(404, "not_found", "there is no such key");
    HttpResponse response;
    append_key(response.body, rows->front());
    return response;
  }

  [[nodiscard]] HttpResponse revoke(const ApiCall& call) const {
    const auto key_id = call.request.captured("key_id");
    const auto revoked = keys_.table().revoke(call.tenant, key_id);
    if (!revoked) return no_table(revoked.error());
    if (!*revoked) return http_error(404, "not_found", "there is no such key");
    log_.info("an API key was revoked",
              {{"key_id", key_id}, {"tenant", call.tenant}, {"by", call.caller.key_id}});
    HttpResponse response;
    JsonObject object(response.body);
    object.text("key_id", key_id);
    object.text("status", "revoked");
    object.end();
    return response;
  }

  // A key of another tenant is as unknown here as one that does not exist.
  [[nodiscard]] HttpResponse validate(const ApiCall& call) const {
    JsonReader reader;
    std::string key;
    const bool read = reader.read(call.request.body, [&](std::string_view name, JsonValue& item) {
      Scalar scalar;
      if (!JsonReader::scalar(item, scalar)) return false;
      if (name == "api_key" && scalar.kind == Scalar::Kind::text) key = scalar.text;
      return true;
    });
    if (!read || key.empty()) return bad_request("the body is {\"api_key\": \"...\"}");
    const auto found = keys_.authenticate(key);
    if (!found && found.error().code != Code::denied) return no_table(found.error());
    const bool valid = found && call.caller.may_see((*found)->tenant);
    HttpResponse response;
    JsonObject object(response.body);
    object.boolean("valid", valid);
    if (valid) {
      object.text("key_id", (*found)->key_id);
      object.text("tenant_id", (*found)->tenant);
    }
    object.end();
    return response;
  }

  [[nodiscard]] HttpResponse rate_limit(const ApiCall& call) const {
    const auto verdict = limit_.look(call.caller.key_id, call.caller.rate_limit_per_minute);
    HttpResponse response;
    JsonObject object(response.body);
    object.text("key_id", call.caller.key_id);
    object.number("limit_per_minute", verdict.limit);
    object.number("remaining", verdict.remaining);
    object.end();
    return response;
  }

 private:
  [[nodiscard]] HttpResponse no_table(const Error& error) const {
    log_.warn("the table of API keys does not answer", error);
    return unavailable();
  }
  ApiKeys& keys_;
  RateLimit& limit_;
  const Log& log_;
};

}  // namespace

std::vector<ApiRoute> key_routes(ApiKeys& keys, RateLimit& limit, const Log& log) {
  const KeyApi api(keys, limit, log);
  const ApiParameter tenant{.name = "tenant_id", .doc = "the key's own when absent"};
  const ApiParameter id{.name = "key_id", .in = "path", .required = true, .doc = "of the key"};
  const std::vector<std::string_view> admin{permission::kKeysAdmin};
  return {{.method = "POST",
           .path = "/api/keys",
           .summary = "Makes a key; the answer shows it this once",
           .permissions = admin,
           .parameters = {tenant},
           .body = kNewKeySchema,
           .answer = R"({"type":"object","required":["key_id","api_key"]})",
           .success = 201,
           .handle = [api](const ApiCall& call) { return api.create(call); }},
          {.method = "GET",
           .path = "/api/keys",
           .summary = "The tenant's keys, without the keys themselves",
           .permissions = admin,
           .parameters = {tenant},
           .handle = [api](const ApiCall& call) { return api.list(call); }},
          {.method = "GET",
           .path = "/api/keys/{key_id}",
           .summary = "One key",
           .permissions = admin,
           .parameters = {id, tenant},
           .answer = kKeySchema,
           .handle = [api](const ApiCall& call) { return api.get(call); }},
          {.method = "DELETE",
           .path = "/api/keys/{key_id}",
           .summary = "Revokes a key on every replica",
           .permissions = admin,
           .parameters = {id, tenant},
           .handle = [api](const ApiCall& call) { return api.revoke(call); }},
          {.method = "POST",
           .path = "/api/keys/validate",
           .summary = "Is this key of the tenant good?",
           .permissions = admin,
           .parameters = {tenant},
           .body = R"({"type":"object","required":["api_key"],"properties":{"api_key":{"type":"string"}}})",
           .handle = [api](const ApiCall& call) { return api.validate(call); }},
          {.method = "GET",
           .path = "/api/rate-limit",
           .summary = "What is left of the caller's own limit",
           .permissions = {permission::kAll.begin(), permission::kAll.end()},
           .handle = [api](const ApiCall& call) { return api.rate_limit(call); }}};
}

}  // namespace dpctl::runtime
