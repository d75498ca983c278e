#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "pipeline-services/io/wall_clock.hpp"
#include "pipeline-services/tools/feed.hpp"
#include "pipeline-services/tools/kafka_sink.hpp"
#include "pipeline-services/tools/paced_sink.hpp"
#include "pipeline-services/tools/print_error.hpp"
#include "pipeline-services/tools/tickgen.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::vector<std::string> input;
  std::string bootstrap;
  std::string tenant = "default";
  std::uint64_t rate = 0;
  std::uint64_t timeout_seconds = 120;
  bool backfill = false;
  std::uint64_t generate = 0;
  std::uint64_t seed = 1;
  bool live = false;
  std::vector<std::string> headers{};  ///< NAME=VALUE
};

struct Fed {
  std::map<std::string, std::uint64_t> by_topic{};
  std::size_t messages = 0;
  std::string what;  ///< "12 files"
};

Result<Fed> feed_files(const Options& options, RawSink& sink) {
  FeedOptions feed_options;
  feed_options.inputs.assign(options.input.begin(), options.input.end());
  feed_options.tenant = options.tenant;
  feed_options.backfill = options.backfill;
  feed_options.now = io::wall_clock_us();
  DPCTL_TRY(const Feed loaded, load_feed(feed_options));
  for (const auto& ignored : loaded.ignored)
    std::fprintf(stderr, "pipeline: %s is no market file, left out\n", ignored.c_str());
  DPCTL_CHECK(publish(loaded, sink));
  Fed fed{.by_topic = {},
          .messages = loaded.messages.size(),
          .what = std::to_string(loaded.files.size()) + " files"};
  for (const auto& message : loaded.messages) ++fed.by_topic[message.topic];
  return fed;
}

Result<Fed> feed_generated(const Options& options, RawSink& sink) {
  TickgenOptions wanted{.seed = options.seed, .tenant = options.tenant, .backfill = options.backfill};
  if (options.live) wanted.begin = io::wall_clock_us();
  if (options.rate > 0) wanted.step = std::max<Micros>(1, kSecond / static_cast<Micros>(options.rate));
  TickGenerator ticks(wanted);
  Fed fed{.by_topic = {}, .messages = 0, .what = "seed " + std::to_string(options.seed)};
  for (; fed.messages < options.generate; ++fed.messages) {
    ticks.next();
    DPCTL_CHECK(sink.put(ticks.topic(), ticks.key(), ticks.value()));
    ++fed.by_topic[std::string(ticks.topic())];
  }
  DPCTL_CHECK(sink.flush());
  return fed;
}

Result<std::vector<io::Header>> headers_of(const Options& options) {
  std::vector<io::Header> headers;
  for (const std::string_view header : options.headers) {
    const auto equals = header.find('=');
    if (equals == 0 || equals == std::string_view::npos)
      return fail(Code::usage, "\"{}\" is no header", header).hint("write --header NAME=VALUE");
    headers.push_back({header.substr(0, equals), header.substr(equals + 1)});
  }
  return headers;
}

Result<Fed> feed(const Options& options) {
  if (options.input.empty() == (options.generate == 0))
    return fail(Code::usage, "give either files or a number of ticks to generate")
        .hint("pipeline feed --input examples/markets …")
        .hint("pipeline feed --generate 100000 --rate 5000 …");
  DPCTL_TRY(auto headers, headers_of(options));
  DPCTL_CHECK(load_time_zones());
  DPCTL_TRY(auto producer,
            io::Producer::open({.bootstrap = options.bootstrap, .client_id = "pipeline-feed"}));
  KafkaSink kafka(std::move(producer), std::chrono::seconds(options.timeout_seconds), std::move(headers));
  PacedSink sink(kafka, options.rate);
  return options.generate > 0 ? feed_generated(options, sink) : feed_files(options, sink);
}

}  // namespace

Verb feed_verb() {
  return {"feed", "Publish raw messages: the rows of the ISOs' files, or generated ticks", [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            app.add_option("-i,--input", options->input, "files or folders as the ISOs publish them");
            app.add_option("--generate", options->generate,
                           "publish so many generated ticks instead of files");
            app.add_option("--seed", options->seed, "of the generated ticks")->capture_default_str();
            app.add_flag("--live", options->live, "generated ticks are about now, not about a day of 2026");
            app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
                ->required()
                ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
            app.add_option("--tenant", options->tenant, "tenant of the messages")->capture_default_str();
            app.add_option("--rate", options->rate,
                           "messages a second at most; 0: as fast as the brokers take them")
                ->capture_default_str();
            app.add_option("--timeout", options->timeout_seconds, "seconds that an acknowledgement may take")
                ->capture_default_str();
            app.add_option("--header", options->headers, "NAME=VALUE: a Kafka header of every message");
            app.add_flag("--backfill", options->backfill,
                         "mark the messages as old on purpose: lateness limits do not apply");
            app.footer(
                "Examples:\n  pipeline feed --input examples/markets --bootstrap localhost:9092\n"
                "  pipeline feed --generate 100000 --seed 7 --rate 5000 --live --bootstrap localhost:9092");
            return [options] {
              const auto fed = feed(*options);
              if (!fed) return print_error(fed.error());
              for (const auto& [topic, count] : fed->by_topic)
                std::printf("%-28s %8llu\n", topic.c_str(), static_cast<unsigned long long>(count));
              std::printf("%zu messages of %s acknowledged\n", fed->messages, fed->what.c_str());
              return kOk;
            };
          }};
}

}  // namespace dpctl::pipeline
