// verb_report.cpp: what went in and what came out of a running pipeline, a line per market.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::string bootstrap;
  io::ClickHouseOptions clickhouse{};
  std::string environment = "local";
  int wait_seconds = 0;
  int settle_seconds = 15;
};

using Row = std::map<std::string, std::string>;  // column -> value
using Columns = std::map<std::string, Row>;      // market -> columns
constexpr std::array<std::string_view, 9> kColumns{"RAW",     "LAG",     "NORMALISED", "FLAGGED",     "DEAD",
                                                   "BARS-5M", "BARS-1H", "BARS-1D",    "LATEST-PRICE"};

struct Lag {
  std::int64_t records = 0, behind = 0;
};

/// Records of a topic, and how many of them `group` has not committed yet.
Result<Lag> lag_of(io::Admin& admin, const std::string& topic, const std::string& group, Deadline deadline) {
  const std::string names[] = {topic};
  DPCTL_TRY(const auto ranges, admin.ranges(names, deadline));
  std::vector<io::TopicPartition> partitions;
  for (const auto& range : ranges) partitions.push_back(range.at);
  DPCTL_TRY(const auto committed, admin.committed(group, partitions, deadline));
  Lag lag;
  for (const auto& range : ranges) {
    lag.records += range.end - range.begin;
    std::int64_t next = range.begin;
    for (const auto& position : committed)
      if (position.at == range.at && position.offset >= 0) next = position.offset;
    lag.behind += range.end - next;
  }
  return lag;
}

Result<Columns> raw_columns(io::Admin& admin, const Options& options, Deadline deadline,
                            std::int64_t& behind) {
  Columns columns;
  for (std::size_t i = 0; i < contract::kMarkets.size(); ++i) {
    DPCTL_TRY(const auto lag, lag_of(admin, std::string(contract::kRawTopics[i]),
                                     "normalization-" + options.environment, deadline));
    std::string market(contract::kMarkets[i]);
    std::transform(market.begin(), market.end(), market.begin(),
                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    columns[market] = {{"RAW", std::to_string(lag.records)}, {"LAG", std::to_string(lag.behind)}};
    behind += lag.behind;
  }
  return columns;
}

/// Messages that the later stages have not committed yet.
Result<std::int64_t> later_lag(io::Admin& admin, const Options& options, Deadline deadline) {
  const std::pair<std::string_view, std::string_view> stages[] = {{contract::kNormalizedTopic, "enrichment-"},
                                                                  {contract::kEnrichedTopic, "aggregation-"},
                                                                  {contract::kBarsTopic, "projection-"}};
  std::int64_t behind = 0;
  for (const auto& [topic, group] : stages) {
    DPCTL_TRY(const auto lag,
              lag_of(admin, std::string(topic), std::string(group) + options.environment, deadline));
    behind += lag.behind;
  }
  return behind;
}

Result<void> add_counts(io::ClickHouse& store, Columns& columns, const std::vector<std::string>& names,
                        const std::string& sql) {
  DPCTL_TRY(const auto answer, store.query(sql + " FORMAT TSV"));
  for (const auto line : split(answer, '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() != names.size() + 1) continue;
    for (std::size_t i = 0; i < names.size(); ++i)
      columns[std::string(fields[0])][names[i]] = std::string(fields[i + 1]);
  }
  return {};
}

Result<void> store_columns(io::ClickHouse& store, Columns& columns) {
  DPCTL_CHECK(
      add_counts(store, columns, {"NORMALISED", "FLAGGED"},
                 fmt::format("SELECT upper(market), count(), countIf(quality != 0) FROM {} FINAL GROUP BY 1",
                             contract::kSilverTicks)));
  const std::pair<const char*, std::string_view> bars[] = {
      {"BARS-5M", contract::kBars5m}, {"BARS-1H", contract::kBars1h}, {"BARS-1D", contract::kBars1d}};
  for (const auto& [name, table] : bars)
    DPCTL_CHECK(add_counts(
        store, columns, {name},
        fmt::format("SELECT upper(market), count() FROM {} FINAL WHERE is_final GROUP BY 1", table)));
  return add_counts(
      store, columns, {"LATEST-PRICE"},
      fmt::format("SELECT upper(market), argMax(concat(instrument_id, ' ', toString(price), ' at ', "
                  "formatDateTime(event_time, '%Y-%m-%dT%H:%i:%SZ', 'UTC')), (event_time, instrument_id)) "
                  "FROM {} FINAL GROUP BY 1",
                  contract::kServedLatest));
}

/// Dead letters by market: the topic that the original came from names it.
Result<void> dead_columns(const Options& options, Columns& columns, Deadline deadline) {
  std::map<std::string, std::uint64_t> counts;
  const auto each = [&](const io::Record& record) {
    for (const auto market : contract::kMarkets)
      if (record.value.find(fmt::format("ingestion.{}.raw", market)) != std::string_view::npos)
        ++counts[std::string(market)];
    return true;
  };
  auto read =
      io::read_topic(options.bootstrap, std::string(contract::kNormalizationDeadLetters), deadline, each);
  if (!read) return fail(std::move(read).error());
  for (auto& [market, row] : columns) row["DEAD"] = std::to_string(counts[to_lower(market)]);
  return {};
}

void print_table(const Columns& columns) {
  std::array<std::size_t, kColumns.size()> widths{};
  const auto cell = [](const Row& row, std::string_view name) {
    const auto found = row.find(std::string(name));
    return found == row.end() ? std::string(name == "LATEST-PRICE" ? "none" : "0") : found->second;
  };
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    widths[i] = kColumns[i].size();
    for (const auto& [market, row] : columns) widths[i] = std::max(widths[i], cell(row, kColumns[i]).size());
  }
  std::string out = fmt::format("{:<8}", "MARKET");
  for (std::size_t i = 0; i < kColumns.size(); ++i)
    out += i + 1 < kColumns.size() ? fmt::format("{:>{}}  ", kColumns[i], widths[i])
                                   : fmt::format("{}\n", kColumns[i]);
  for (const auto& [market, row] : columns) {
    out += fmt::format("{:<8}", market);
    for (std::size_t i = 0; i < kColumns.size(); ++i)
      out += i + 1 < kColumns.size() ? fmt::format("{:>{}}  ", cell(row, kColumns[i]), widths[i])
                                     : cell(row, kColumns[i]) + "\n";
  }
  std::fputs(out.c_str(), stdout);
}

/// Waits until every stage has committed all it was given and what is stored has not changed for a while: the
/// last bars become final only after the idle timeout of their partitions.
Result<void> wait_until_drained(io::Admin& admin, io::ClickHouse& store, const Options& options) {
  const auto deadline = Deadline::after(std::chrono::seconds(options.wait_seconds));
  const std::string state = fmt::format(
      "SELECT (SELECT (count(), max(version), sum(is_final)) FROM {} FINAL), (SELECT (count(), max(version), "
      "sum(is_final)) FROM {} FINAL), "
      "(SELECT (count(), max(version), sum(is_final)) FROM {} FINAL)",
      contract::kBars5m, contract::kBars1h, contract::kBars1d);
  std::string seen;
  auto since = std::chrono::steady_clock::now();
  for (;;) {
    std::int64_t behind = 0;
    DPCTL_TRY(const auto raw, raw_columns(admin, options, deadline, behind));
    DPCTL_TRY(const auto later, later_lag(admin, options, deadline));
    DPCTL_TRY(auto stored, store.query(state));
    stored += std::to_string(behind + later);
    if (stored != seen) since = std::chrono::steady_clock::now();
    seen = std::move(stored);
    if (behind + later == 0 &&
        std::chrono::steady_clock::now() - since >= std::chrono::seconds(options.settle_seconds))
      return {};
    if (deadline.passed())
      return fail(Code::timed_out, "{} messages are still behind after {} s", behind + later,
                  options.wait_seconds)
          .hint("look at the services: dpctl status, kubectl logs -n data-processing");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

Result<void> run(const Options& options) {
  DPCTL_TRY(const auto admin, io::Admin::open(options.bootstrap));
  io::ClickHouse store(options.clickhouse);
  if (options.wait_seconds > 0) DPCTL_CHECK(wait_until_drained(*admin, store, options));
  const auto deadline = Deadline::after(std::chrono::seconds(60));
  std::int64_t behind = 0;
  DPCTL_TRY(auto columns, raw_columns(*admin, options, deadline, behind));
  DPCTL_CHECK(store_columns(store, columns));
  DPCTL_CHECK(dead_columns(options, columns, deadline));
  print_table(columns);
  return {};
}

}  // namespace

Verb report_verb() {
  return {
      "report", "What went in and what came out of a running pipeline, a line per market", [](CLI::App& app) {
        auto options = std::make_shared<Options>();
        app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
            ->required()
            ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
        app.add_option("--clickhouse", options->clickhouse.url, "HTTP interface")
            ->envname("DATA_PROC_CLICKHOUSE_URL")
            ->capture_default_str();
        app.add_option("--user", options->clickhouse.user, "its user")
            ->envname("DATA_PROC_CLICKHOUSE_USER")
            ->capture_default_str();
        app.add_option("--password", options->clickhouse.password, "its password; better by the variable")
            ->envname("DATA_PROC_CLICKHOUSE_PASSWORD");
        app.add_option("--database", options->clickhouse.database, "database")
            ->envname("DATA_PROC_CLICKHOUSE_DATABASE")
            ->capture_default_str();
        app.add_option("--environment", options->environment, "names the consumer groups")
            ->envname("DATA_PROC_ENV")
            ->capture_default_str();
        app.add_option("--wait", options->wait_seconds,
                       "first wait at most this many seconds until nothing is behind and the bars stand")
            ->capture_default_str();
        app.add_option("--settle", options->settle_seconds, "seconds without a change that count as standing")
            ->capture_default_str();
        app.footer(
            "Example:\n  pipeline report --bootstrap localhost:9092 --clickhouse http://localhost:8123 "
            "--wait 120");
        return [options] {
          const auto done = run(*options);
          return done ? kOk : print_error(done.error());
        };
      }};
}

}  // namespace dpctl::pipeline
