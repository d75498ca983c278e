#pragma once

#include <array>
#include <string>
#include <string_view>

/// Names in the stores and of the HTTP surface.
namespace dpctl::pipeline::contract {

inline constexpr std::string_view kDatabase = "data_processing";
inline constexpr std::string_view kSilverTicks = "silver_ticks";
inline constexpr std::string_view kEnrichedTicks = "enriched_ticks";
inline constexpr std::string_view kBars5m = "bars_5m";
inline constexpr std::string_view kBars1h = "bars_1h";
inline constexpr std::string_view kBars1d = "bars_1d";
/// "bars_5m", "bars_on_peak": one table for each interval.
inline std::string bars_table(std::string_view interval) { return "bars_" + std::string(interval); }
inline constexpr std::string_view kDerivedValues = "derived_values";
inline constexpr std::string_view kCurvePoints = "curve_points";
inline constexpr std::string_view kServedLatest = "served_latest";
inline constexpr std::string_view kServedProjections = "served_projections";

inline constexpr std::string_view kTaxonomyInstruments = "taxonomy_instruments";
inline constexpr std::string_view kCommodityRules = "taxonomy_commodity_rules";
inline constexpr std::string_view kRegionRules = "taxonomy_region_rules";
inline constexpr std::string_view kInstrumentAliases = "instrument_aliases";
inline constexpr std::string_view kApiKeys = "api_keys";
inline constexpr std::string_view kSchemaMigrations = "schema_migrations";

/// One part of a Redis key: ':' and '%' are written %3A and %25, so that no tenant's name reaches into
/// another's keys.
inline std::string key_part(std::string_view text) {
  std::string part;
  for (const char c : text) {
    if (c == ':')
      part += "%3A";
    else if (c == '%')
      part += "%25";
    else
      part += c;
  }
  return part;
}

/// "served:latest_price:<tenant>:<instrument>".
inline std::string latest_price_key(std::string_view tenant, std::string_view instrument) {
  return "served:latest_price:" + key_part(tenant) + ":" + key_part(instrument);
}
/// "served:curve_snapshot:<tenant>:<instrument>:<horizon>".
inline std::string curve_snapshot_key(std::string_view tenant, std::string_view instrument,
                                      std::string_view horizon) {
  return "served:curve_snapshot:" + key_part(tenant) + ":" + key_part(instrument) + ":" + key_part(horizon);
}
/// "served:custom:<type>:<tenant>:<instrument>:<name>:<window>": a key for each window, so none overwrites
/// another.
inline std::string custom_key(std::string_view type, std::string_view tenant, std::string_view instrument,
                              std::string_view name, std::string_view window) {
  return "served:custom:" + key_part(type) + ":" + key_part(tenant) + ":" + key_part(instrument) + ":" +
         key_part(name) + ":" + key_part(window);
}
/// Redis channel on which every value that became the newest is told: "key\nversion\njson".
inline constexpr std::string_view kServedUpdates = "served:updates";
/// PostgreSQL channels, notified by triggers.
inline constexpr std::string_view kApiKeysChanged = "api_keys_changed";
inline constexpr std::string_view kTaxonomyChanged = "taxonomy_changed";

inline constexpr int kHealthPort = 8080;
inline constexpr int kMetricsPort = 9090;
inline constexpr int kApiPort = 8085;

}  // namespace dpctl::pipeline::contract
