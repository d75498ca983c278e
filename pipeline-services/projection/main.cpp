// projection-service: bars → the latest price of each instrument, in Redis, ClickHouse and the projection
// topic, and served over HTTP.
#include <algorithm>
#include <map>

#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/project.hpp"
#include "pipeline-services/io/redis.hpp"
#include "pipeline-services/projection/serving.hpp"
#include "pipeline-services/runtime/rows.hpp"
#include "pipeline-services/runtime/service.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

class Projection final : public Stage {
 public:
  explicit Projection(ServiceContext& context)
      : metrics_(context.metrics),
        pipelined_(context.settings.redis_pipeline),
        suffix_(context.settings.output_suffix),
        updates_(std::string(contract::kServedUpdates) + suffix_),
        redis_(context.settings.redis),
        serving_(context) {
    serving_.start(context);
  }

  std::vector<std::string> inputs() const override {
    return {std::string(contract::kBarsTopic), std::string(contract::kDerivedTopic),
            std::string(contract::kCurvesTopic)};
  }

  // What is read again must come out again: what it knows of prices it has sent must not outlive their
  // sending.
  Result<void> take(std::span<io::Position>) override {
    core_ = Projector();
    pending_.clear();
    return {};
  }

  Result<void> process(const Slice& slice, Micros now, bool, Outbox& out) override {
    output_.clear();
    core_.run(slice.messages, now, output_);
    metrics_.add(metric::kProcessed, output_.counts.updates + output_.counts.views);
    metrics_.add(metric::kDuplicates, output_.counts.stale);
    auto& prices = out.rows(contract::kServedLatest);
    for (const auto& latest : output_.updates) {
      append_latest_row(prices, latest, now);
      out.added(contract::kServedLatest);
      await(versioned(latest));
    }
    auto& views = out.rows(contract::kServedProjections);
    for (const auto& view : output_.views) {
      append_view_row(views, view, now);
      out.added(contract::kServedProjections);
      await(versioned(view));
    }
    for (std::size_t i = 0; i < output_.messages.size(); ++i)
      DPCTL_CHECK(out.send(contract::kProjectionTopic, output_.messages.key(i), output_.messages.value(i)));
    for (std::size_t i = 0; i < output_.dead.size(); ++i)
      DPCTL_CHECK(out.dead(contract::kProjectionDeadLetters, output_.dead.key(i), output_.dead.value(i),
                           output_.dead.issue(i)));
    return {};
  }

  Result<void> flush() override {
    if (pending_.empty()) return {};
    std::vector<io::VersionedValue> values;
    for (const auto& [key, value] : pending_) values.push_back(value);
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t from = 0; from < values.size(); from += pipelined_) {
      const auto some = std::span(values).subspan(from, std::min(pipelined_, values.size() - from));
      if (auto written = redis_.put_newer(some, updates_); !written) {
        metrics_.add(metric::kSinkErrors, 1, {{"sink", "redis"}});
        return fail(std::move(written).error());
      }
    }
    metrics_.observe(metric::kSinkSeconds, seconds_since(begin), {{"sink", "redis"}});
    pending_.clear();
    return {};
  }

 private:
  /// Waits for the next flush. Values of one key come in ascending order: the last one is the newest.
  void await(io::VersionedValue value) {
    value.ttl_seconds = serving_.store().ttl_of(value.key);
    value.key += suffix_;
    auto key = value.key;
    pending_.insert_or_assign(std::move(key), std::move(value));
  }

  Metrics& metrics_;
  std::size_t pipelined_;
  std::string suffix_;   ///< of a shadow's keys and channel; empty: live
  std::string updates_;  ///< the channel that replicas listen to
  io::Redis redis_;
  Serving serving_;
  Projector core_;
  ProjectOutput output_;
  std::map<std::string, io::VersionedValue> pending_;
};

Result<std::unique_ptr<Stage>> make(ServiceContext& context) {
  auto redis = std::make_shared<io::Redis>(context.settings.redis);
  context.health.add("redis", true, [redis] { return redis->ping(); });
  if (!context.settings.postgres_dsn.empty()) {
    auto postgres = std::make_shared<io::Postgres>(io::PostgresOptions{.dsn = context.settings.postgres_dsn});
    context.health.add("postgres", true, [postgres]() -> Result<void> {
      DPCTL_TRY(const auto rows, postgres->query("SELECT 1 FROM api_keys LIMIT 1"));
      return {};
    });
  }
  return std::make_unique<Projection>(context);
}

}  // namespace
}  // namespace dpctl::runtime

int main(int argc, char** argv) {
  return dpctl::runtime::service_main(argc, argv,
                                      {.stage = "projection",
                                       .summary = "bars become latest prices, served over HTTP",
                                       .serves_api = true,
                                       .make = dpctl::runtime::make});
}
