#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/contract/quality.hpp"
#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/market.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// A normalised price observation. Strings are views into the batch's arena.
struct Tick {
  std::string_view tenant;
  std::string_view market;         ///< upper case
  std::string_view product;        ///< "DAM", "RT5M", …; "SPOT" for generic ticks
  std::string_view location_type;  ///< "ZONE", "LZEW", …; empty for generic ticks
  std::string_view location;       ///< as published, not made safe
  std::string_view instrument_id;
  std::string_view symbol;  ///< generic ticks; else the location
  std::string_view source_system;
  std::string_view tick_id;  ///< 64 hexadecimal digits: identity of (series, interval), not of the value
  std::string_view legacy_tick_id;  ///< the original's identity, of messages of its flat shape only
  std::string_view source_event_id;
  std::string_view correlation_id;
  std::string_view currency;  ///< "USD"
  std::string_view unit;      ///< "MWh"
  std::string_view raw_time;  ///< the time text as published, for audit

  Micros event_time = 0;  ///< interval start, or the time of a trade
  Micros interval_start = 0;
  std::int32_t interval_len = 0;  ///< seconds; 0 for a trade or quote
  Micros ingested_at = 0;         ///< when the raw message was made
  Micros normalized_at = 0;
  std::int32_t trade_date = 0;   ///< market-local, yyyymmdd
  std::int32_t hour_ending = 0;  ///< market-local, 1..24
  bool repeated_hour = false;

  Fixed price;
  std::optional<Fixed> energy, congestion, loss, ghg;  ///< price = energy + congestion + loss + ghg
  std::optional<Fixed> volume, bid, ask;
  std::optional<Fixed> superseded_price;  ///< what a correction replaces
  bool energy_derived = false;            ///< the file prints no energy component
  bool superseded = false;    ///< the source itself says that a newer version exists: never in a bar
  bool off_grid = false;      ///< NYISO dispatch run between the five-minute marks
  bool backfill = false;      ///< old data on purpose: lateness limits do not apply
  std::int64_t revision = 0;  ///< the source's version, or arrival order beginning with 0
  std::int64_t sequence = 0;  ///< the source's order within one time; 0 when it has none
  quality::Mask quality = 0;
  std::int64_t offset = -1;  ///< of the message that it was read from; never written
  bool plain = false;  ///< no text above needs an escape in JSON: known when it was read, and saves looking
};

/// What enrichment adds.
struct EnrichedTick : Tick {
  std::string_view commodity;  ///< "electricity", …, "unknown"
  std::string_view region;
  std::string_view product_tier;  ///< "standard", "premium"
  std::string_view method;        ///< "database", "rules", "fallback"
  std::string_view rules_version;
  Fixed confidence;  ///< 0..1
  bool low_confidence = false;
  std::optional<Fixed> contract_size, tick_size;
};

template <class T>
struct BatchOf {
  std::vector<T> ticks;
  Arena arena;  ///< owns the strings
  void clear() {
    ticks.clear();
    arena.clear();
  }
};
using TickBatch = BatchOf<Tick>;
using EnrichedBatch = BatchOf<EnrichedTick>;

}  // namespace dpctl::pipeline
