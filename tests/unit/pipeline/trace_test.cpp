#include "pipeline-services/runtime/trace.hpp"

#include <doctest/doctest.h>

using namespace dpctl::runtime;

TEST_CASE("a trace context is read as W3C writes it") {
  const auto parent = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  REQUIRE(parent);
  CHECK(parent->trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(parent->span_id == "00f067aa0ba902b7");
  CHECK(parent->sampled);
  CHECK(to_header(*parent) == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  CHECK(!parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")->sampled);
  CHECK(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes-later"));
}

TEST_CASE("a trace context that breaks the standard begins a new trace") {
  for (const auto* header : {"", "00-", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                             "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"})
    CHECK(!parse_traceparent(header));
}

TEST_CASE("spans that nobody takes are dropped and counted, and cost no time") {
  Metrics metrics("normalization", "1");
  {
    Tracer tracer({.service = "normalization-service", .endpoint = "http://127.0.0.1:1", .queue = 3},
                  metrics);
    for (int i = 0; i < 10; ++i) tracer.end(tracer.begin("process", ""));
  }
  const auto text = metrics.text();
  CHECK(text.find("data_proc_trace_spans_total") != std::string::npos);
  CHECK(text.find("result=\"dropped\"") != std::string::npos);
  CHECK(text.find("result=\"sent\"") == std::string::npos);
}

TEST_CASE("a span of a record is a child of the record's context") {
  Metrics metrics("normalization", "1");
  Tracer tracer({.service = "s", .sample_of = 3}, metrics);
  const auto span = tracer.begin("process", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  CHECK(span.self.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(span.parent_id == "00f067aa0ba902b7");
  CHECK(span.self.span_id.size() == 16);
  CHECK(otlp_json("s", {span}).find("\"parentSpanId\":\"00f067aa0ba902b7\"") != std::string::npos);
  int drawn = 0;
  for (int i = 0; i < 30; ++i) drawn += tracer.wants("") ? 1 : 0;
  CHECK(drawn == 10);
  CHECK(!tracer.wants("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"));
}
