#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/bounds.hpp"
#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/message.hpp"
#include "pipeline-services/core/tick.hpp"

namespace dpctl::pipeline {

struct NormalizeOptions {
  std::string tenant = "default";  ///< of messages that name none
  std::size_t remembered_ticks =
      1'000'000;  ///< identities kept to recognise duplicates and corrections; the oldest go first
  std::size_t remembered_series = 200'000;  ///< instruments whose recent prices are kept for the spike flag
  Fixed max_volume = Fixed::whole(1'000'000);
  PriceBound min_price{}, max_price{};  ///< where they are not the market's own hard bounds
};

struct NormalizeCounts {
  std::uint64_t in = 0, out = 0, flagged = 0, duplicates = 0, corrections = 0, stale_revisions = 0, dead = 0;
};

struct NormalizeOutput {
  TickBatch batch;       ///< rows for silver_ticks, in input order
  OutMessages messages;  ///< same ticks for the normalised topic; key "tenant|instrument_id"
  DeadLetters dead;
  NormalizeCounts counts;  ///< of this batch
  void clear() {
    batch.clear();
    messages.clear();
    dead.clear();
    counts = {};
  }
};

/// Stage 1: raw message of any market → normalised tick. Deterministic: same messages in the same order, same
/// state, same `now` give the same bytes.
class Normalizer {
 public:
  explicit Normalizer(NormalizeOptions options = {});
  ~Normalizer();
  Normalizer(Normalizer&&) noexcept;
  Normalizer& operator=(Normalizer&&) noexcept;

  /// Appends to `out`. Never fails as a whole: what cannot be a tick is a dead letter. Exact duplicates are
  /// counted and dropped. `now` sets normalized_at and judges future times.
  void run(std::span<const SourceMessage> messages, Micros now, NormalizeOutput& out);

  /// The memory of identities and prices as bytes, and back.
  [[nodiscard]] std::string snapshot() const;
  Result<void> restore(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::pipeline
