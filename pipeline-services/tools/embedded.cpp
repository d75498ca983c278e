// embedded.cpp: the four stages joined by their messages, as Kafka joins the services, with files in place of
// topics.
#include "pipeline-services/tools/embedded.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>

#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/enrich.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::size_t kBatch = 1000;

/// A file of lines; the first error stays.
class Lines {
 public:
  explicit Lines(const std::filesystem::path& path)
      : path_(path), file_(path, std::ios::binary | std::ios::trunc) {}
  void add(std::string_view line) { file_ << line << '\n'; }
  void raw(std::string_view bytes) { file_ << bytes; }
  Result<void> close() {
    file_.close();
    if (!file_)
      return fail(Code::failed, "cannot write {}", path_.string())
          .hint("is there room, and may this user write there?");
    return {};
  }

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

/// A stage's output as the next one's input.
class Link {
 public:
  explicit Link(std::string_view topic) : topic_(topic) {}
  std::span<const SourceMessage> of(const OutMessages& out) {
    messages_.clear();
    for (std::size_t i = 0; i < out.size(); ++i)
      messages_.push_back(
          {.topic = topic_, .partition = 0, .offset = next_++, .key = out.key(i), .value = out.value(i)});
    return messages_;
  }

 private:
  std::string_view topic_;
  std::int64_t next_ = 0;
  std::vector<SourceMessage> messages_;
};

class Run {
 public:
  explicit Run(const EmbeddedOptions& options)
      : options_(options),
        normalizer_(options.normalize),
        aggregator_(options.bars),
        rolling_(options.rolling),
        spreads_(options.spreads, 10'000 * kDay),
        catalog_(Catalog::with_defaults()) {}

  void take(std::span<const SourceMessage> raw);
  void finish();
  Result<EmbeddedResult> write_tables();

 private:
  void count_raw(std::span<const SourceMessage> raw);
  void after_bars();
  void derive();
  void dead_letters(const DeadLetters& dead) {
    for (std::size_t i = 0; i < dead.size(); ++i) dead_.add(dead.value(i));
    result_.dead_letters += dead.size();
  }

  const EmbeddedOptions& options_;
  Normalizer normalizer_;
  Enricher enricher_;
  Aggregator aggregator_;
  Rolling rolling_;
  Spreads spreads_;
  std::vector<DerivedValue> derived_values_;
  Projector projector_;
  Catalog catalog_;
  NormalizeOutput normalized_out_;
  EnrichOutput enriched_out_;
  BarOutput bars_out_;
  OutMessages bar_messages_;
  ProjectOutput latest_out_;
  Link to_enrichment_{contract::kNormalizedTopic}, to_aggregation_{contract::kEnrichedTopic},
      to_projection_{contract::kBarsTopic};
  Lines raw_{options_.output / "raw.jsonl"}, normalized_{options_.output / "normalized.jsonl"},
      enriched_{options_.output / "enriched.jsonl"}, bars_{options_.output / "bars.jsonl"},
      dead_{options_.output / "dead_letters.jsonl"}, derived_{options_.output / "derived.jsonl"};
  std::map<std::tuple<std::string, std::string, Interval, Micros>, std::string>
      bar_rows_;  ///< newest revision
  std::map<std::pair<std::string, std::string>, LatestPrice> latest_;
  std::string line_;
  EmbeddedResult result_;
};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

/// "NYISO" of "ingestion.nyiso.raw.v1".
std::string market_of_topic(std::string_view topic) {
  topic.remove_prefix(topic.find('.') + 1);
  return upper(topic.substr(0, topic.find('.')));
}

void Run::count_raw(std::span<const SourceMessage> raw) {
  for (const auto& message : raw) {
    raw_.add(message.value);
    ++result_.markets[market_of_topic(message.topic)].raw;
  }
}

void Run::take(std::span<const SourceMessage> raw) {
  count_raw(raw);
  normalized_out_.clear();
  enriched_out_.clear();
  bars_out_.clear();
  normalizer_.run(raw, options_.now, normalized_out_);
  for (const auto& tick : normalized_out_.batch.ticks) {
    auto& market = result_.markets[std::string(tick.market)];
    ++market.normalized;
    if (tick.quality != 0) ++market.flagged;
  }
  for (std::size_t i = 0; i < normalized_out_.messages.size(); ++i)
    normalized_.add(normalized_out_.messages.value(i));
  for (std::size_t i = 0; i < normalized_out_.dead.size(); ++i)
    ++result_.markets[market_of_topic(normalized_out_.dead.topic(i))].dead;
  enricher_.run(to_enrichment_.of(normalized_out_.messages), catalog_, options_.now, enriched_out_);
  for (std::size_t i = 0; i < enriched_out_.messages.size(); ++i)
    enriched_.add(enriched_out_.messages.value(i));
  aggregator_.run(to_aggregation_.of(enriched_out_.messages), options_.now, bars_out_);
  dead_letters(normalized_out_.dead);
  dead_letters(enriched_out_.dead);
  after_bars();
}

void Run::finish() {
  bars_out_.clear();
  aggregator_.close_all(bars_out_);
  after_bars();
}

void Run::after_bars() {
  latest_out_.clear();
  bar_messages_.clear();
  identify(bars_out_);
  for (const auto& bar : bars_out_.bars)
    bar_messages_.add(bar.instrument_id, [&](std::string& bytes) { append_bar(bytes, bar); });
  for (std::size_t i = 0; i < bar_messages_.size(); ++i) bars_.add(bar_messages_.value(i));
  for (const auto& bar : bars_out_.bars)
    bar_rows_[{std::string(bar.tenant), std::string(bar.instrument_id), bar.interval, bar.start}] =
        csv_row(bar);
  for (const auto& bar : bars_out_.bars)
    if (!bar.revised) ++result_.markets[std::string(bar.market)].bars[std::string(name_of(bar.interval))];
  derive();
  projector_.run(to_projection_.of(bar_messages_), options_.now, latest_out_);
  for (const auto& update : latest_out_.updates) latest_[{update.tenant, update.instrument_id}] = update;
  dead_letters(bars_out_.dead);
  dead_letters(latest_out_.dead);
}

void Run::derive() {
  derived_values_.clear();
  for (const auto& bar : bars_out_.bars) {
    rolling_.add(bar, derived_values_);
    if (auto quotes = bid_ask_spread(bar)) derived_values_.push_back(std::move(*quotes));
    spreads_.add(bar, derived_values_);
  }
  for (const auto& value : derived_values_) {
    line_.clear();
    append_derived(line_, value);
    derived_.add(line_);
  }
  result_.derived += derived_values_.size();
}

Result<EmbeddedResult> Run::write_tables() {
  result_.missing_legs = spreads_.missing();
  if (!options_.curves.empty()) {
    Lines curves(options_.output / "curves.jsonl");
    for (const auto& curve : options_.curves) {
      line_.clear();
      append_curve(line_, curve);
      curves.add(line_);
    }
    DPCTL_CHECK(curves.close());
  }
  Lines bars(options_.output / "bars.csv");
  bars.raw(kBarsHeader);
  for (const auto& [key, row] : bar_rows_) bars.raw(row);
  Lines latest(options_.output / "latest.csv");
  latest.raw(kLatestHeader);
  for (const auto& [key, price] : latest_) {
    latest.raw(csv_row(price));
    auto& market = result_.markets[price.market];
    ++market.instruments;
    if (market.latest.instrument_id.empty() || price.event_time > market.latest.event_time)
      market.latest = price;
  }
  for (auto* file : {&raw_, &normalized_, &enriched_, &bars_, &dead_, &derived_, &bars, &latest})
    DPCTL_CHECK(file->close());
  return std::move(result_);
}

}  // namespace

Result<EmbeddedResult> run_embedded(const Feed& feed, const EmbeddedOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.output, error);
  if (error) return fail(Code::failed, "cannot make folder {}: {}", options.output.string(), error.message());
  DPCTL_CHECK(load_time_zones());
  const auto begin = std::chrono::steady_clock::now();
  Run run(options);
  std::vector<SourceMessage> batch;
  std::map<std::string_view, std::int64_t> offsets;
  for (std::size_t at = 0; at < feed.messages.size();) {
    batch.clear();
    for (; at < feed.messages.size() && batch.size() < kBatch; ++at) {
      const auto& message = feed.messages[at];
      batch.push_back({.topic = message.topic,
                       .partition = 0,
                       .offset = offsets[message.topic]++,
                       .key = message.key,
                       .value = message.value});
    }
    run.take(batch);
  }
  run.finish();
  DPCTL_TRY(auto result, run.write_tables());
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace dpctl::pipeline
