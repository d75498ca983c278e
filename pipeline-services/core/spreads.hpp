#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/derived.hpp"

namespace dpctl::pipeline {

/// One side of a spread: bars of an instrument, and what one unit of it counts.
struct SpreadLeg {
  std::string instrument_id{};
  Fixed ratio{};
  Interval interval = Interval::h1;
};

/// A configured difference of prices: Σ ratio · price.
struct Spread {
  std::string name;
  std::string kind;  ///< location, calendar, dart, spark, dark, crack or basis
  std::string unit;
  Interval interval = Interval::h1;  ///< of the first leg, whose windows are the spread's
  Micros max_age = 0;                ///< how much earlier than the window a leg's bar may end
  std::vector<SpreadLeg> legs{};

  [[nodiscard]] bool has_leg(const Bar& bar) const;
};

/// Reads definitions, one a line; '#' begins a comment:
///
///   name kind unit interval max-age leg leg …      where leg is INSTRUMENT[:RATIO][@INTERVAL]
///   wz-basis  location USD/MWh 1h 0s  NYISO.DAM.ZONE.WEST NYISO.DAM.ZONE.N.Y.C.
///   jfk-spark spark    USD/MWh 1h 3d  NYISO.DAM.ZONE.N.Y.C. NG.TRANSCO_Z6:-7.0@1d
///
/// Ratios default to 1 and −1; the gas leg of a spark spread to −7.0 (its heat rate in MMBtu/MWh). Dark and
/// crack spreads have no usual ratio: theirs must be given. Code::usage with the line's number.
Result<std::vector<Spread>> parse_spreads(std::string_view text, std::string_view file_name);

/// Spreads over bars of any order. A window's value is made of the newest bar of each leg that ends by the
/// window's end and is no older than max_age; while a leg has none there is no value. A bar that comes late or
/// is revised re-issues the values that it is part of. Prices are time-weighted averages: a spread is about
/// the delivery period, not about its last minute.
class Spreads {
 public:
  /// `keep`: how far back from a spread's newest window its bars are kept for late ones.
  explicit Spreads(std::vector<Spread> definitions = {}, Micros keep = 8 * kDay);
  void add(const Bar& bar, std::vector<DerivedValue>& out);
  /// The same for the spreads of this name only.
  void add(std::string_view name, const Bar& bar, std::vector<DerivedValue>& out);
  /// Calls `use` with the name of each spread that this bar is a leg of.
  template <class Use>
  void each_of(const Bar& bar, const Use& use) const {
    if (const auto found = by_leg_.find(bar.instrument_id); bar.is_final && found != by_leg_.end())
      for (const auto d : found->second)
        if (definitions_[d].has_leg(bar)) use(std::string_view(definitions_[d].name));
  }
  [[nodiscard]] bool empty() const { return definitions_.empty(); }
  /// Windows of first legs that have no value, for want of another leg.
  [[nodiscard]] std::uint64_t missing() const;

  /// The state as deterministic bytes. restore() leaves out what belongs to a definition that there is no
  /// more, or that has changed. Code::conflict when the bytes are of another version of the format.
  [[nodiscard]] std::string snapshot() const;
  Result<void> restore(std::string_view bytes);

 private:
  struct Price {
    Micros end;
    Fixed price;
  };
  struct Issued {
    Fixed value;
    std::vector<std::int64_t> ages;
    std::int64_t revision = 0;
  };
  struct State {
    std::vector<std::map<Micros, Price>> legs;  ///< by start of the bar
    std::map<Micros, Issued> issued;            ///< by start of the window
    std::set<Micros> waiting;                   ///< windows without a value
  };
  void add_to(std::size_t definition, const Bar& bar, std::vector<DerivedValue>& out);
  static void write(const State& state, ByteWriter& out);
  static State read(ByteReader& in);
  void evaluate(const Spread& spread, State& state, std::string_view tenant, Micros window,
                std::vector<DerivedValue>& out) const;

  std::vector<Spread> definitions_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_leg_;  ///< definitions by instrument
  Micros keep_;
  std::map<std::pair<std::size_t, std::string>, State> states_;  ///< by definition and tenant
};

}  // namespace dpctl::pipeline
