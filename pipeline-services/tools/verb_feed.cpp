#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>

#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/feed.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::vector<std::string> input;
  std::string bootstrap;
  std::string tenant = "default";
  std::uint64_t rate = 0;
  std::uint64_t timeout_seconds = 120;
  bool backfill = false;
};

class KafkaSink final : public RawSink {
 public:
  KafkaSink(std::unique_ptr<io::Producer> producer, Deadline deadline)
      : producer_(std::move(producer)), deadline_(deadline) {}
  Result<void> put(std::string_view topic, std::string_view key, std::string_view value) override {
    return producer_->send(topic, key, value);
  }
  Result<void> flush() override { return producer_->flush(deadline_); }

 private:
  std::unique_ptr<io::Producer> producer_;
  Deadline deadline_;
};

Result<Feed> feed(const Options& options) {
  FeedOptions feed_options;
  feed_options.inputs.assign(options.input.begin(), options.input.end());
  feed_options.tenant = options.tenant;
  feed_options.backfill = options.backfill;
  feed_options.now = std::chrono::duration_cast<std::chrono::microseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
  DPCTL_CHECK(load_time_zones());
  DPCTL_TRY(Feed loaded, load_feed(feed_options));
  for (const auto& ignored : loaded.ignored)
    std::fprintf(stderr, "pipeline: %s is no market file, left out\n", ignored.c_str());
  DPCTL_TRY(auto producer,
            io::Producer::open({.bootstrap = options.bootstrap, .client_id = "pipeline-feed"}));
  KafkaSink sink(std::move(producer), Deadline::after(std::chrono::seconds(options.timeout_seconds)));
  DPCTL_CHECK(publish(loaded, options.rate, sink));
  return loaded;
}

}  // namespace

Verb feed_verb() {
  return {
      "feed", "Read the ISOs' published files and publish their rows as raw messages", [](CLI::App& app) {
        auto options = std::make_shared<Options>();
        app.add_option("-i,--input", options->input, "files or folders as the ISOs publish them")->required();
        app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
            ->required()
            ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
        app.add_option("--tenant", options->tenant, "tenant of the messages")->capture_default_str();
        app.add_option("--rate", options->rate,
                       "messages a second at most; 0: as fast as the brokers take them")
            ->capture_default_str();
        app.add_option("--timeout", options->timeout_seconds, "seconds until everything must be acknowledged")
            ->capture_default_str();
        app.add_flag("--backfill", options->backfill,
                     "mark the messages as old on purpose: lateness limits do not apply");
        app.footer("Example:\n  pipeline feed --input examples/markets --bootstrap localhost:9092");
        return [options] {
          const auto fed = feed(*options);
          if (!fed) return print_error(fed.error());
          std::map<std::string, std::uint64_t> by_topic;
          for (const auto& message : fed->messages) ++by_topic[message.topic];
          for (const auto& [topic, count] : by_topic)
            std::printf("%-28s %8llu\n", topic.c_str(), static_cast<unsigned long long>(count));
          std::printf("%zu messages of %zu files acknowledged\n", fed->messages.size(), fed->files.size());
          return kOk;
        };
      }};
}

}  // namespace dpctl::pipeline
