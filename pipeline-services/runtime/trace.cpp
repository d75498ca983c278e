#include "pipeline-services/runtime/trace.hpp"

#include <curl/curl.h>

#include <algorithm>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/core/json_out.hpp"

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBatch = 512;
constexpr auto kEvery = 1s;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_zero(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void append_attribute(std::string& out, std::string_view key, std::string_view value) {
  pipeline::JsonObject attribute(out);
  attribute.text("key", key);
  pipeline::JsonObject inner(attribute.raw("value"));
  inner.text("stringValue", is_utf8(value) ? value : "(not text)");
  inner.end();
  attribute.end();
}

std::size_t ignore_body(char*, std::size_t size, std::size_t count, void*) { return size * count; }

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view header) {
  // 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01; a later version may be longer (§3.2.2 of the
  // standard).
  if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  const auto version = header.substr(0, 2), trace = header.substr(3, 32), span = header.substr(36, 16),
             flags = header.substr(53, 2);
  if (!is_hex(version) || version == "ff" || (version == "00" && header.size() != 55)) return std::nullopt;
  if (!is_hex(trace) || is_zero(trace) || !is_hex(span) || is_zero(span) || !is_hex(flags))
    return std::nullopt;
  const char last = flags[1];
  const int low = last <= '9' ? last - '0' : last - 'a' + 10;
  return TraceParent{std::string(trace), std::string(span), (low & 1) != 0};
}

std::string to_header(const TraceParent& parent) {
  return "00-" + parent.trace_id + "-" + parent.span_id + (parent.sampled ? "-01" : "-00");
}

std::string otlp_json(std::string_view service, const std::vector<Span>& spans) {
  std::string out = R"({"resourceSpans":[{"resource":{"attributes":[)";
  append_attribute(out, "service.name", service);
  out += R"(]},"scopeSpans":[{"scope":{"name":"pipeline-services"},"spans":[)";
  for (const auto& span : spans) {
    if (&span != spans.data()) out += ',';
    pipeline::JsonObject object(out);
    object.text("traceId", span.self.trace_id);
    object.text("spanId", span.self.span_id);
    object.text_if("parentSpanId", span.parent_id);
    object.text("name", span.name);
    object.raw("kind") += '5';  // SPAN_KIND_CONSUMER
    object.text("startTimeUnixNano", std::to_string(span.begin_ns));
    object.text("endTimeUnixNano", std::to_string(span.end_ns));
    auto& attributes = object.raw("attributes");
    attributes += '[';
    for (const auto& [key, value] : span.attributes) {
      if (attributes.back() == '}') attributes += ',';
      append_attribute(attributes, key, value);
    }
    attributes += ']';
    object.end();
  }
  return out + "]}]}]}";
}

Tracer::Tracer(TracerOptions options, Metrics& metrics) : options_(std::move(options)), metrics_(metrics) {
  if (options_.endpoint.empty()) return;
  while (options_.endpoint.ends_with('/')) options_.endpoint.pop_back();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Tracer::~Tracer() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

bool Tracer::wants(std::string_view traceparent) {
  if (!traceparent.empty()) {
    const auto parent = parse_traceparent(traceparent);
    return parent && parent->sampled;
  }
  if (options_.sample_of == 0) return false;
  drawn_ = (drawn_ + 1) % options_.sample_of;
  return drawn_ == 0;
}

Span Tracer::begin(std::string_view name, std::string_view traceparent) {
  Span span;
  span.name = name;
  span.begin_ns = now_ns();
  if (auto parent = parse_traceparent(traceparent)) {
    span.self = {parent->trace_id, to_hex(random_bytes(8)), parent->sampled};
    span.parent_id = parent->span_id;
  } else {
    span.self = {to_hex(random_bytes(16)), to_hex(random_bytes(8)), true};
  }
  return span;
}

void Tracer::end(Span span) {
  if (!thread_.joinable()) return;
  span.end_ns = now_ns();
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= options_.queue) return metrics_.add(metric::kSpans, 1, {{"result", "dropped"}});
  waiting_.push_back(std::move(span));
  if (waiting_.size() >= kBatch) bell_.notify_one();
}

void Tracer::run(const std::stop_token& stop) {
  for (;;) {
    std::vector<Span> batch;
    {
      std::unique_lock lock(mutex_);
      bell_.wait_for(lock, stop, kEvery, [&] { return waiting_.size() >= kBatch; });
      while (!waiting_.empty() && batch.size() < kBatch) {
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    if (!batch.empty())
      metrics_.add(metric::kSpans, batch.size(), {{"result", post(batch) ? "sent" : "dropped"}});
    else if (stop.stop_requested())
      return;
  }
}

bool Tracer::post(const std::vector<Span>& spans) {
  const auto body = otlp_json(options_.service, spans);
  const auto url = options_.endpoint + "/v1/traces";
  CURL* curl = curl_easy_init();
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 1000L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 5000L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &ignore_body);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  long status = 0;
  if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return status >= 200 && status < 300;
}

}  // namespace dpctl::runtime
