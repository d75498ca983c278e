#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/curves.hpp"
#include "pipeline-services/core/normalize.hpp"
#include "pipeline-services/core/project.hpp"
#include "pipeline-services/core/rolling.hpp"
#include "pipeline-services/core/spreads.hpp"
#include "pipeline-services/tools/feed.hpp"

namespace dpctl::pipeline {

/// What the four stages did for one market.
struct MarketSummary {
  std::uint64_t raw = 0, normalized = 0, flagged = 0, dead = 0;
  std::map<std::string, std::uint64_t> bars;  ///< by interval
  std::uint64_t instruments = 0;
  LatestPrice latest;  ///< the newest; empty instrument_id when there is none
};

struct EmbeddedResult {
  std::map<std::string, MarketSummary> markets;  ///< by upper-case name
  std::uint64_t dead_letters = 0;
  std::uint64_t derived = 0;         ///< rolling statistics, spreads and basis
  std::uint64_t missing_legs = 0;    ///< windows of spreads without a value
  double seconds = 0;  ///< of the four stages, without reading files
};

struct EmbeddedOptions {
  std::filesystem::path output;
  NormalizeOptions normalize{};
  BarOptions bars{};
  std::vector<RollingWindow> rolling{};
  std::vector<Spread> spreads{};
  std::vector<ForwardCurve> curves{};  ///< written beside the rest
  Micros now = 0;
};

/// Runs all four stages over the feed in this process and writes raw.jsonl, normalized.jsonl, enriched.jsonl,
/// bars.jsonl, bars.csv, latest.csv, derived.jsonl, curves.jsonl and dead_letters.jsonl into the output folder. The end of input makes
/// every bar final. Same feed, options and `now`: same bytes.
Result<EmbeddedResult> run_embedded(const Feed& feed, const EmbeddedOptions& options);

/// The table that `pipeline run` prints: a line per market.
std::string summary_table(const EmbeddedResult& result);

/// Lines of bars.csv and latest.csv, with their line feed.
std::string csv_row(const Bar& bar);
std::string csv_row(const LatestPrice& latest);
inline constexpr std::string_view kBarsHeader =
    "tenant,instrument_id,market,product,location_type,location,interval,interval_start,interval_end,open,"
    "high,low,close,twap,vwap,"
    "volume,tick_count,excluded_count,first_time,last_time,quality_mask,revision,is_final,aggregation_id\n";
inline constexpr std::string_view kLatestHeader =
    "tenant,instrument_id,market,product,location_type,location,price,currency,unit,event_time,interval,"
    "interval_start,revision,"
    "quality_mask\n";

}  // namespace dpctl::pipeline
