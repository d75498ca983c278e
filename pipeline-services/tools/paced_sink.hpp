#pragma once

#include <chrono>
#include <cstdint>

#include "pipeline-services/core/raw.hpp"

namespace dpctl::pipeline {

/// Messages a second of old days beside live ones, unless somebody says otherwise (docs/performance.md, B9).
inline constexpr std::uint64_t kBackfillRate = 2000;

/// Gives messages on to a sink on a schedule that a slow sink does not move. What is due within 20 ms leaves
/// together, flushed, so that it travels in batches; without a rate 5,000 messages do, which bounds what
/// waits in each partition to about one batch.
class PacedSink final : public RawSink {
 public:
  /// `rate`: messages a second; 0: as fast as the sink takes them. `to` outlives it.
  PacedSink(RawSink& to, std::uint64_t rate) : to_(to), rate_(rate) {}
  Result<void> put(std::string_view topic, std::string_view key, std::string_view value) override;
  Result<void> flush() override { return to_.flush(); }

 private:
  [[nodiscard]] std::uint64_t burst_of(std::uint64_t message) const;

  RawSink& to_;
  std::uint64_t rate_;
  std::uint64_t sent_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace dpctl::pipeline
