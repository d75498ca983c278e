// bench_sinks URL USER PASSWORD Native|JSONEachRow sync|async|token ROWS BATCH SALT: inserts generated ticks
// into silver_ticks and prints what it took as one JSON object. The text form is what the services sent
// before Native; async leaves the collecting to the server and waits for it; token names the content, as the
// services do.
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

/// The ticks of one insert, as the form wants them.
class Batch {
 public:
  explicit Batch(bool native) : native_(native) {}
  void add(const pipeline::Tick& tick, std::uint64_t version) {
    if (native_)
      runtime::append_tick_row(block_, tick, version);
    else
      append_text(text_, tick, version);
  }
  /// "(columns) SETTINGS … FORMAT …", a line feed and the rows.
  std::string insert(std::string_view settings) {
    std::string sql = fmt::format("INSERT INTO silver_ticks {} SETTINGS {} FORMAT {}\n",
                                  native_ ? "(" + block_.column_list() + ")" : "", settings,
                                  native_ ? "Native" : "JSONEachRow");
    const auto head = sql.size();
    if (native_)
      block_.encode(sql);
    else
      sql += text_;
    bytes_ += sql.size() - head;
    block_.clear();
    text_.clear();
    return sql;
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  bool native_;
  io::RowBlock block_;
  std::string text_;
  std::uint64_t bytes_ = 0;
};

std::string settings_of(std::string_view mode, const std::string& token) {
  if (mode == "async") return "async_insert=1, wait_for_async_insert=1, async_insert_deduplicate=0";
  if (mode == "token")
    return "async_insert=0, insert_deduplicate=1, insert_deduplication_token='" + token + "'";
  return "async_insert=0, insert_deduplicate=0";
}

double seconds(Clock::duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9)
    return std::fputs("usage: bench_sinks URL USER PASSWORD FORM MODE ROWS BATCH SALT\n", stderr), 2;
  const std::string form = argv[4], mode = argv[5], salt = argv[8];
  const auto rows = std::strtoull(argv[6], nullptr, 10), batch = std::strtoull(argv[7], nullptr, 10);
  io::ClickHouse clickhouse({.url = argv[1], .user = argv[2], .password = argv[3]});
  Batch waiting(form == "Native");
  Made made;
  Clock::duration encoding{}, sending{};
  for (std::uint64_t from = 0; from < rows; from += batch) {
    for (std::uint64_t i = from; i < std::min(rows, from + batch); ++i) {
      make(made, i, salt);
      const auto begin = Clock::now();
      waiting.add(made.tick, i);
      encoding += Clock::now() - begin;
    }
    const auto begin = Clock::now();
    const auto sql =
        waiting.insert(settings_of(mode, fmt::format("bench/{}/{}/{}/{}", form, salt, batch, from)));
    const auto encoded = Clock::now();
    const auto done = clickhouse.query(sql);
    encoding += encoded - begin;
    sending += Clock::now() - encoded;
    if (!done) return std::fprintf(stderr, "%s\n", one_line(done.error()).c_str()), 1;
  }
  const auto count = static_cast<double>(rows);
  std::printf("%s\n",
              fmt::format(R"({{"rows_per_second":{:.0f},"encode_ns_per_row":{:.1f},"bytes_per_row":{:.1f}}})",
                          count / seconds(encoding + sending), seconds(encoding) / count * 1e9,
                          static_cast<double>(waiting.bytes()) / count)
                  .c_str());
  return 0;
}
