#include "pipeline-services/core/spreads.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "lib/base/strings.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::array<std::string_view, 7> kKinds{"location", "calendar", "dart", "spark", "dark", "crack", "basis"};
constexpr Fixed kHeatRate{7 * Fixed::kOne};  // MMBtu of gas for a MWh

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto from = line.find_first_not_of(" \t\r");
    if (from == std::string_view::npos) break;
    line.remove_prefix(from);
    const auto to = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, to));
    line.remove_prefix(to);
  }
  return words;
}

std::optional<Micros> age_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc() || number < 0 || number > 100'000 || end + 1 != text.data() + text.size()) return {};
  switch (*end) {
    case 's': return number * kSecond;
    case 'm': return number * kMinute;
    case 'h': return number * kHour;
    case 'd': return number * kDay;
    default: return {};
  }
}

std::optional<SpreadLeg> leg_of(std::string_view text, const Spread& spread) {
  SpreadLeg leg{.interval = spread.interval};
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const auto interval = interval_of(text.substr(at + 1));
    if (!interval) return {};
    leg.interval = *interval;
    text = text.substr(0, at);
  }
  const bool first = spread.legs.empty();
  const bool usual = spread.kind != "dark" && spread.kind != "crack" && spread.legs.size() < 2;
  leg.ratio = first ? Fixed::whole(1) : spread.kind == "spark" ? -kHeatRate : Fixed::whole(-1);
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    const auto ratio = Fixed::parse(text.substr(colon + 1));
    if (!ratio || ratio->units == 0) return {};
    leg.ratio = *ratio;
    text = text.substr(0, colon);
  } else if (!usual) {
    return {};
  }
  leg.instrument_id = text;
  return text.empty() ? std::nullopt : std::optional(leg);
}

Result<Spread> spread_of(const std::vector<std::string_view>& words) {
  if (words.size() < 7)
    return fail(Code::usage, "a spread has a name, kind, unit, interval, max-age and two legs or more");
  Spread spread{.name = std::string(words[0]), .kind = std::string(words[1]), .unit = std::string(words[2])};
  if (std::find(kKinds.begin(), kKinds.end(), words[1]) == kKinds.end())
    return fail(Code::usage, "\"{}\" is no kind of spread", words[1])
        .hint("location, calendar, dart, spark, dark, crack or basis");
  const auto interval = interval_of(words[3]);
  if (!interval) return fail(Code::usage, "\"{}\" is no bar interval", words[3]);
  spread.interval = *interval;
  const auto age = age_of(words[4]);
  if (!age) return fail(Code::usage, "\"{}\" is no age", words[4]).hint("write 0s, 30m, 2h or 3d");
  spread.max_age = *age;
  for (std::size_t i = 5; i < words.size(); ++i) {
    auto leg = leg_of(words[i], spread);
    if (!leg)
      return fail(Code::usage, "\"{}\" is no leg of a {} spread", words[i], spread.kind)
          .hint("write INSTRUMENT:RATIO or INSTRUMENT:RATIO@INTERVAL; dark and crack spreads need each ratio");
    spread.legs.push_back(std::move(*leg));
  }
  if (spread.legs.front().interval != spread.interval)
    return fail(Code::usage, "the first leg has another interval than the spread");
  return spread;
}

}  // namespace

Result<std::vector<Spread>> parse_spreads(std::string_view text, std::string_view file_name) {
  std::vector<Spread> spreads;
  std::size_t number = 0;
  for (auto line : split(text, '\n')) {
    ++number;
    line = line.substr(0, line.find('#'));
    const auto words = words_of(line);
    if (words.empty()) continue;
    auto spread = spread_of(words);
    if (std::any_of(spreads.begin(), spreads.end(),
                    [&](const Spread& other) { return other.name == words[0]; }))
      spread = fail(Code::usage, "there are two spreads of the name {}", words[0]);
    if (!spread) {
      Error error = spread.error();
      error.where = Place{.subject = std::string(file_name), .line = number, .column = 1};
      return fail(std::move(error));
    }
    spreads.push_back(std::move(*spread));
  }
  return spreads;
}

Spreads::Spreads(std::vector<Spread> definitions, Micros keep)
    : definitions_(std::move(definitions)), keep_(keep) {
  for (std::size_t d = 0; d < definitions_.size(); ++d)
    for (const auto& leg : definitions_[d].legs)
      if (auto& found = by_leg_[leg.instrument_id]; found.empty() || found.back() != d) found.push_back(d);
}

bool Spread::has_leg(const Bar& bar) const {
  return std::any_of(legs.begin(), legs.end(), [&](const SpreadLeg& leg) {
    return leg.interval == bar.interval && leg.instrument_id == bar.instrument_id;
  });
}

void Spreads::evaluate(const Spread& spread, State& state, std::string_view tenant, Micros window,
                       std::vector<DerivedValue>& out) const {
  const Price& first = state.legs[0].at(window);
  Int128 sum = 0;
  std::vector<std::int64_t> ages;
  for (std::size_t i = 0; i < spread.legs.size(); ++i) {
    // The newest bar that ends by the window's end. Bars of one series do not overlap, so the order of their
    // starts is the order of their ends.
    auto& bars = state.legs[i];
    auto at = bars.upper_bound(first.end - 1);
    while (at != bars.begin() && std::prev(at)->second.end > first.end) --at;
    if (at == bars.begin() || first.end - std::prev(at)->second.end > spread.max_age) {
      state.waiting.insert(window);
      return;
    }
    const Price& price = std::prev(at)->second;
    sum += static_cast<Int128>(price.price.units) * spread.legs[i].ratio.units;
    ages.push_back((first.end - price.end) / kSecond);
  }
  DerivedValue value;
  value.tenant = tenant;
  value.kind = spread.kind;
  value.name = spread.name;
  value.interval = spread.interval;
  value.start = window;
  value.end = first.end;
  value.unit = spread.unit;
  value.value = Fixed{divide_rounded(sum, Fixed::kOne)};
  value.leg_ages = std::move(ages);
  state.waiting.erase(window);
  const auto [known, fresh] = state.issued.try_emplace(window);
  if (!fresh) {
    if (known->second.value == *value.value && known->second.ages == value.leg_ages) return;
    value.revision = known->second.revision + 1;
  }
  known->second = {*value.value, value.leg_ages, value.revision};
  out.push_back(std::move(value));
}

void Spreads::add(const Bar& bar, std::vector<DerivedValue>& out) {
  each_of(bar, [&](std::string_view name) { add(name, bar, out); });
}

void Spreads::add(std::string_view name, const Bar& bar, std::vector<DerivedValue>& out) {
  if (!bar.is_final) return;
  for (std::size_t d = 0; d < definitions_.size(); ++d)
    if (definitions_[d].name == name && definitions_[d].has_leg(bar)) add_to(d, bar, out);
}

void Spreads::add_to(std::size_t definition, const Bar& bar, std::vector<DerivedValue>& out) {
  const Spread& spread = definitions_[definition];
  State& state = states_[{definition, std::string(bar.tenant)}];
  state.legs.resize(spread.legs.size());
  for (std::size_t i = 0; i < spread.legs.size(); ++i) {
    if (spread.legs[i].interval != bar.interval || spread.legs[i].instrument_id != bar.instrument_id)
      continue;
    state.legs[i][bar.start] = {bar.end, bar.twap};
    // It can be part of the windows that end at its end or up to max_age after it.
    std::vector<Micros> windows;
    for (const auto& [start, price] : state.legs[0])
      if (price.end >= bar.end && price.end <= bar.end + spread.max_age) windows.push_back(start);
    for (const auto window : windows) evaluate(spread, state, bar.tenant, window, out);
    const Micros newest = state.legs[0].empty() ? bar.start : state.legs[0].rbegin()->first;
    const Micros oldest = newest - keep_ - spread.max_age;
    for (auto& leg : state.legs) leg.erase(leg.begin(), leg.lower_bound(oldest));
    state.issued.erase(state.issued.begin(), state.issued.lower_bound(oldest));
    state.waiting.erase(state.waiting.begin(), state.waiting.lower_bound(oldest));
  }
}

namespace {

constexpr std::string_view kMagic = "spreads-state-1";

/// All of a definition, so that a changed one is told from what it was.
std::string text_of(const Spread& spread) {
  std::string text = spread.name + ' ' + spread.kind + ' ' + spread.unit + ' ' +
                     std::string(name_of(spread.interval)) + ' ' + std::to_string(spread.max_age);
  for (const auto& leg : spread.legs)
    text += ' ' + leg.instrument_id + ':' + std::to_string(leg.ratio.units) + '@' +
            std::string(name_of(leg.interval));
  return text;
}

}  // namespace

void Spreads::write(const State& state, ByteWriter& out) {
  out.number(static_cast<std::int64_t>(state.legs.size()));
  for (const auto& leg : state.legs) {
    out.number(static_cast<std::int64_t>(leg.size()));
    for (const auto& [start, price] : leg)
      for (const auto number : {start, price.end, price.price.units}) out.number(number);
  }
  out.number(static_cast<std::int64_t>(state.issued.size()));
  for (const auto& [window, issued] : state.issued) {
    for (const auto number : {window, issued.value.units, issued.revision}) out.number(number);
    out.number(static_cast<std::int64_t>(issued.ages.size()));
    for (const auto age : issued.ages) out.number(age);
  }
  out.number(static_cast<std::int64_t>(state.waiting.size()));
  for (const auto window : state.waiting) out.number(window);
}

Spreads::State Spreads::read(ByteReader& in) {
  State state;
  state.legs.resize(static_cast<std::size_t>(in.count(8)));
  for (auto& leg : state.legs)
    for (auto left = in.count(24); left > 0; --left) {
      const Micros start = in.number(), end = in.number();
      leg[start] = {end, Fixed{in.number()}};
    }
  for (auto left = in.count(32); left > 0; --left) {
    auto& issued = state.issued[in.number()];
    issued.value.units = in.number();
    issued.revision = in.number();
    for (auto ages = in.count(8); ages > 0; --ages) issued.ages.push_back(in.number());
  }
  for (auto left = in.count(8); left > 0; --left) state.waiting.insert(in.number());
  return state;
}

std::string Spreads::snapshot() const {
  ByteWriter out;
  out.text(kMagic);
  out.number(static_cast<std::int64_t>(states_.size()));
  for (const auto& [key, state] : states_) {
    out.text(text_of(definitions_[key.first]));
    out.text(key.second);
    write(state, out);
  }
  return out.take();
}

Result<void> Spreads::restore(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.text() != kMagic)
    return fail(Code::conflict, "the state of the spreads is of another version of its format");
  decltype(states_) states;
  for (auto left = in.count(40); left > 0 && in.ok(); --left) {
    const auto definition = in.text(), tenant = in.text();
    auto state = read(in);
    for (std::size_t d = 0; d < definitions_.size(); ++d) {
      if (text_of(definitions_[d]) != definition) continue;
      if (state.legs.size() != definitions_[d].legs.size())
        return fail(Code::failed, "the state of the spreads is damaged: {} has {} legs there",
                    definitions_[d].name, state.legs.size());
      states[{d, std::string(tenant)}] = std::move(state);
    }
  }
  if (!in.done()) return fail(Code::failed, "the state of the spreads is damaged");
  states_ = std::move(states);
  return {};
}

std::uint64_t Spreads::missing() const {
  std::uint64_t missing = 0;
  for (const auto& [key, state] : states_) missing += state.waiting.size();
  return missing;
}

}  // namespace dpctl::pipeline
