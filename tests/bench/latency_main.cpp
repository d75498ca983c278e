// bench_latency BOOTSTRAP RATE SECONDS NAME: sends probes at a steady rate among whatever else flows, and
// measures when each comes out of every hop; prints one JSON object a hop.
//
// A probe is a raw message that is due at a moment of a fixed schedule; its latency counts from that moment,
// so a stall of anything counts against every probe that was due meanwhile (no coordinated omission). Probes
// of one series are ten minutes of event time apart: each closes the five-minute bar of the one before it, so
// the later hops are measured too, from the probe that closed the bar to the bar, and to the price that is
// served. NAME begins the series' names: two runs with one name would send the same prices twice.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/time.hpp"
#include "pipeline-services/io/kafka.hpp"

using namespace dpctl;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kSeries = 20;
constexpr pipeline::Micros kBase = 1'767'571'200'000'000;  // 2026-01-05T00:00:00Z
constexpr pipeline::Micros kApart = 10 * pipeline::kMinute;

std::string series_name(std::string_view name, std::size_t probe) {
  return fmt::format("{}.{}", name, probe % kSeries);
}
pipeline::Micros event_time(std::size_t probe) {
  return kBase + static_cast<pipeline::Micros>(probe / kSeries) * kApart;
}

std::string message(std::string_view name, std::size_t probe) {
  const auto at = pipeline::iso(event_time(probe));
  return fmt::format(
      R"({{"envelope":{{"event_id":"probe-{}","timestamp":"{}","tenant_id":"default","source":"bench"}},)"
      R"("payload":{{"market":"pjm","instrument_id":"{}","raw_data":{{"symbol":"{}","node":"N","zone":"Z",)"
      R"("price":{}.25,"volume":1,"timestamp":"{}"}}}}}})",
      probe, at, series_name(name, probe), series_name(name, probe), 20 + probe % 50, at);
}

/// The number after `"name":`; nothing when it is not there.
std::optional<std::int64_t> number_of(std::string_view json, std::string_view name) {
  const auto at = json.find(fmt::format("\"{}\":", name));
  if (at == std::string_view::npos) return {};
  return std::atoll(json.data() + at + name.size() + 3);
}

/// Which probe made this record come, or nothing when none did.
std::optional<std::size_t> probe_of(std::string_view mine, const io::Record& record) {
  if (!record.key || !record.key->starts_with(mine)) return {};
  const bool bar =
      record.topic == pipeline::contract::kBarsTopic || record.topic == pipeline::contract::kProjectionTopic;
  if (bar && record.value.find(R"("interval":"5m")") == std::string_view::npos) return {};
  const auto at = number_of(record.value, bar ? "interval_start_us" : "event_time_us");
  if (!at) return {};
  const auto round = static_cast<std::size_t>((*at - kBase) / kApart) + (bar ? 1 : 0);
  return round * kSeries + static_cast<std::size_t>(std::atoi(record.key->data() + mine.size()));
}

class Hops final : public io::RebalanceListener {
 public:
  Hops(std::string_view name, std::size_t probes)
      : mine_(fmt::format("default|{}.", name)), probes_(probes) {}
  void on_assigned(std::span<io::Position>) override { assigned = true; }
  void on_revoked(std::span<const io::TopicPartition>, bool) override {}

  void see(const io::Record& record, Clock::time_point begin, Clock::duration step) {
    const auto probe = probe_of(mine_, record);
    if (!probe || *probe >= probes_) return;
    const auto late = Clock::now() - (begin + static_cast<long>(*probe) * step);
    seen_[std::string(record.topic)].try_emplace(*probe,
                                                 std::chrono::duration<double, std::milli>(late).count());
  }
  [[nodiscard]] bool complete() const {
    return seen_.size() == 4 && std::all_of(seen_.begin(), seen_.end(), [&](const auto& hop) {
             return hop.second.size() + kSeries >= probes_;
           });
  }
  void print() const {
    for (const auto& [topic, by_probe] : seen_) {
      std::vector<double> times;
      for (const auto& [probe, late] : by_probe) times.push_back(late);
      std::sort(times.begin(), times.end());
      const auto at = [&](double share) {
        return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
      };
      std::printf(
          "%s\n",
          fmt::format(
              R"({{"topic":"{}","probes":{},"p50":{:.2f},"p95":{:.2f},"p99":{:.2f},"p999":{:.2f},"max":{:.2f}}})",
              topic, times.size(), at(0.5), at(0.95), at(0.99), at(0.999), times.back())
              .c_str());
    }
  }
  bool assigned = false;

 private:
  std::string mine_;  ///< how the keys of the probes begin
  std::size_t probes_;
  std::map<std::string, std::map<std::size_t, double>> seen_;
};

Result<void> run(const std::string& bootstrap, std::size_t rate, std::size_t seconds,
                 const std::string& name) {
  const std::size_t probes = rate * seconds;
  const auto step = Clock::duration(1'000'000'000 / static_cast<long>(rate));
  Hops hops(name, probes);
  DPCTL_TRY(const auto producer,
            io::Producer::open({.bootstrap = bootstrap, .client_id = "bench", .linger_ms = 0}));
  using namespace pipeline::contract;
  DPCTL_TRY(
      const auto consumer,
      io::Consumer::open({.bootstrap = bootstrap,
                          .group = fmt::format("bench-latency-{}",
                                               std::chrono::system_clock::now().time_since_epoch().count()),
                          .instance_id = {},
                          .topics = {std::string(kNormalizedTopic), std::string(kEnrichedTopic),
                                     std::string(kBarsTopic), std::string(kProjectionTopic)},
                          .from_latest = true},
                         hops));
  while (!hops.assigned) DPCTL_CHECK(consumer->poll(100, 100ms));
  for (int i = 0; i < 10; ++i)
    DPCTL_CHECK(consumer->poll(10'000, 100ms));  // the ends of the partitions are looked up
  const auto begin = Clock::now() + 100ms;
  Result<void> sent;
  std::jthread sender([&] {
    for (std::size_t probe = 0; probe < probes && sent; ++probe) {
      std::this_thread::sleep_until(begin + static_cast<long>(probe) * step);
      sent = producer->send(raw_topic("pjm"), series_name(name, probe), message(name, probe));
    }
  });
  const auto end = begin + std::chrono::seconds(seconds + 20);
  while (Clock::now() < end && !hops.complete()) {
    DPCTL_TRY(const auto batch, consumer->poll(10'000, 50ms));
    for (const auto& record : batch.records()) hops.see(record, begin, step);
  }
  sender.join();
  DPCTL_CHECK(std::move(sent));
  hops.print();
  if (!hops.complete()) return fail(Code::timed_out, "not all probes came out");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: bench_latency BOOTSTRAP RATE SECONDS NAME\n", stderr), 2;
  const auto done =
      run(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10), argv[4]);
  if (!done) std::fprintf(stderr, "%s\n", one_line(done.error()).c_str());
  return done ? 0 : 1;
}
