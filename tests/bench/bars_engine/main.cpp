// bench_bars: feeds made ticks to the aggregator and measures the CPU time it takes (workload B4).
//
// Tick k of n has event time start + k·spacing and belongs to a random one of the instruments. Ticks arrive
// shuffled within 30 s; one in a hundred is late by up to five minutes more, two in a thousand come twice.
// Everything follows from the seed. Making ticks is not measured, encoding bars neither.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/hash.hpp"

using namespace dpctl::pipeline;

namespace {

constexpr Micros kStart = 1'772'150'400 * kSecond;  // 2026-02-27T00:00Z
constexpr Micros kShuffle = 30 * kSecond;
constexpr Micros kLate = 300 * kSecond;
constexpr std::size_t kBatch = 1000;

struct Options {
  std::size_t ticks = 10'000'000, instruments = 10'000;
  Micros spacing = 1000;
  bool bytes = false;  ///< from messages instead of decoded ticks
  std::string ticks_file, bars_file;
};

std::uint64_t random_of(std::uint64_t k, std::uint64_t salt) {
  return text_hash({reinterpret_cast<const char*>(&k), sizeof k}, salt * 0x9E3779B97F4A7C15ULL + 1);
}

class Workload {
 public:
  explicit Workload(const Options& options) : options_(options) {
    for (std::size_t i = 0; i < options.instruments; ++i) {
      char name[48];
      std::snprintf(name, sizeof name, "PJM.RT5M.NODE.N%06zu", i);
      names_.emplace_back(name);
    }
    struct Arrival {
      Micros at;
      std::uint32_t tick;
    };
    std::vector<Arrival> arrivals;
    arrivals.reserve(options.ticks + options.ticks / 400);
    for (std::uint32_t k = 0; k < options.ticks; ++k) {
      const auto delay = [&](std::uint64_t salt) {
        Micros wait = static_cast<Micros>(random_of(k, salt) % kShuffle);
        if (random_of(k, salt + 1) % 100 == 0)
          wait += static_cast<Micros>(random_of(k, salt + 2) % (kLate - kShuffle));
        return wait;
      };
      const Micros time = static_cast<Micros>(k) * options.spacing;
      arrivals.push_back({time + delay(10), k});
      if (random_of(k, 2) % 500 == 0) arrivals.push_back({time + delay(20), k});
    }
    std::stable_sort(arrivals.begin(), arrivals.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    order_.reserve(arrivals.size());
    for (const auto& arrival : arrivals) order_.push_back(arrival.tick);
  }

  [[nodiscard]] std::size_t size() const { return order_.size(); }
  /// The ticks [from, from + ticks.size()) in order of arrival; their texts stay until the next call.
  void make(std::size_t from, std::vector<EnrichedTick>& ticks) {
    ids_.resize(ticks.size() * 64);
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      const std::uint32_t k = order_[from + i];
      EnrichedTick& tick = ticks[i];
      tick = {};
      tick.tenant = "default";
      tick.market = "PJM";
      tick.product = "RT5M";
      tick.location_type = "NODE";
      tick.instrument_id = names_[instrument(k)];
      tick.location = tick.instrument_id.substr(14);
      tick.currency = "USD";
      tick.unit = "MWh";
      tick.commodity = "electricity";
      tick.region = "northeast";
      tick.event_time = tick.interval_start = kStart + static_cast<Micros>(k) * options_.spacing;
      tick.price = price(k);
      tick.volume = volume(k);
      char* id = ids_.data() + i * 64;
      for (std::uint64_t part = 0; part < 4; ++part) {
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx",
                      static_cast<unsigned long long>(random_of(k, 100 + part)));
        std::memcpy(id + part * 16, digits, 16);
      }
      tick.tick_id = {id, 64};
    }
  }
  void write_ticks(const std::string& path) const {
    std::ofstream out(path, std::ios::binary);
    std::string line;
    for (std::uint32_t k = 0; k < options_.ticks; ++k) {
      line = std::to_string(instrument(k)) + ',' +
             std::to_string(kStart + static_cast<Micros>(k) * options_.spacing) + ',' +
             std::to_string(random_of(k, 100)) + ',' + std::to_string(price(k).units) + ',' +
             std::to_string(volume(k).units) + '\n';
      out << line;
    }
  }

 private:
  [[nodiscard]] std::size_t instrument(std::uint32_t k) const {
    return random_of(k, 3) % options_.instruments;
  }
  static Fixed price(std::uint32_t k) {
    return {static_cast<std::int64_t>(random_of(k, 4) % 12'000) * 1'000'000 - 10 * Fixed::kOne};
  }
  static Fixed volume(std::uint32_t k) {
    return {static_cast<std::int64_t>(1 + random_of(k, 5) % 500) * 10'000'000};
  }
  const Options& options_;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> order_;
  std::string ids_;
};

double cpu_seconds() {
  timespec at{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

void write_bars(std::ofstream& out, const BarOutput& bars) {
  std::string line;
  for (const auto& bar : bars.bars) {
    line.assign(bar.instrument_id.substr(15));
    line += ',';
    line += name_of(bar.interval);
    for (const std::int64_t value :
         {bar.start, bar.end, bar.open.units, bar.high.units, bar.low.units, bar.close.units, bar.twap.units,
          bar.vwap.value_or(Fixed{}).units, bar.volume.value_or(Fixed{}).units, bar.tick_count,
          bar.excluded_count, bar.first_time, bar.last_time, bar.revision})
      line += ',' + std::to_string(value);
    out << line << '\n';
  }
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (name == "--ticks") options.ticks = std::strtoull(value(), nullptr, 10);
    else if (name == "--instruments") options.instruments = std::strtoull(value(), nullptr, 10);
    else if (name == "--spacing-us") options.spacing = std::strtoll(value(), nullptr, 10);
    else if (name == "--bytes") options.bytes = true;
    else if (name == "--ticks-file") options.ticks_file = value();
    else if (name == "--bars-file") options.bars_file = value();
    else {
      std::fprintf(stderr, "usage: bench_bars [--ticks N] [--instruments N] [--spacing-us N] [--bytes] "
                           "[--ticks-file CSV] [--bars-file CSV]\n");
      std::exit(2);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Workload workload(options);
  if (!options.ticks_file.empty()) workload.write_ticks(options.ticks_file);
  std::ofstream bars_file;
  if (!options.bars_file.empty()) bars_file.open(options.bars_file, std::ios::binary);
  Aggregator aggregator;
  BarOutput out;
  BarCounts total;
  std::vector<EnrichedTick> ticks;
  std::vector<std::string> values;
  std::vector<SourceMessage> messages;
  double spent = 0, slowest = 0;
  Aggregator::Memory memory;
  const Micros now = kStart + 30 * kDay;
  const auto measure = [&](auto&& work) {
    out.clear();
    const double begin = cpu_seconds();
    work();
    const double took = cpu_seconds() - begin;
    spent += took;
    slowest = std::max(slowest, took);
    total.bars += out.counts.bars;
    total.revised += out.counts.revised;
    total.duplicates += out.counts.duplicates;
    total.late += out.counts.late;
    total.too_late += out.counts.too_late;
    if (bars_file.is_open()) write_bars(bars_file, out);
  };
  for (std::size_t from = 0; from < workload.size(); from += kBatch) {
    ticks.resize(std::min(kBatch, workload.size() - from));
    workload.make(from, ticks);
    if (options.bytes) {
      values.resize(ticks.size());
      messages.clear();
      for (std::size_t i = 0; i < ticks.size(); ++i) {
        values[i].clear();
        append_enriched(values[i], ticks[i]);
        messages.push_back({.topic = "t", .partition = 0, .offset = 0, .key = "k", .value = values[i]});
      }
      measure([&] { aggregator.run(messages, now, out); });
    } else {
      measure([&] { aggregator.run(ticks, 0, now, out); });
    }
    // Half way, when windows of all ages are there.
    if (from / kBatch == workload.size() / kBatch / 2) memory = aggregator.memory();
  }
  const double slowest_batch = slowest;
  measure([&] { aggregator.close_all(out); });
  const auto per_window = [&](std::size_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(std::max<std::size_t>(1, memory.windows));
  };
  std::printf(
      "{\"ticks\":%zu,\"cpu_seconds\":%.4f,\"ticks_per_cpu_second\":%.0f,\"bars\":%llu,\"revised\":%llu,"
      "\"duplicates\":%llu,\"late\":%llu,\"too_late\":%llu,\"slowest_batch_ms\":%.3f,\"series\":%zu,"
      "\"windows\":%zu,\"observations\":%zu,\"window_bytes\":%.1f,\"series_bytes_per_window\":%.1f,"
      "\"observation_bytes_per_window\":%.1f}\n",
      workload.size(), spent, static_cast<double>(workload.size()) / spent,
      static_cast<unsigned long long>(total.bars), static_cast<unsigned long long>(total.revised),
      static_cast<unsigned long long>(total.duplicates), static_cast<unsigned long long>(total.late),
      static_cast<unsigned long long>(total.too_late), slowest_batch * 1e3, memory.series, memory.windows,
      memory.observations, per_window(memory.window_bytes), per_window(memory.series_bytes),
      per_window(memory.observation_bytes));
  return total.too_late == 0 ? 0 : 1;
}
