#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
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

/// The newest of a projection that is no price: a curve snapshot, a spread, a basis, a rolling statistic.
/// Owns its strings.
struct ServedView {
  std::string tenant, instrument_id;
  std::string type;    ///< "curve_snapshot", "spread", "basis", "rolling_stat", …
  std::string name;    ///< the horizon of a curve in lower case; which spread or statistic it is
  std::string window;  ///< empty when the type has none
  std::string data;    ///< the payload as it came: a JSON object
  Micros event_time = 0;
  std::int64_t revision = 0;
};

/// The "type" of a message's payload; empty when there is none.
std::string payload_type(std::string_view message);
/// Reads a payload that is no bar: a curve (curve, shape, as_of, version_us), a derived value (name, interval,
/// window, interval_start_us), or any other with instrument_id, ts, type, and <type>_type and window_size.
/// Code::failed says what is missing.
Result<ServedView> read_view(std::string_view message);

struct ProjectCounts {
  std::uint64_t in = 0, updates = 0, views = 0, stale = 0, dead = 0;
};

struct ProjectOutput {
  std::vector<LatestPrice> updates;  ///< rows for served_latest and Redis
  std::vector<ServedView> views;     ///< rows for served_projections and Redis
  OutMessages messages;              ///< for the projection topic; key "tenant|instrument_id"
  DeadLetters dead;
  ProjectCounts counts;
  void clear() {
    updates.clear();
    views.clear();
    messages.clear();
    dead.clear();
    counts = {};
  }
};

/// Stage 4: bars → latest price, everything else → its newest view. Monotone on (event_time, finer interval,
/// revision): a late or replayed bar never moves a price back.
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
