// enrichment-service: normalised ticks → ticks with the metadata and classification of their instrument.
#include "pipeline-services/access/api.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/enrich.hpp"
#include "pipeline-services/enrichment/taxonomy_routes.hpp"
#include "pipeline-services/runtime/rows.hpp"
#include "pipeline-services/runtime/service.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

class Enrichment final : public Stage {
 public:
  explicit Enrichment(ServiceContext& context)
      : metrics_(context.metrics),
        taxonomy_(context.settings, context.metrics, context.log),
        redis_(context.settings.redis_pool,
               [options = context.settings.redis] { return io::Redis(options); }),
        api_(context, redis_) {
    taxonomy_.start();
    if (taxonomy_.connected())
      // Not critical: without it the built-in rules still classify every tick.
      context.health.add("postgres", false, [this] { return taxonomy_.ping(); });
    api_.start(context, "enrichment-service", taxonomy_routes(taxonomy_, status_, context.log));
  }

  std::vector<std::string> inputs() const override { return {std::string(contract::kNormalizedTopic)}; }

  Result<void> tick(Micros, Outbox&) override {
    taxonomy_.refresh(core_);
    return {};
  }

  Result<void> process(const Slice& slice, Micros now, bool, Outbox& out) override {
    output_.clear();
    taxonomy_.refresh(core_);
    enrich(slice.messages, now);
    auto& rows = out.rows(contract::kEnrichedTicks);
    for (const auto& tick : output_.batch.ticks) {
      append_enriched_row(rows, tick, tick_version(tick.revision, tick.offset));
      out.added(contract::kEnrichedTicks);
    }
    for (std::size_t i = 0; i < output_.messages.size(); ++i)
      DPCTL_CHECK(out.send(contract::kEnrichedTopic, output_.messages.key(i), output_.messages.value(i)));
    for (std::size_t i = 0; i < output_.dead.size(); ++i)
      DPCTL_CHECK(out.dead(contract::kEnrichmentDeadLetters, output_.dead.key(i), output_.dead.value(i),
                           output_.dead.issue(i)));
    return {};
  }

 private:
  void enrich(std::span<const SourceMessage> messages, Micros now) {
    const auto& unknown = core_.begin(messages, taxonomy_.rules(), now, output_);
    const auto looked_up = unknown.size();
    const auto& rows = taxonomy_.fetch(unknown);
    core_.finish(rows, taxonomy_.lifetimes(now), output_);
    metrics_.add(metric::kProcessed, output_.counts.out);
    metrics_.add(metric::kFlagged, output_.counts.flagged);
    status_.ticks += output_.counts.out;
    status_.unknown += looked_up;
    status_.remembered = core_.cached();
  }

  Metrics& metrics_;
  LiveTaxonomy taxonomy_;
  io::Pool<io::Redis> redis_;  ///< of the rate limits
  Api api_;
  EnrichmentStatus status_;
  Enricher core_;
  EnrichOutput output_;
};

Result<std::unique_ptr<Stage>> make(ServiceContext& context) { return std::make_unique<Enrichment>(context); }

}  // namespace
}  // namespace dpctl::runtime

int main(int argc, char** argv) {
  return dpctl::runtime::service_main(
      argc, argv,
      {.stage = "enrichment",
       .summary = "normalised ticks get their instrument's metadata and classification",
       .make = dpctl::runtime::make});
}
