#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/kafka_sink.hpp"
#include "pipeline-services/tools/paced_sink.hpp"
#include "pipeline-services/tools/print_error.hpp"
#include "pipeline-services/tools/store_options.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  StoreOptions store;
  std::string bootstrap;
  std::uint64_t rate = kBackfillRate;
  int timeout_seconds = 600;
  bool dry_run = false;
};

constexpr std::uint64_t kTicksAtOnce = 200'000;

Result<std::uint64_t> run(const Options& options) {
  DPCTL_TRY(StoredRange range, options.store.range());
  io::ClickHouse store(options.store.clickhouse);
  DPCTL_TRY(const auto count, count_ticks(store, range));
  if (options.dry_run) return count;
  if (options.bootstrap.empty())
    return fail(Code::usage, "--bootstrap is missing").hint("give it, or set DATA_PROC_KAFKA_BOOTSTRAP");
  DPCTL_TRY(auto producer,
            io::Producer::open({.bootstrap = options.bootstrap, .client_id = "pipeline-reprocess"}));
  KafkaSink kafka(std::move(producer), std::chrono::seconds(options.timeout_seconds));
  PacedSink sink(kafka, options.rate);
  std::uint64_t sent = 0;
  std::string key, value;
  const auto send_again = [&](std::span<const EnrichedTick> ticks) -> Result<void> {
    for (const auto& tick : ticks) {
      EnrichedTick again = tick;
      again.backfill = true;
      key.assign(tick.tenant).append("|").append(tick.instrument_id);
      value.clear();
      append_enriched(value, again);
      DPCTL_CHECK(sink.put(contract::kEnrichedTopic, key, value));
      ++sent;
    }
    return {};
  };
  range.buckets = static_cast<std::uint32_t>(1 + count / kTicksAtOnce);
  for (range.bucket = 0; range.bucket < range.buckets; ++range.bucket) {
    DPCTL_TRY(const auto found, read_ticks(store, range));
    DPCTL_CHECK(send_again(found->ticks));
    DPCTL_CHECK(sink.flush());
  }
  return sent;
}

}  // namespace

Verb reprocess_verb() {
  return {"reprocess", "Send stored ticks of a range through the aggregation again, so that their bars are re-issued",
          [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            options->store.declare_server(app);
            options->store.declare_range(app);
            app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
                ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
            app.add_option("--rate", options->rate,
                           "ticks a second at most, for the sake of live records; 0: as fast as the brokers "
                           "take them")
                ->capture_default_str();
            app.add_option("--timeout", options->timeout_seconds, "seconds that an acknowledgement may take")
                ->capture_default_str();
            app.add_flag("--dry-run", options->dry_run, "only count the ticks");
            app.footer(
                "The ticks are marked as backfill: lateness limits do not apply, and bars that are final are "
                "made again from all stored ticks with a higher revision.\n\nExample:\n  pipeline reprocess "
                "--from 2026-02-26 --to 2026-02-27 --instrument NYISO.DAM.ZONE.WEST --bootstrap "
                "localhost:9092");
            return [options] {
              const auto sent = run(*options);
              if (!sent) return print_error(sent.error());
              std::printf("%llu ticks %s\n", static_cast<unsigned long long>(*sent),
                          options->dry_run ? "in the range" : "sent again");
              return kOk;
            };
          }};
}

}  // namespace dpctl::pipeline
