// enrichment-service: normalised ticks → ticks with the metadata and classification of their instrument.
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/enrich.hpp"
#include "pipeline-services/enrichment/taxonomy.hpp"
#include "pipeline-services/runtime/rows.hpp"
#include "pipeline-services/runtime/service.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

class Enrichment final : public Stage {
 public:
  explicit Enrichment(ServiceContext& context)
      : metrics_(context.metrics),
        taxonomy_(context.settings.postgres_dsn, context.settings.taxonomy_ttl,
                  context.settings.instrument_ttl, context.metrics, context.log) {}

  std::vector<std::string> inputs() const override { return {std::string(contract::kNormalizedTopic)}; }

  Result<void> process(const Slice& slice, Micros now, bool, Outbox& out) override {
    output_.clear();
    core_.run(slice.messages, taxonomy_.with(instruments_of(slice.messages)), now, output_);
    metrics_.add(metric::kProcessed, output_.counts.out);
    metrics_.add(metric::kFlagged, output_.counts.flagged);
    auto& rows = out.rows(contract::kEnrichedTicks);
    for (const auto& tick : output_.batch.ticks) {
      append_enriched_row(rows, tick, tick_version(tick.revision, slice.last_offset()));
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
  Metrics& metrics_;
  Taxonomy taxonomy_;
  Enricher core_;
  EnrichOutput output_;
};

Result<std::unique_ptr<Stage>> make(ServiceContext& context) {
  if (!context.settings.postgres_dsn.empty()) {
    auto probe = std::make_shared<io::Postgres>(io::PostgresOptions{.dsn = context.settings.postgres_dsn});
    // Not critical: without it the built-in rules still classify every tick.
    context.health.add("postgres", false, [probe]() -> Result<void> {
      DPCTL_TRY(const auto rows, probe->query("SELECT 1 FROM taxonomy_region_rules LIMIT 1"));
      return {};
    });
  }
  return std::make_unique<Enrichment>(context);
}

}  // namespace
}  // namespace dpctl::runtime

int main(int argc, char** argv) {
  return dpctl::runtime::service_main(
      argc, argv,
      {.stage = "enrichment",
       .summary = "normalised ticks get their instrument's metadata and classification",
       .make = dpctl::runtime::make});
}
