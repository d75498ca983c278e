#pragma once

#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/project.hpp"
#include "pipeline-services/core/tick.hpp"
#include "pipeline-services/io/clickhouse_native.hpp"

/// Rows of the ClickHouse tables (migrations/clickhouse). A column is one line in rows.cpp and one in a
/// migration; the line's method is the column's type. Decimals travel as integers of 1e-8, never as doubles.
namespace dpctl::runtime {

/// The version column of ticks: revision first, then the order of arrival (the offset in the source
/// partition).
std::uint64_t tick_version(std::int64_t revision, std::int64_t offset);

void append_tick_row(io::RowBlock& out, const pipeline::Tick& tick, std::uint64_t version);
void append_enriched_row(io::RowBlock& out, const pipeline::EnrichedTick& tick, std::uint64_t version);
void append_bar_row(io::RowBlock& out, const pipeline::Bar& bar, std::uint64_t version);
void append_latest_row(io::RowBlock& out, const pipeline::LatestPrice& latest, pipeline::Micros now);
void append_view_row(io::RowBlock& out, const pipeline::ServedView& view, pipeline::Micros now);

/// 3 for 1m to 0 for days and blocks: of two prices of one time the finer interval's is served.
int rank_of(pipeline::Interval interval);

}  // namespace dpctl::runtime
