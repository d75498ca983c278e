#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// The Kafka header of a record's context.
inline constexpr std::string_view kTraceParent = "traceparent";

/// Of whom a span is a part, as W3C trace context level 1 writes it: "00-<32 hex>-<16 hex>-01".
struct TraceParent {
  std::string trace_id;  ///< 32 lower-case hexadecimal digits
  std::string span_id;   ///< 16
  bool sampled = false;
};
/// Nothing when the header is not as the standard says; then a reader starts anew.
std::optional<TraceParent> parse_traceparent(std::string_view header);
std::string to_header(const TraceParent& parent);

struct Span {
  TraceParent self;
  std::string parent_id;  ///< empty at the root
  std::string name;
  std::int64_t begin_ns = 0, end_ns = 0;  ///< since 1970
  std::vector<std::pair<std::string, std::string>> attributes{};
};

/// The body of an OTLP/HTTP export request in JSON (opentelemetry-proto trace/v1; ids in hexadecimal).
std::string otlp_json(std::string_view service, const std::vector<Span>& spans);

struct TracerOptions {
  std::string service;
  std::string endpoint{};       ///< "http://collector:4318"; empty: nothing is recorded or sent
  std::uint32_t sample_of = 0;  ///< starts a trace for one in so many messages that carry none; 0: never
  std::size_t queue = 2048;     ///< spans that wait at most; what comes beyond is dropped and counted
};

/// Makes spans for records and sends them in batches from a thread of its own. A collector that does not
/// answer costs spans, never time.
class Tracer {
 public:
  Tracer(TracerOptions options, Metrics& metrics);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// Whether this record needs a span of its own: it carries a sampled context, or was drawn.
  [[nodiscard]] bool wants(std::string_view traceparent);
  /// The span of a record; `traceparent` as it came, or empty.
  [[nodiscard]] Span begin(std::string_view name, std::string_view traceparent);
  void end(Span span);

 private:
  void run(const std::stop_token& stop);
  bool post(const std::vector<Span>& spans);

  TracerOptions options_;
  Metrics& metrics_;
  std::uint32_t drawn_ = 0;
  std::mutex mutex_;
  std::condition_variable_any bell_;
  std::deque<Span> waiting_;
  std::jthread thread_;
};

}  // namespace dpctl::runtime
