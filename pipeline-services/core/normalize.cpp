// normalize.cpp: stage 1. Each message is taken apart by the adapter of its market; what all markets share
// happens here: identity, duplicates and corrections, quality flags, the local calendar.
//
// Two memories make the stage stateful, both bounded: by tick identity (was this observation seen, with which
// value), and by series (recent prices for the spike flag, progress for the late flag). Losing them changes
// flags and lets a duplicate through, which the next stage drops by the same identity; it never changes a
// price.
#include "pipeline-services/core/normalize.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <deque>
#include <unordered_map>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/markets/markets.hpp"
#include "pipeline-services/core/raw_message.hpp"
#include "pipeline-services/core/series_memory.hpp"

namespace dpctl::pipeline {
namespace {

constexpr Fixed kTolerance{2'000'000};  // 0.02: the published components are rounded to cents
constexpr Micros kAllowedLateness = 300 * kSecond;

/// The first 128 bits of a tick id.
struct ShortId {
  std::uint64_t high = 0, low = 0;
  friend bool operator==(const ShortId&, const ShortId&) = default;
};
struct ShortIdHash {
  std::size_t operator()(const ShortId& id) const { return static_cast<std::size_t>(id.high); }
};

struct Known {
  std::int64_t price = 0;
  std::uint64_t value_hash = 0;
  std::int64_t revision = 0;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// A map that forgets what was added first.
template <class Key, class Value, class Hash, class Equal = std::equal_to<Key>>
class BoundedMap {
 public:
  explicit BoundedMap(std::size_t limit) : limit_(limit) {}
  template <class K>
  Value* find(const K& key) {
    auto found = map_.find(key);
    return found == map_.end() ? nullptr : &found->second;
  }
  Value& add(Key key) {
    if (map_.size() >= limit_ && !order_.empty()) {
      map_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(key);
    return map_[std::move(key)];
  }
  [[nodiscard]] const std::deque<Key>& order() const { return order_; }
  void clear() {
    map_.clear();
    order_.clear();
  }

 private:
  std::size_t limit_;
  std::unordered_map<Key, Value, Hash, Equal> map_;
  std::deque<Key> order_;
};

std::uint64_t hash_of_value(const Tick& tick) {
  std::uint64_t hash = 1'469'598'103'934'665'603ULL;
  const auto mix = [&](std::int64_t value) {
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 1'099'511'628'211ULL;
    hash ^= hash >> 29U;
  };
  mix(tick.price.units);
  for (const auto* part :
       {&tick.energy, &tick.congestion, &tick.loss, &tick.ghg, &tick.volume, &tick.bid, &tick.ask}) {
    mix(part->has_value() ? 1 : 0);
    mix(part->value_or(Fixed{}).units);
  }
  mix(tick.superseded ? 1 : 0);
  return hash;
}

struct Identity {
  ShortId short_id;
  std::array<char, 64> hex;
};

Identity identity_of(const Tick& tick, std::string& scratch) {
  scratch.clear();
  for (const auto part : {tick.tenant, tick.market, tick.product, tick.instrument_id}) {
    scratch += part;
    scratch += '|';
  }
  fmt::format_to(std::back_inserter(scratch), "{}|{}|", tick.interval_start, tick.interval_len);
  scratch += tick.source_system;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(scratch.data()), scratch.size(), digest.data());
  Identity id{};
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = 0; i < digest.size(); ++i) {
    id.hex[2 * i] = kHex[digest[i] >> 4U];
    id.hex[2 * i + 1] = kHex[digest[i] & 15U];
  }
  std::memcpy(&id.short_id, digest.data(), sizeof id.short_id);
  return id;
}

bool components_disagree(const Tick& tick) {
  if (!tick.energy || !tick.congestion || !tick.loss) return false;
  const Fixed rest = tick.price - *tick.energy - *tick.congestion - *tick.loss - tick.ghg.value_or(Fixed{});
  return rest > kTolerance || rest < -kTolerance;
}

}  // namespace

struct Normalizer::State {
  explicit State(NormalizeOptions given)
      : options(std::move(given)), known(options.remembered_ticks), series(options.remembered_series) {}

  NormalizeOptions options;
  BoundedMap<ShortId, Known, ShortIdHash> known;
  BoundedMap<std::string, SeriesMemory, TextHash, std::equal_to<>> series;
  RawParser parser;
  RawMessage raw;
  std::string scratch;
  std::string key;

  std::optional<Fault> draft(const SourceMessage& message, Micros now, Arena& arena, Draft& draft);
  void assess(Tick& tick, const MarketFacts& market, Micros now) const;
  bool recognise(Draft& draft, Arena& arena, NormalizeCounts& counts);
  void compare_with_series(Tick& tick);
};

namespace {

void keep_strings(Tick& tick, Arena& arena) {
  for (auto* text : {&tick.tenant, &tick.market, &tick.product, &tick.location_type, &tick.location,
                     &tick.symbol, &tick.source_system, &tick.source_event_id, &tick.correlation_id,
                     &tick.currency, &tick.unit, &tick.raw_time})
    *text = arena.keep(*text);
}

}  // namespace

/// The message as a tick without identity; what is wrong with it otherwise.
std::optional<Fault> Normalizer::State::draft(const SourceMessage& message, Micros now, Arena& arena,
                                              Draft& draft) {
  if (auto fault = parser.parse(message.value, raw)) return fault;
  if (raw.market.empty()) return Fault{fault::kContract, "missing_field", "the payload names no market"};
  const MarketFacts& market = facts(market_of(raw.market));
  markets::parse(market.market, raw.row, draft);
  if (!raw.row.ok()) return raw.row.fault();

  Tick& tick = draft.tick;
  const bool generic = raw.row.text("report").empty();
  std::string market_name(market.market == Market::other ? raw.market : market.name);
  for (char& c : market_name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  tick.market = market_name;
  tick.tenant = raw.tenant.empty() ? std::string_view(options.tenant) : raw.tenant;
  tick.source_system = raw.source.empty() ? raw.market : raw.source;
  tick.source_event_id = raw.event_id;
  tick.correlation_id = raw.correlation_id.empty() ? raw.event_id : raw.correlation_id;
  tick.symbol = raw.symbol.empty() ? tick.location : raw.symbol;
  tick.backfill = raw.backfill;
  if (tick.currency.empty() || tick.unit.empty()) {
    if (generic) tick.quality |= quality::kUnitAssumed;
    if (tick.currency.empty()) tick.currency = "USD";
    if (tick.unit.empty()) tick.unit = "MWh";
  }
  if (generic && raw.instrument_id.size() < 3)
    return Fault{fault::kContract, "missing_instrument", "instrument_id has fewer than three characters"};
  if (tick.volume && *tick.volume < Fixed{})
    return Fault{fault::kValidation, "negative_volume", "volume is below zero"};
  tick.instrument_id =
      arena.keep(generic ? std::string(raw.instrument_id)
                         : instrument_id(tick.market, tick.product, tick.location_type, tick.location));
  keep_strings(tick, arena);
  tick.event_time = tick.interval_start;
  const auto made = raw.made_at.integer() ? from_epoch(*raw.made_at.integer()) : parse_iso(raw.made_at.text);
  tick.ingested_at = made ? *made : now;
  tick.normalized_at = now;
  const auto local = local_hour(market.zone, tick.interval_start);
  tick.trade_date = local.date;
  tick.hour_ending = local.hour_ending;
  tick.repeated_hour = local.repeated;
  assess(tick, market, now);
  return {};
}

/// Flags that need nothing but the tick.
void Normalizer::State::assess(Tick& tick, const MarketFacts& market, Micros now) const {
  if (tick.price < Fixed{}) tick.quality |= quality::kPriceNegative;
  if (tick.price < options.min_price.value_or(market.min_price) ||
      tick.price > options.max_price.value_or(market.max_price))
    tick.quality |= quality::kOutOfRange;
  if (tick.volume && *tick.volume > options.max_volume) tick.quality |= quality::kVolumeSpike;
  if (components_disagree(tick)) tick.quality |= quality::kComponentMismatch;
  // Day-ahead prices are about tomorrow.
  const Micros ahead = tick.product.starts_with("DAM") ? 2 * kDay : kMinute;
  if (tick.event_time > now + ahead) tick.quality |= quality::kFutureTimestamp;
}

/// Gives identity and revision. False: the tick says nothing new.
bool Normalizer::State::recognise(Draft& draft, Arena& arena, NormalizeCounts& counts) {
  Tick& tick = draft.tick;
  const Identity id = identity_of(tick, scratch);
  tick.tick_id = arena.keep({id.hex.data(), id.hex.size()});
  const std::uint64_t value = hash_of_value(tick);
  if (Known* before = known.find(id.short_id)) {
    if (draft.versioned ? tick.revision == before->revision && value == before->value_hash
                        : value == before->value_hash) {
      ++counts.duplicates;
      return false;
    }
    if (draft.versioned && tick.revision < before->revision) {
      ++counts.stale_revisions;
      return false;
    }
    if (!draft.versioned) tick.revision = before->revision + 1;
    tick.quality |= quality::kCorrected;
    tick.superseded_price = Fixed{before->price};
    ++counts.corrections;
    *before = {tick.price.units, value, tick.revision};
    return true;
  }
  known.add(id.short_id) = {tick.price.units, value, tick.revision};
  return true;
}

/// Flags against the series' own past: stream time, never the wall clock, so that a replay does not mark
/// everything late.
void Normalizer::State::compare_with_series(Tick& tick) {
  key.assign(tick.tenant);
  key += '|';
  key += tick.instrument_id;
  SeriesMemory* memory = series.find(key);
  if (memory == nullptr) memory = &series.add(key);
  const Micros length = tick.interval_len * kSecond;
  const Micros end = tick.interval_start + length;
  if (end + std::max(length, kAllowedLateness) < memory->latest_end) tick.quality |= quality::kLateArrival;
  memory->latest_end = std::max(memory->latest_end, end);
  if (memory->spikes(tick.price)) tick.quality |= quality::kPriceSpike;
  if ((tick.quality & quality::kExcludedFromBars) == 0 && !tick.superseded) memory->add(tick.price);
}

Normalizer::Normalizer(NormalizeOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Normalizer::~Normalizer() = default;
Normalizer::Normalizer(Normalizer&&) noexcept = default;
Normalizer& Normalizer::operator=(Normalizer&&) noexcept = default;

void Normalizer::run(std::span<const SourceMessage> messages, Micros now, NormalizeOutput& out) {
  std::string message_key;
  for (const auto& message : messages) {
    ++out.counts.in;
    Draft draft;
    if (const auto fault = state_->draft(message, now, out.batch.arena, draft)) {
      out.dead.add(message, "normalization", *fault, now);
      ++out.counts.dead;
      continue;
    }
    if (!state_->recognise(draft, out.batch.arena, out.counts)) continue;
    state_->compare_with_series(draft.tick);
    const Tick& tick = out.batch.ticks.emplace_back(draft.tick);
    ++out.counts.out;
    if (tick.quality != 0) ++out.counts.flagged;
    message_key.assign(tick.tenant);
    message_key += '|';
    message_key += tick.instrument_id;
    out.messages.add(message_key, [&](std::string& bytes) { append_normalized(bytes, tick); });
  }
}

namespace {
constexpr std::string_view kMagic = "normalizer-state-1";
}

std::string Normalizer::snapshot() const {
  ByteWriter out;
  out.text(kMagic);
  out.number(static_cast<std::int64_t>(state_->known.order().size()));
  for (const auto& id : state_->known.order()) {
    const Known& known = *state_->known.find(id);
    for (const auto value : {static_cast<std::int64_t>(id.high), static_cast<std::int64_t>(id.low),
                             known.price, static_cast<std::int64_t>(known.value_hash), known.revision})
      out.number(value);
  }
  out.number(static_cast<std::int64_t>(state_->series.order().size()));
  for (const auto& name : state_->series.order()) {
    const SeriesMemory& memory = *state_->series.find(name);
    out.text(name);
    out.number(memory.seen);
    out.number(memory.latest_end);
    for (const auto price : memory.prices) out.number(price);
  }
  return out.take();
}

Result<void> Normalizer::restore(std::string_view bytes) {
  ByteReader in(bytes);
  const auto broken = [] {
    return fail(Code::failed, "the normaliser's saved state is damaged")
        .hint("delete it: the stage starts empty");
  };
  if (in.text() != kMagic) return broken();
  state_->known.clear();
  state_->series.clear();
  for (auto left = in.count(40); left > 0; --left) {
    ShortId id;
    id.high = static_cast<std::uint64_t>(in.number());
    id.low = static_cast<std::uint64_t>(in.number());
    Known known;
    known.price = in.number();
    known.value_hash = static_cast<std::uint64_t>(in.number());
    known.revision = in.number();
    state_->known.add(id) = known;
  }
  for (auto left = in.count(24 + 8 * SeriesMemory::kWindow); left > 0; --left) {
    SeriesMemory& memory = state_->series.add(std::string(in.text()));
    memory.seen = static_cast<std::uint32_t>(in.number());
    memory.latest_end = in.number();
    for (auto& price : memory.prices) price = in.number();
  }
  if (!in.done()) return broken();
  return {};
}

}  // namespace dpctl::pipeline
