#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline-services/core/tick.hpp"

namespace dpctl::pipeline {

struct ShortIdentity {
  std::uint64_t high = 0, low = 0;
  friend bool operator==(const ShortIdentity&, const ShortIdentity&) = default;
};

/// SHA-256 of what names an observation.
struct TickIdentity {
  std::array<std::uint8_t, 32> digest{};

  /// 64 lower-case hexadecimal digits.
  void hex(char* out) const;
  /// The first 128 bits, for tables: enough that no two observations meet.
  [[nodiscard]] ShortIdentity brief() const;
};

/// tenant|market|product|instrument|interval_start µs|interval_len s|source_system: the same for every
/// version of an observation's value, never the same for two observations. `scratch` holds the text.
TickIdentity identity_of(const Tick& tick, std::string& scratch);

/// What the original normalize-ticks called tick_id: symbol|occurred_at µs|source_system. Kept for those who
/// stored it; two markets with one symbol collide in it.
TickIdentity legacy_identity(std::string_view symbol, Micros occurred_at, std::string_view source_system,
                             std::string& scratch);

}  // namespace dpctl::pipeline
