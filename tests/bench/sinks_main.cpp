// bench_sinks URL USER PASSWORD Native|JSONEachRow ROWS BATCH SALT: inserts generated ticks into silver_ticks
// and prints what it took as one JSON object. The text form is what the services sent before Native.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/runtime/rows.hpp"

using namespace dpctl;
using Clock = std::chrono::steady_clock;

namespace {

struct Made {
  std::string id, instrument, raw_time;
  pipeline::Tick tick;
};

void make(Made& made, std::uint64_t number, std::string_view salt) {
  made.id = fmt::format("{:0>56}{:08x}", salt, number);
  made.instrument = fmt::format("PJM.RT5M.NODE.{}", number % 2000);
  made.raw_time = "2026-03-02T12:00:00Z";
  auto& tick = made.tick;
  tick.tenant = "default";
  tick.market = "PJM";
  tick.product = "RT5M";
  tick.location_type = "NODE";
  tick.location = tick.symbol = tick.instrument_id = made.instrument;
  tick.source_system = "ingestion.pjm";
  tick.tick_id = made.id;
  tick.source_event_id = "event-of-the-benchmark";
  tick.currency = "USD";
  tick.unit = "MWh";
  tick.raw_time = made.raw_time;
  tick.event_time = tick.interval_start =
      1'772'452'800'000'000 + static_cast<std::int64_t>(number) * 1'000'000;
  tick.ingested_at = tick.normalized_at = tick.event_time + 5;
  tick.interval_len = 300;
  tick.trade_date = 20'260'302;
  tick.hour_ending = 7;
  tick.price = {static_cast<std::int64_t>(number % 9000) * 1'000'000};
  tick.energy = tick.price;
  tick.congestion = pipeline::Fixed{};
}

// The columns that differ from the defaults; the rest is left to the server, which flatters this form.
void append_text(std::string& out, const pipeline::Tick& tick, std::uint64_t version) {
  pipeline::JsonObject row(out);
  row.text("tenant_id", tick.tenant);
  row.text("market", tick.market);
  row.text("product", tick.product);
  row.text("location_type", tick.location_type);
  row.text("location", tick.location);
  row.text("instrument_id", tick.instrument_id);
  row.text("symbol", tick.symbol);
  row.text("source_system", tick.source_system);
  row.text("tick_id", tick.tick_id);
  row.text("source_event_id", tick.source_event_id);
  row.text("currency", tick.currency);
  row.text("unit", tick.unit);
  row.text("raw_time", tick.raw_time);
  row.time("event_time", tick.event_time);
  row.time("interval_start", tick.interval_start);
  row.number("interval_seconds", tick.interval_len);
  row.time("ingested_at", tick.ingested_at);
  row.time("normalized_at", tick.normalized_at);
  row.text("trade_date", "2026-03-02");
  row.number("hour_ending", tick.hour_ending);
  row.decimal("price", tick.price);
  row.decimal("energy", tick.energy);
  row.decimal("congestion", tick.congestion);
  row.number("version", static_cast<std::int64_t>(version));
  row.end();
  out += '\n';
}

double seconds(Clock::duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) return std::fputs("usage: bench_sinks URL USER PASSWORD FORM ROWS BATCH SALT\n", stderr), 2;
  const std::string form = argv[4], salt = argv[7];
  const auto rows = std::strtoull(argv[5], nullptr, 10), batch = std::strtoull(argv[6], nullptr, 10);
  io::ClickHouse clickhouse({.url = argv[1], .user = argv[2], .password = argv[3]});
  io::RowBlock block;
  Made made;
  std::string body;
  Clock::duration encoding{}, sending{};
  std::uint64_t bytes = 0;
  for (std::uint64_t from = 0; from < rows; from += batch) {
    body.clear();
    block.clear();
    for (std::uint64_t i = from; i < std::min(rows, from + batch); ++i) {
      make(made, i, salt);
      const auto begin = Clock::now();
      if (form == "Native")
        runtime::append_tick_row(block, made.tick, i);
      else
        append_text(body, made.tick, i);
      encoding += Clock::now() - begin;
    }
    const auto begin = Clock::now();
    if (form == "Native") block.encode(body);
    encoding += Clock::now() - begin;
    bytes += body.size();
    const auto sent = Clock::now();
    const auto token = fmt::format("bench/{}/{}/{}/{}", form, salt, batch, from);
    Result<void> done;
    if (form == "Native") {
      done = clickhouse.insert("silver_ticks", block.column_list(), body, token);
    } else if (auto text = clickhouse.query("INSERT INTO silver_ticks FORMAT JSONEachRow\n" + body); !text) {
      done = fail(std::move(text).error());
    }
    sending += Clock::now() - sent;
    if (!done) return std::fprintf(stderr, "%s\n", one_line(done.error()).c_str()), 1;
  }
  const auto count = static_cast<double>(rows);
  std::printf("%s\n",
              fmt::format(R"({{"rows_per_second":{:.0f},"encode_ns_per_row":{:.1f},"bytes_per_row":{:.1f}}})",
                          count / seconds(encoding + sending), seconds(encoding) / count * 1e9,
                          static_cast<double>(bytes) / count)
                  .c_str());
  return 0;
}
