// projection-service: bars → the latest price of each instrument, in Redis, ClickHouse and the projection
// topic, and served over HTTP.
#include <algorithm>
#include <map>

#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/project.hpp"
#include "pipeline-services/io/redis.hpp"
#include "pipeline-services/projection/api.hpp"
#include "pipeline-services/runtime/rows.hpp"
#include "pipeline-services/runtime/service.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

constexpr std::size_t kPipelined = 128;

class Projection final : public Stage {
 public:
  explicit Projection(ServiceContext& context)
      : metrics_(context.metrics),
        ttl_(context.settings.projection_ttl_seconds),
        key_suffix_(context.settings.output_suffix),
        redis_(context.settings.redis),
        api_(context) {
    api_.routes(context.http);
  }

  std::vector<std::string> inputs() const override { return {std::string(contract::kBarsTopic)}; }

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
    metrics_.add(metric::kProcessed, output_.counts.updates);
    metrics_.add(metric::kDuplicates, output_.counts.stale);
    auto& rows = out.rows(contract::kServedLatest);
    for (const auto& latest : output_.updates) {
      append_latest_row(rows, latest, now);
      out.added(contract::kServedLatest);
      auto key = contract::latest_price_key(latest.tenant, latest.instrument_id) + key_suffix_;
      // Updates of one batch are ascending: the last of a key is the newest.
      pending_[key] = {.key = key,
                       .value = latest_json(latest),
                       .time = latest.event_time,
                       .rank = rank_of(latest.interval),
                       .revision = latest.revision,
                       .ttl_seconds = jittered_ttl(key)};
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
    for (std::size_t from = 0; from < values.size(); from += kPipelined) {
      const auto some = std::span(values).subspan(from, std::min(kPipelined, values.size() - from));
      if (auto written = redis_.put_newer(some); !written) {
        metrics_.add(metric::kSinkErrors, 1, {{"sink", "redis"}});
        return fail(std::move(written).error());
      }
    }
    metrics_.observe(metric::kSinkSeconds,
                     std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
                     {{"sink", "redis"}});
    pending_.clear();
    return {};
  }

 private:
  // Up to a tenth longer, by key, so that values written together do not run out together.
  [[nodiscard]] int jittered_ttl(const std::string& key) const {
    if (ttl_ == 0) return 0;
    return ttl_ +
           static_cast<int>(std::hash<std::string>{}(key) % static_cast<std::size_t>(std::max(1, ttl_ / 10)));
  }

  Metrics& metrics_;
  int ttl_;
  std::string key_suffix_;
  io::Redis redis_;
  PriceApi api_;
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
