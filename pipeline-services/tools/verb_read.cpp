#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::string topic;
  std::string bootstrap;
  int timeout_seconds = 60;
};

std::string_view text_of(std::string_view bytes) { return is_utf8(bytes) ? bytes : "(not text)"; }

void append_headers(std::string& out, const io::Record& record) {
  out += '[';
  for (const auto& [name, value] : record.headers) {
    if (out.back() != '[') out += ',';
    JsonObject header(out);
    header.text("name", text_of(name));
    header.text("value", text_of(value));
    header.end();
  }
  out += ']';
}

void print(const io::Record& record) {
  std::string line;
  JsonObject object(line);
  object.number("partition", record.partition);
  object.number("offset", record.offset);
  object.number("timestamp_ms", record.timestamp_ms);
  object.text("key", text_of(record.key.value_or(std::string_view{})));
  object.text("value", text_of(record.value));
  if (const auto trace = record.header("traceparent"); !trace.empty())
    object.text("traceparent", text_of(trace));
  if (!record.headers.empty()) append_headers(object.raw("headers"), record);
  object.end();
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
}

}  // namespace

Verb read_verb() {
  return {"read", "Print a topic's records as a reader of committed data sees them", [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            app.add_option("TOPIC", options->topic, "the topic, from its beginning to where it ends now")
                ->required();
            app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
                ->required()
                ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
            app.add_option("--timeout", options->timeout_seconds, "seconds until it must be done")
                ->capture_default_str();
            app.footer(
                "One JSON object a line: partition, offset, timestamp_ms, key, value (as text), headers.\n"
                "Example:\n  pipeline read aggregation.bars.v1 --bootstrap localhost:9092");
            return [options] {
              const auto deadline = Deadline::after(std::chrono::seconds(options->timeout_seconds));
              const auto done = io::read_topic(options->bootstrap, options->topic, deadline,
                                               [](const io::Record& record) { return print(record), true; });
              return done ? kOk : print_error(done.error());
            };
          }};
}

}  // namespace dpctl::pipeline
