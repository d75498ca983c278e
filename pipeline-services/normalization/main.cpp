// normalization-service: raw messages of all markets → normalised ticks.
//
// What the core remembers (identities and recent prices, for duplicates, corrections and the spike flag)
// belongs to one partition, because a key never leaves its partition. It is rebuilt after a start by reading
// the last records before the committed offset again, with their outputs dropped; so nothing needs to be
// stored beside Kafka.
#include <algorithm>
#include <map>

#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/normalize.hpp"
#include "pipeline-services/normalization/api.hpp"
#include "pipeline-services/runtime/rows.hpp"
#include "pipeline-services/runtime/service.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

constexpr std::int64_t kRelearned = 20'000;  // records read again for each partition

class Normalization final : public Stage {
 public:
  explicit Normalization(ServiceContext& context) : metrics_(context.metrics) {
    options_.tenant = context.settings.tenant;
    options_.min_price = context.settings.min_price;
    options_.max_price = context.settings.max_price;
    options_.remembered_ticks = 200'000;
    options_.remembered_series = 50'000;
    options_.max_volume = context.settings.max_volume;
    add_normalization_routes(context.http, options_, totals_);
  }

  std::vector<std::string> inputs() const override {
    return {contract::kRawTopics.begin(), contract::kRawTopics.end()};
  }

  Result<void> take(std::span<io::Position> committed) override {
    cores_.clear();
    for (auto& position : committed) {
      cores_.emplace(position.at, Normalizer(options_));
      if (position.offset > 0) position.offset = std::max<std::int64_t>(0, position.offset - kRelearned);
    }
    totals_.partitions = static_cast<std::int64_t>(cores_.size());
    return {};
  }

  void release(std::span<const io::TopicPartition> partitions) override {
    for (const auto& at : partitions) cores_.erase(at);
    totals_.partitions = static_cast<std::int64_t>(cores_.size());
  }

  Result<void> process(const Slice& slice, Micros now, bool replay, Outbox& out) override {
    const auto core = cores_.find(slice.from);
    if (core == cores_.end())
      return fail(Code::failed, "records of {}/{}, which is not assigned", slice.from.topic,
                  slice.from.partition);
    output_.clear();
    core->second.run(slice.messages, now, output_);
    if (replay) return {};
    totals_.add(output_.counts, now);
    return write(out);
  }

 private:
  Result<void> write(Outbox& out) {
    const auto& counts = output_.counts;
    metrics_.add(metric::kProcessed, counts.out);
    metrics_.add(metric::kFlagged, counts.flagged);
    metrics_.add(metric::kDuplicates, counts.duplicates);
    metrics_.add(metric::kCorrections, counts.corrections);
    auto& rows = out.rows(contract::kSilverTicks);
    for (const auto& tick : output_.batch.ticks) {
      append_tick_row(rows, tick, tick_version(tick.revision, tick.offset));
      out.added(contract::kSilverTicks);
    }
    for (std::size_t i = 0; i < output_.messages.size(); ++i)
      DPCTL_CHECK(out.send(contract::kNormalizedTopic, output_.messages.key(i), output_.messages.value(i)));
    for (std::size_t i = 0; i < output_.dead.size(); ++i)
      DPCTL_CHECK(out.dead(contract::kNormalizationDeadLetters, output_.dead.key(i), output_.dead.value(i),
                           output_.dead.issue(i)));
    return {};
  }

  Metrics& metrics_;
  NormalizeOptions options_;
  NormalizationTotals totals_;
  std::map<io::TopicPartition, Normalizer> cores_;
  NormalizeOutput output_;
};

Result<std::unique_ptr<Stage>> make(ServiceContext& context) {
  return std::make_unique<Normalization>(context);
}

}  // namespace
}  // namespace dpctl::runtime

int main(int argc, char** argv) {
  return dpctl::runtime::service_main(argc, argv,
                                      {.stage = "normalization",
                                       .summary = "raw messages of all markets become normalised ticks",
                                       .make = dpctl::runtime::make});
}
