// A raw message of any bytes becomes a tick or one dead letter; a tick's JSON is read again by the next
// stages.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/enrich.hpp"
#include "pipeline-services/core/normalize.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dpctl::pipeline;
  constexpr Micros kNow = 1'800'000'000 * kSecond;
  const SourceMessage message{.topic = "ingestion.nyiso.raw.v1",
                              .partition = 0,
                              .offset = 1,
                              .key = "k",
                              .value = {reinterpret_cast<const char*>(data), size}};
  Normalizer normalizer;
  NormalizeOutput normalized;
  normalizer.run({&message, 1}, kNow, normalized);
  if (normalized.batch.ticks.size() + normalized.dead.size() != 1) std::abort();
  if (normalized.messages.empty()) return 0;
  const SourceMessage tick{
      .topic = "normalized", .key = normalized.messages.key(0), .value = normalized.messages.value(0)};
  Enricher enricher;
  EnrichOutput enriched;
  enricher.run({&tick, 1}, Catalog::with_defaults(), kNow, enriched);
  if (enriched.messages.size() != 1) std::abort();
  const SourceMessage rich{
      .topic = "enriched", .key = enriched.messages.key(0), .value = enriched.messages.value(0)};
  Aggregator aggregator;
  BarOutput bars;
  aggregator.run({&rich, 1}, kNow, bars);
  aggregator.close_all(bars);
  if (bars.dead.size() != 0) std::abort();
  return 0;
}
