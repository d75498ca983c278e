#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/enrich.hpp"
#include "pipeline-services/core/normalize.hpp"
#include "pipeline-services/core/raw.hpp"

namespace dpctl::pipeline::test {

inline constexpr Micros kNow = 1'800'000'000 * kSecond;  // 2027-01-15

/// A raw message of shape 2.1 around a raw_data object.
inline std::string raw(std::string_view market, std::string_view data,
                       std::string_view instrument = "TEST.ONE") {
  return R"({"envelope":{"event_id":"e1","timestamp":"2025-01-01T00:00:00Z","tenant_id":"t","source":"ingestion.x"},)"
         R"("payload":{"market":")" +
         std::string(market) + R"(","instrument_id":")" + std::string(instrument) + R"(","raw_data":)" +
         std::string(data) + "}}";
}

inline std::vector<SourceMessage> messages_of(const std::vector<std::string>& values,
                                              std::string_view topic = "in") {
  std::vector<SourceMessage> messages;
  std::int64_t offset = 0;
  for (const auto& value : values)
    messages.push_back({.topic = topic, .partition = 0, .offset = offset++, .key = "k", .value = value});
  return messages;
}

/// Normalises in one batch with a fresh state.
inline void normalize(const std::vector<std::string>& values, NormalizeOutput& out) {
  Normalizer normalizer;
  normalizer.run(messages_of(values), kNow, out);
}

/// The raw messages of a published file.
inline std::vector<std::string> messages_of_file(std::string_view name, std::string_view text) {
  const auto file = read_market_file(name, text);
  std::vector<std::string> values;
  if (!file) return values;
  for (const auto& row : file->rows) append_raw(values.emplace_back(), file->market, row, {.now = kNow});
  return values;
}

/// An enriched message of a five-minute price.
inline std::string enriched(std::string_view instrument, Micros at, std::int64_t cents,
                            std::int64_t revision = 0, std::int32_t length = 300, quality::Mask quality = 0) {
  EnrichedTick tick;
  const std::string id = std::string(instrument) + std::to_string(at);
  tick.tenant = "t";
  tick.market = "NYISO";
  tick.product = "RT5M";
  tick.instrument_id = instrument;
  tick.tick_id = id;
  tick.currency = "USD";
  tick.unit = "MWh";
  tick.event_time = tick.interval_start = at;
  tick.interval_len = length;
  tick.price = Fixed{cents * 1'000'000};
  tick.revision = revision;
  tick.quality = quality;
  std::string out;
  append_enriched(out, tick);
  return out;
}

}  // namespace dpctl::pipeline::test
