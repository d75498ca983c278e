#include "pipeline-services/projection/served_routes.hpp"

#include "lib/base/strings.hpp"
#include "pipeline-services/access/api_parameters.hpp"
#include "pipeline-services/core/json_reader.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;
using io::http_error;
using io::HttpResponse;

constexpr std::string_view kProjectionSchema =
    R"({"type":"object","required":["projection_type","instrument_id","tenant_id","data","last_updated","metadata"],)"
    R"("properties":{"projection_type":{"type":"string"},"instrument_id":{"type":"string"},"tenant_id":{"type":"string"},)"
    R"("data":{"type":"object"},"last_updated":{"type":"string","format":"date-time"},"source":{"type":"string"},)"
    R"("metadata":{"type":"object"}}})";

HttpResponse projection(const ServedKey& key, const io::VersionedValue& value, std::string_view source) {
  HttpResponse response;
  response.body.reserve(value.value.size() + 320);
  JsonObject object(response.body);
  object.text("projection_type", key.type);
  object.text("instrument_id", key.instrument);
  object.text("tenant_id", key.tenant);
  object.raw("data") += value.value;
  object.time("last_updated", value.time);
  object.text("source", source);
  JsonObject metadata(object.raw("metadata"));
  metadata.number("event_time_us", value.time);
  metadata.number("revision", value.revision);
  metadata.text_if("name", key.name);
  metadata.text_if("window", key.window);
  metadata.end();
  object.end();
  return response;
}

HttpResponse absent() { return http_error(404, "not_found", "Projection not found"); }

/// What a request asks for, or what is missing.
using Asked = std::variant<ServedKey, HttpResponse>;

Asked asked_key(const ApiCall& call, std::string_view type) {
  ServedKey key{
      .type = std::string(type), .tenant = call.tenant, .instrument = text_parameter(call, "instrument_id")};
  if (key.instrument.empty()) return bad_request("the parameter instrument_id is missing");
  if (type == kCurveSnapshotType) {
    key.name = to_lower(text_parameter(call, "horizon"));
    if (key.name.empty()) key.name = to_lower(text_parameter(call, "shape"));
    if (key.name.empty()) return bad_request("the parameter horizon (or shape) is missing");
  } else if (type != kLatestPriceType) {
    key.type = text_parameter(call, "projection_type");
    if (key.type.empty() || key.type == kLatestPriceType || key.type == kCurveSnapshotType)
      return bad_request("projection_type is missing, or has a path of its own");
    key.name = text_parameter(call, "name");
    key.window = text_parameter(call, "window");
  }
  return key;
}

class ServedApi {
 public:
  ServedApi(ServedStore& store, ServedTables& tables, const Log& log)
      : store_(store), tables_(tables), log_(log) {}

  ApiRoute one(std::string_view path, std::string_view type, std::string_view summary,
               std::vector<std::string_view> permissions, std::vector<ApiParameter> parameters) const {
    parameters.push_back({.name = "tenant_id", .doc = "the key's own when absent"});
    return {.method = "GET",
            .path = path,
            .summary = summary,
            .permissions = std::move(permissions),
            .parameters = std::move(parameters),
            .answer = kProjectionSchema,
            .handle = [api = *this, type](const ApiCall& call) { return api.projection_of(call, type); },
            .quick = [api = *this, type](const ApiCall& call) { return api.quick_projection(call, type); }};
  }

  [[nodiscard]] HttpResponse projection_of(const ApiCall& call, std::string_view type) const {
    auto asked = asked_key(call, type);
    if (auto* wrong = std::get_if<HttpResponse>(&asked)) return std::move(*wrong);
    const auto& key = std::get<ServedKey>(asked);
    const auto found = store_.find(key);
    if (!found) return no_store(found.error());
    return found->value ? projection(key, *found->value, found->source) : absent();
  }

  [[nodiscard]] std::optional<HttpResponse> quick_projection(const ApiCall& call,
                                                             std::string_view type) const {
    const auto asked = asked_key(call, type);
    const auto* key = std::get_if<ServedKey>(&asked);
    if (key == nullptr) return std::get<HttpResponse>(asked);
    const auto found = store_.known(key->redis_key());
    if (found.value) return projection(*key, *found.value, "memory");
    if (found.absent) return absent();
    return std::nullopt;
  }

  [[nodiscard]] HttpResponse prices_latest(const ApiCall& call) const {
    const auto limit = limit_parameter(call, 100, 10'000);
    if (!limit) return bad_request("limit is a number from 1 to 10000");
    std::vector<std::string> prices;
    if (const auto instrument = text_parameter(call, "instrument_id"); !instrument.empty()) {
      const auto found = store_.find({std::string(kLatestPriceType), call.tenant, instrument});
      if (!found) return no_store(found.error());
      if (!found->value) return http_error(404, "not_found", "there is no price of this instrument");
      prices.push_back(found->value->value);
    } else {
      auto listed = tables_.list_prices(call.tenant, text_parameter(call, "after"), *limit);
      if (!listed) return no_store(listed.error());
      prices = *std::move(listed);
    }
    return list(call, "prices", prices);
  }

  [[nodiscard]] HttpResponse bars(const ApiCall& call) const {
    BarQuery query{.tenant = call.tenant, .instrument = text_parameter(call, "instrument_id")};
    if (query.instrument.empty()) return bad_request("the parameter instrument_id is missing");
    const auto limit = limit_parameter(call, 500, 10'000);
    if (!limit) return bad_request("limit is a number from 1 to 10000");
    query.limit = *limit;
    const auto interval = interval_of(call.request.parameter("interval").value_or("5m"));
    if (!interval) return bad_request("interval is no interval of bars, such as 5m, 1h or 1d");
    query.interval = *interval;
    query.to = 4'102'444'800LL * 1'000'000;  // the year 2100
    for (const auto& [name, bound] : {std::pair{"from", &query.from}, {"to", &query.to}}) {
      const auto text = text_parameter(call, name);
      if (text.empty()) continue;
      const auto time = parse_iso(text);
      if (!time) return bad_request(std::string(name) + " is no time such as 2026-01-31T00:00:00Z");
      *bound = *time;
    }
    const auto found = tables_.bars(query);
    if (!found) return no_store(found.error());
    return list(call, "bars", *found);
  }

  [[nodiscard]] HttpResponse curves(const ApiCall& call, const std::string& curve) const {
    const auto limit = limit_parameter(call, 100, 1'000);
    if (!limit) return bad_request("limit is a number from 1 to 1000");
    const auto found =
        tables_.list_curves(call.tenant, curve, to_lower(text_parameter(call, "horizon")), *limit);
    if (!found) return no_store(found.error());
    if (found->empty() && !curve.empty())
      return http_error(404, "not_found", "there is no snapshot of this curve");
    return list(call, "curves", *found);
  }

  [[nodiscard]] HttpResponse invalidate(const ApiCall& call) const {
    JsonReader reader;
    std::string instrument;
    bool all = false;
    const bool read = reader.read(call.request.body, [&](std::string_view name, JsonValue& item) {
      Scalar scalar;
      if (!JsonReader::scalar(item, scalar)) return false;
      if (name == "instrument_id" && scalar.kind == Scalar::Kind::text) instrument = scalar.text;
      if (name == "all") all = scalar.truth();
      return true;
    });
    if (!read || instrument.empty() == !all)
      return bad_request("the body is {\"instrument_id\": \"...\"} or {\"all\": true}");
    const auto removed = store_.invalidate(call.tenant, instrument);
    if (!removed) return no_store(removed.error());
    HttpResponse response;
    JsonObject object(response.body);
    object.text("tenant_id", call.tenant);
    object.number("removed", static_cast<std::int64_t>(*removed));
    object.end();
    return response;
  }

 private:
  [[nodiscard]] HttpResponse no_store(const Error& error) const {
    log_.warn("no store answers", error);
    return unavailable();
  }

  static HttpResponse list(const ApiCall& call, std::string_view name,
                           const std::vector<std::string>& items) {
    HttpResponse response;
    JsonObject object(response.body);
    object.text("tenant_id", call.tenant);
    object.number("count", static_cast<std::int64_t>(items.size()));
    append_list(object, name, items);
    object.end();
    return response;
  }

  ServedStore& store_;
  ServedTables& tables_;
  const Log& log_;
};

const ApiParameter kInstrument{.name = "instrument_id", .required = true, .doc = "as in the ticks"};
const ApiParameter kTenant{.name = "tenant_id", .doc = "the key's own when absent"};
const ApiParameter kLimit{.name = "limit", .type = "integer", .doc = "entries at most"};
const ApiParameter kHorizon{.name = "horizon", .doc = "such as 1m or 1y, without regard to case"};

std::vector<ApiRoute> list_routes(const ServedApi& api) {
  return {
      {.method = "GET",
       .path = "/prices/latest",
       .summary = "The newest price of one instrument, or of all of a tenant by name",
       .permissions = {permission::kPrices, permission::kProjections},
       .parameters = {{.name = "instrument_id", .doc = "one instrument; all when absent"},
                      {.name = "after", .doc = "begin behind this instrument"},
                      kLimit,
                      kTenant},
       .handle = [api](const ApiCall& call) { return api.prices_latest(call); }},
      {.method = "GET",
       .path = "/bars",
       .summary = "Bars of an instrument, oldest first; the newest ones when there are more than the limit",
       .permissions = {permission::kPrices},
       .parameters = {kInstrument,
                      {.name = "interval", .doc = "5m, 1h or 1d; 5m when absent"},
                      {.name = "from", .doc = "first interval start, ISO 8601"},
                      {.name = "to", .doc = "interval starts before this, ISO 8601"},
                      kLimit,
                      kTenant},
       .handle = [api](const ApiCall& call) { return api.bars(call); }},
      {.method = "GET",
       .path = "/curves/snapshots",
       .summary = "The newest snapshots of a tenant's curves",
       .permissions = {permission::kCurves},
       .parameters =
           {{.name = "instrument_id", .doc = "one curve; all when absent"}, kHorizon, kLimit, kTenant},
       .handle =
           [api](const ApiCall& call) { return api.curves(call, text_parameter(call, "instrument_id")); }},
      {.method = "GET",
       .path = "/curves/{curve_id}",
       .summary = "The newest snapshots of one curve, by horizon",
       .permissions = {permission::kCurves},
       .parameters = {{.name = "curve_id", .in = "path", .required = true, .doc = "the curve's instrument"},
                      kHorizon,
                      kLimit,
                      kTenant},
       .handle = [api](const ApiCall& call) { return api.curves(call, call.request.captured("curve_id")); }},
      {.method = "POST",
       .path = "/cache/invalidate",
       .summary = "Forgets what caches hold of an instrument, or of the whole tenant; the next reader asks "
                  "ClickHouse",
       .permissions = {permission::kCacheWrite},
       .parameters = {kTenant},
       .body =
           R"({"type":"object","properties":{"instrument_id":{"type":"string"},"all":{"type":"boolean"}}})",
       .handle = [api](const ApiCall& call) { return api.invalidate(call); }}};
}

}  // namespace

std::vector<ApiRoute> served_routes(ServedStore& store, ServedTables& tables, const Log& log) {
  const ServedApi api(store, tables, log);
  std::vector<ApiRoute> routes{
      api.one("/projections/latest_price", kLatestPriceType, "The newest price of an instrument",
              {permission::kPrices, permission::kProjections}, {kInstrument}),
      api.one("/projections/curve_snapshot", kCurveSnapshotType, "The newest snapshot of a curve",
              {permission::kCurves, permission::kProjections},
              {kInstrument,
               {.name = "horizon", .doc = kHorizon.doc},
               {.name = "shape", .doc = "base, on_peak or off_peak: instead of a horizon"}}),
      api.one("/projections/custom", "custom", "The newest spread, basis or statistic of an instrument",
              {permission::kProjections},
              {kInstrument,
               {.name = "projection_type", .required = true, .doc = "spread, basis, rolling_stat, ..."},
               {.name = "name", .doc = "which spread or statistic"},
               {.name = "window", .doc = "of a statistic"}})};
  for (auto& route : list_routes(api)) routes.push_back(std::move(route));
  return routes;
}

std::vector<ApiRoute> stream_routes(PriceStream& stream) {
  return {{.method = "GET",
           .path = "/ws/prices",
           .summary = "A WebSocket that tells prices as they change",
           .permissions = {permission::kPrices},
           .parameters = {kTenant},
           .websocket = [&stream](const ApiCall& call)
               -> std::variant<io::HttpResponse, std::shared_ptr<io::WebSocketListener>> {
             return stream.admit(std::string(api_key_of(call.request)), call.tenant);
           }}};
}

}  // namespace dpctl::runtime
