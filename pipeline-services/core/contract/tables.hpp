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

inline constexpr std::string_view kTaxonomyInstruments = "taxonomy_instruments";
inline constexpr std::string_view kCommodityRules = "taxonomy_commodity_rules";
inline constexpr std::string_view kRegionRules = "taxonomy_region_rules";
inline constexpr std::string_view kInstrumentAliases = "instrument_aliases";
inline constexpr std::string_view kApiKeys = "api_keys";
inline constexpr std::string_view kSchemaMigrations = "schema_migrations";

/// "served:latest_price:<tenant>:<instrument>".
inline std::string latest_price_key(std::string_view tenant, std::string_view instrument) {
  std::string key = "served:latest_price:";
  key += tenant;
  key += ':';
  key += instrument;
  return key;
}

inline constexpr int kHealthPort = 8080;
inline constexpr int kMetricsPort = 9090;
inline constexpr int kApiPort = 8085;

}  // namespace dpctl::pipeline::contract
