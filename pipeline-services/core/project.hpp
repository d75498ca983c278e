#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/message.hpp"

namespace dpctl::pipeline {

/// The newest known price of an instrument. Owns its strings: it outlives its batch in caches.
struct LatestPrice {
  std::string tenant, instrument_id, market, product, location_type, location, currency, unit;
  Fixed price;
  std::optional<Fixed> volume;
  Micros event_time = 0;      ///< time of the last observation of the bar
  Micros interval_start = 0;  ///< of the bar
  Interval interval = Interval::m5;
  std::int64_t revision = 0;  ///< of the bar
  quality::Mask quality = 0;
};

struct ProjectCounts {
  std::uint64_t in = 0, updates = 0, stale = 0, dead = 0;
};

struct ProjectOutput {
  std::vector<LatestPrice> updates;  ///< rows for served_latest and Redis
  OutMessages messages;              ///< for the projection topic; key "tenant|instrument_id"
  DeadLetters dead;
  ProjectCounts counts;
  void clear() {
    updates.clear();
    messages.clear();
    dead.clear();
    counts = {};
  }
};

/// Stage 4: bars → latest price. Monotone on (event_time, finer interval, revision): a late or replayed bar
/// never moves a price back.
class Projector {
 public:
  /// `remembered`: series of which the newest (event_time, revision) is kept; the stores compare again, so
  /// forgetting is safe.
  explicit Projector(std::size_t remembered = 500'000);
  ~Projector();
  Projector(Projector&&) noexcept;
  Projector& operator=(Projector&&) noexcept;
  void run(std::span<const SourceMessage> messages, Micros now, ProjectOutput& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::pipeline
