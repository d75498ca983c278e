#include "pipeline-services/runtime/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace dpctl::runtime {
namespace {

prometheus::Histogram::BucketBoundaries buckets_of(std::string_view name) {
  if (name == metric::kSinkBatch) return {1, 10, 100, 1000, 5000, 10'000, 20'000, 50'000, 100'000};
  if (name == metric::kBatch) return {1, 10, 100, 500, 1000, 2000, 4000, 8000};
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

}  // namespace

struct Metrics::State {
  std::string service;
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<std::string, prometheus::Family<prometheus::Counter>*, std::less<>> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*, std::less<>> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*, std::less<>> histograms;

  template <class Map, class Builder>
  auto& family(Map& known, std::string_view name, Builder&& builder) {
    const std::scoped_lock lock(mutex);
    auto found = known.find(name);
    if (found == known.end()) {
      auto& made = builder().Name(std::string(name)).Labels({{"service", service}}).Register(registry);
      found = known.emplace(std::string(name), &made).first;
    }
    return *found->second;
  }
};

Metrics::Metrics(std::string service, const std::string& version) : state_(std::make_unique<State>()) {
  state_->service = std::move(service);
  set(metric::kInfo, 1, {{"version", version}});
}
Metrics::~Metrics() = default;

void Metrics::add(std::string_view name, std::uint64_t count, const Labels& labels) {
  state_->family(state_->counters, name, [] { return prometheus::BuildCounter(); })
      .Add(labels)
      .Increment(static_cast<double>(count));
}
void Metrics::set(std::string_view name, double value, const Labels& labels) {
  state_->family(state_->gauges, name, [] { return prometheus::BuildGauge(); }).Add(labels).Set(value);
}
void Metrics::observe(std::string_view name, double value, const Labels& labels) {
  state_->family(state_->histograms, name, [] { return prometheus::BuildHistogram(); })
      .Add(labels, buckets_of(name))
      .Observe(value);
}
std::function<void()> Metrics::counter(std::string_view name, const Labels& labels) {
  auto& one = state_->family(state_->counters, name, [] { return prometheus::BuildCounter(); }).Add(labels);
  return [&one] { one.Increment(); };
}
std::function<void(double)> Metrics::histogram(std::string_view name, const Labels& labels) {
  auto& one = state_->family(state_->histograms, name, [] { return prometheus::BuildHistogram(); })
                  .Add(labels, buckets_of(name));
  return [&one](double value) { one.Observe(value); };
}
std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace dpctl::runtime
