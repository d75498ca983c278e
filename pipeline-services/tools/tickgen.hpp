#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/market.hpp"

namespace dpctl::pipeline {

/// What the generated day is like.
enum class TickDay : std::uint8_t {
  plain,   ///< times in UTC
  spring,  ///< 2025-03-09, times with the market's offset, clocks go forward
  autumn,  ///< 2025-11-02, clocks go back
};

struct TickgenOptions {
  std::uint64_t seed = 1;
  std::string tenant = "default";
  TickDay day = TickDay::plain;
  Micros begin = 0;              ///< event time of the first message; 0: the day's own
  Micros step = kSecond / 1000;  ///< event time from one message to the next
  bool backfill = false;         ///< marked as old on purpose
};

/// How many of each oddity came, out of all.
struct TickgenCounts {
  std::uint64_t messages = 0, negative = 0, zero = 0, late = 0, very_late = 0, duplicates = 0,
                corrections = 0, malformed = 0;
};

/// Raw messages as a market adapter makes them (nested envelope, about 613 bytes): five markets of 2,000
/// instruments each, chosen by Zipf's law with exponent 1.1; prices walk at random.
///
/// Of all messages 0.5 % are below zero, 0.1 % are zero, 1 % come up to five minutes late and 0.05 % up to a
/// day, 0.2 % are repeated, 0.1 % give a new price for an old time, 0.1 % are malformed, in six ways.
/// Same options: same bytes. Ask for the next one as long as you like.
class TickGenerator {
 public:
  explicit TickGenerator(TickgenOptions options);

  /// Makes the next message.
  void next();
  [[nodiscard]] std::string_view value() const { return value_; }
  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] std::string_view topic() const;
  [[nodiscard]] const TickgenCounts& counts() const { return counts_; }

  static constexpr std::size_t kMarkets = 5;
  static constexpr std::size_t kInstruments = 2000;  ///< of each market

 private:
  struct Instrument {
    std::int64_t cents = 0;
    std::string id, node, zone;
  };
  struct Said {
    std::size_t instrument = 0;
    Micros at = 0;
    std::int64_t cents = 0;
    std::string value{};
  };

  std::uint64_t random();
  std::uint64_t below(std::uint64_t limit) { return random() % limit; }
  std::size_t choose();
  void write(std::size_t instrument, Micros at, std::int64_t cents);
  void spoil();

  TickgenOptions options_;
  std::array<std::uint64_t, 4> state_{};
  std::vector<std::uint64_t> cumulative_;  ///< of Zipf's weights, scaled to 2^63
  std::vector<Instrument> instruments_;
  std::vector<Said> said_;  ///< the last messages, for repeats and corrections
  std::size_t market_ = 0;
  std::string value_, key_;
  TickgenCounts counts_;
};

}  // namespace dpctl::pipeline
