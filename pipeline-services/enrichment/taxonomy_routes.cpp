#include "pipeline-services/enrichment/taxonomy_routes.hpp"

#include "pipeline-services/access/api_parameters.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_reader.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;
using io::HttpResponse;

constexpr std::size_t kLongestInstrument = 200;
constexpr std::string_view kTaxonomySchema =
    R"({"type":"object","required":["commodity","region","product_tier","confidence","method","rules_version"],)"
    R"("properties":{"commodity":{"type":"string"},"region":{"type":"string"},"product_tier":{"type":"string"},)"
    R"("confidence":{"type":"number"},"method":{"type":"string"},"rules_version":{"type":"string"}}})";

void append_taxonomy(JsonObject& object, const Classification& found, std::string_view rules_version) {
  object.text("commodity", found.commodity);
  object.text("region", found.region);
  object.text("product_tier", found.tier);
  object.decimal("confidence", found.confidence);
  object.text("method", found.method);
  object.text("rules_version", rules_version);
  if (found.low_confidence()) object.boolean("low_confidence", true);
}

void append_metadata(JsonObject& object, const Classification& found) {
  object.text_if("unit", found.unit);
  object.decimal("contract_size", found.contract_size);
  object.decimal("tick_size", found.tick_size);
}

struct EnrichRequest {
  std::string instrument, market;
};

std::optional<EnrichRequest> read_request(std::string_view body) {
  JsonReader reader;
  EnrichRequest request;
  const bool read = reader.read(body, [&](std::string_view name, JsonValue& item) {
    Scalar scalar;
    if (!JsonReader::scalar(item, scalar)) return false;
    if (name == "instrument_id") request.instrument = scalar.text;
    if (name == "market") request.market = scalar.text;
    return true;
  });
  if (!read || request.instrument.empty() || request.instrument.size() > kLongestInstrument)
    return std::nullopt;
  return request;
}

class TaxonomyApi {
 public:
  TaxonomyApi(LiveTaxonomy& taxonomy, const EnrichmentStatus& status, const Log& log)
      : taxonomy_(taxonomy), status_(status), log_(log) {}

  [[nodiscard]] HttpResponse enrich(const ApiCall& call) const {
    const auto asked = read_request(call.request.body);
    if (!asked) return bad_request("the body is {\"instrument_id\": \"...\", \"market\": \"...\"}");
    const auto found = taxonomy_.classify(call.tenant, asked->market, asked->instrument);
    if (!found) return no_store(found.error());
    HttpResponse response;
    JsonObject object(response.body);
    object.boolean("enriched", true);
    object.text("instrument_id", asked->instrument);
    object.text("tenant_id", call.tenant);
    JsonObject metadata(object.raw("metadata"));
    append_metadata(metadata, *found);
    metadata.end();
    JsonObject taxonomy(object.raw("taxonomy"));
    append_taxonomy(taxonomy, *found, taxonomy_.shared_rules()->version());
    taxonomy.end();
    object.end();
    return response;
  }

  [[nodiscard]] HttpResponse taxonomy(const ApiCall& call) const {
    const auto instrument = call.request.captured("instrument_id");
    if (instrument.size() > kLongestInstrument) return bad_request("an instrument has at most 200 bytes");
    const auto found = taxonomy_.classify(call.tenant, text_parameter(call, "market"), instrument);
    if (!found) return no_store(found.error());
    HttpResponse response;
    JsonObject object(response.body);
    object.text("instrument_id", instrument);
    object.text("tenant_id", call.tenant);
    append_taxonomy(object, *found, taxonomy_.shared_rules()->version());
    object.end();
    return response;
  }

  [[nodiscard]] HttpResponse cache_status() const {
    HttpResponse response;
    JsonObject object(response.body);
    object.number("remembered", static_cast<std::int64_t>(status_.remembered));
    object.number("ticks", static_cast<std::int64_t>(status_.ticks));
    object.number("looked_up", static_cast<std::int64_t>(status_.unknown));
    object.text("rules_version", taxonomy_.shared_rules()->version());
    object.number("rules", static_cast<std::int64_t>(taxonomy_.shared_rules()->rules().size()));
    object.boolean("hears_changes", taxonomy_.hears_changes());
    object.end();
    return response;
  }

  [[nodiscard]] HttpResponse refresh() const {
    taxonomy_.forget_everything();
    return {.status = 202, .body = R"({"status":"refreshing","effect":"before the next batch"})"};
  }

  [[nodiscard]] HttpResponse status() const {
    HttpResponse response;
    JsonObject object(response.body);
    object.text("service", "enrichment-service");
    object.text("status", !taxonomy_.connected() || taxonomy_.hears_changes() ? "running" : "degraded");
    object.text("rules_version", taxonomy_.shared_rules()->version());
    object.end();
    return response;
  }

 private:
  [[nodiscard]] HttpResponse no_store(const Error& error) const {
    log_.warn("the taxonomy does not answer", error);
    return unavailable();
  }
  LiveTaxonomy& taxonomy_;
  const EnrichmentStatus& status_;
  const Log& log_;
};

}  // namespace

std::vector<ApiRoute> taxonomy_routes(LiveTaxonomy& taxonomy, const EnrichmentStatus& status,
                                      const Log& log) {
  const TaxonomyApi api(taxonomy, status, log);
  const ApiParameter tenant{.name = "tenant_id", .doc = "the key's own when absent"};
  return {
      {.method = "POST",
       .path = "/enrich",
       .summary = "What is known of an instrument, as a tick of it would get it",
       .permissions = {permission::kEnrich},
       .parameters = {tenant},
       .body =
           R"({"type":"object","required":["instrument_id"],"properties":{"instrument_id":{"type":"string"},)"
           R"("market":{"type":"string"}}})",
       .handle = [api](const ApiCall& call) { return api.enrich(call); }},
      {.method = "GET",
       .path = "/taxonomy/{instrument_id}",
       .summary = "The classification of an instrument",
       .permissions = {permission::kEnrich},
       .parameters = {{.name = "instrument_id", .in = "path", .required = true, .doc = "as in the ticks"},
                      {.name = "market", .doc = "of the instrument"},
                      tenant},
       .answer = kTaxonomySchema,
       .handle = [api](const ApiCall& call) { return api.taxonomy(call); }},
      {.method = "GET",
       .path = "/cache/status",
       .summary = "What this replica remembers",
       .permissions = {permission::kEnrich},
       .handle = [api](const ApiCall&) { return api.cache_status(); }},
      {.method = "POST",
       .path = "/cache/refresh",
       .summary = "Forgets everything before the next batch and reads the rules again",
       .permissions = {permission::kCacheWrite},
       .success = 202,
       .handle = [api](const ApiCall&) { return api.refresh(); }},
      {.method = "GET",
       .path = "/status",
       .summary = "How the service does",
       .handle = [api](const ApiCall&) { return api.status(); }}};
}

}  // namespace dpctl::runtime
