#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "pipeline-services/core/contract/metrics.hpp"

namespace dpctl::runtime {

namespace metric = pipeline::contract::metric;

/// Counters, gauges and histograms of one process, each with the label `service`. Thread-safe. Names come
/// from namespace metric.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;
  Metrics(std::string service, const std::string& version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void add(std::string_view name, std::uint64_t count, const Labels& labels = {});
  void set(std::string_view name, double value, const Labels& labels = {});
  /// Seconds, or a count for kBatch.
  void observe(std::string_view name, double value, const Labels& labels = {});
  /// One counter or histogram, for who counts so often that looking it up each time costs too much.
  std::function<void()> counter(std::string_view name, const Labels& labels);
  std::function<void(double)> histogram(std::string_view name, const Labels& labels);
  /// The text format of Prometheus.
  [[nodiscard]] std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What observe() takes of a span that began then.
inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace dpctl::runtime
