#pragma once

#include <string>

#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/project.hpp"
#include "pipeline-services/core/tick.hpp"

/// Rows of the ClickHouse tables (migrations/clickhouse) in JSONEachRow form, one line each. Decimals are
/// written as text with all their digits, so nothing passes through a double.
namespace dpctl::runtime {

/// The version column of ticks: revision first, then the order of arrival (the offset in the source
/// partition).
std::uint64_t tick_version(std::int64_t revision, std::int64_t offset);

void append_tick_row(std::string& out, const pipeline::Tick& tick, std::uint64_t version);
void append_enriched_row(std::string& out, const pipeline::EnrichedTick& tick, std::uint64_t version);
void append_bar_row(std::string& out, const pipeline::Bar& bar, std::uint64_t version);
void append_latest_row(std::string& out, const pipeline::LatestPrice& latest, pipeline::Micros now);

/// 3 for 1m to 0 for days and blocks: of two prices of one time the finer interval's is served.
int rank_of(pipeline::Interval interval);

}  // namespace dpctl::runtime
