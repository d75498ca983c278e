// normalize.cpp: stage 1. Each message is taken apart by the adapter of its market; what all markets share
// happens here: identity, duplicates and corrections, quality flags, the local calendar.
//
// Two memories make the stage stateful, both bounded: by tick identity (was this observation seen, with which
// value), and by series (recent prices for the spike flag, progress for the late flag). Losing them changes
// flags and lets a duplicate through, which the next stage drops by the same identity; it never changes a
// price.
#include "pipeline-services/core/normalize.hpp"

#include <array>

#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/fifo_map.hpp"
#include "pipeline-services/core/hash.hpp"
#include "pipeline-services/core/identity.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/core/markets/markets.hpp"
#include "pipeline-services/core/raw_message.hpp"
#include "pipeline-services/core/series_memory.hpp"

namespace dpctl::pipeline {
namespace {

constexpr Fixed kTolerance{2'000'000};  // 0.02: the published components are rounded to cents
constexpr Micros kAllowedLateness = 300 * kSecond;

/// The newest value of an observation.
struct Known {
  std::int64_t price = 0;
  std::uint64_t value_hash = 0;
  std::int64_t revision = 0;
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

std::optional<Micros> time_of(const Scalar& scalar) {
  if (scalar.text.empty()) return {};
  const auto number = scalar.integer();
  const auto at = number ? from_epoch(*number) : parse_iso(scalar.text);
  return at ? std::optional(*at) : std::nullopt;
}

/// Local hours of the instants seen lately: prices come in order of time, and zones change their clocks on
/// whole hours.
class LocalHours {
 public:
  const LocalHour& at(Zone zone, Micros time) {
    const std::int64_t hour = time / kHour;
    Entry& entry =
        entries_[(static_cast<std::size_t>(hour) * 8 + static_cast<std::size_t>(zone)) % entries_.size()];
    if (entry.hour != hour || entry.zone != zone) entry = {hour, zone, local_hour(zone, time)};
    return entry.local;
  }

 private:
  struct Entry {
    std::int64_t hour = -1;
    Zone zone = Zone::utc;
    LocalHour local{};
  };
  std::array<Entry, 256> entries_{};
};

bool components_disagree(const Tick& tick) {
  if (!tick.energy || !tick.congestion || !tick.loss) return false;
  const Fixed rest = tick.price - *tick.energy - *tick.congestion - *tick.loss - tick.ghg.value_or(Fixed{});
  return rest > kTolerance || rest < -kTolerance;
}

/// A tick on its way: what is remembered of it is fetched from memory while others are read.
struct Pending {
  Draft draft;
  ShortIdentity id;
  std::string key;  ///< "tenant|instrument_id"
  std::uint64_t key_hash = 0;
};

}  // namespace

struct Normalizer::State {
  explicit State(NormalizeOptions given)
      : options(std::move(given)), known(options.remembered_ticks), series(options.remembered_series) {
    std::string escaped;
    append_escaped(escaped, options.tenant);
    plain_tenant = escaped == options.tenant;
  }

  NormalizeOptions options;
  FifoMap<ShortIdentity, Known> known;
  FifoMap<std::string, SeriesMemory> series;
  RawParser parser;
  RawMessage raw;
  LocalHours hours;
  std::string scratch;
  bool plain_tenant = true;  ///< options.tenant needs no escape in JSON
  std::array<Pending, 8> pending;

  std::optional<Fault> read(const SourceMessage& message, Micros now, Arena& arena, Draft& draft);
  void name(const MarketFacts& market, Arena& arena, Tick& tick);
  void assess(Tick& tick, const MarketFacts& market, Micros now) const;
  void look_ahead(Pending& pending, Arena& arena);
  void fetch_series() const;
  bool recognise(Pending& pending, NormalizeCounts& counts);
  void compare_with_series(const Pending& pending, Tick& tick);
};

/// Tenant, market, source and symbol. What is not in the message is put into the arena.
void Normalizer::State::name(const MarketFacts& market, Arena& arena, Tick& tick) {
  tick.market = market.name;
  if (market.market == Market::other) {
    scratch.assign(raw.market);
    for (char& c : scratch)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    tick.market = arena.keep(scratch);
  }
  tick.tenant = raw.tenant.empty() ? arena.keep(options.tenant) : raw.tenant;
  tick.source_system = raw.source.empty() ? raw.market : raw.source;
  tick.source_event_id = raw.event_id;
  tick.correlation_id = raw.correlation_id.empty() ? raw.event_id : raw.correlation_id;
  tick.symbol = raw.symbol.empty() ? tick.location : raw.symbol;
  tick.plain = raw.plain && (plain_tenant || !raw.tenant.empty());
}

/// Makes the message a tick without identity in `draft`; or tells what is wrong with it.
std::optional<Fault> Normalizer::State::read(const SourceMessage& message, Micros now, Arena& arena,
                                             Draft& draft) {
  draft = {};
  if (auto fault = parser.parse(message.value, arena, raw)) return fault;
  if (raw.market.empty()) return Fault{fault::kContract, "missing_field", "the payload names no market"};
  const MarketFacts& market = facts(market_of(raw.market));
  markets::parse(market.market, raw.row, draft);
  if (!raw.row.ok()) return raw.row.fault();
  if (draft.generic && raw.instrument_id.size() < 3)
    return Fault{fault::kContract, "missing_instrument", "instrument_id has fewer than three characters"};

  Tick& tick = draft.tick;
  if (tick.volume && *tick.volume < Fixed{})
    return Fault{fault::kValidation, "negative_volume", "volume is below zero"};
  name(market, arena, tick);
  if (draft.generic) {
    tick.instrument_id = raw.instrument_id;
  } else {
    scratch.clear();
    append_instrument_id(scratch, tick.market, tick.product, tick.location_type, tick.location);
    tick.instrument_id = arena.keep(scratch);
  }
  tick.backfill = raw.backfill;
  if (draft.generic && (tick.currency.empty() || tick.unit.empty())) tick.quality |= quality::kUnitAssumed;
  if (tick.currency.empty()) tick.currency = "USD";
  if (tick.unit.empty()) tick.unit = "MWh";
  tick.event_time = tick.interval_start;
  tick.ingested_at = time_of(raw.made_at).value_or(now);
  tick.normalized_at = now;
  const LocalHour& local = hours.at(market.zone, tick.interval_start);
  tick.trade_date = local.date;
  tick.hour_ending = local.hour_ending;
  tick.repeated_hour = local.repeated;
  if (raw.flat) {
    const auto legacy = legacy_identity(raw.symbol, time_of(raw.occurred_at).value_or(tick.event_time),
                                        tick.source_system, scratch);
    char* hex = arena.room(64);
    legacy.hex(hex);
    tick.legacy_tick_id = {hex, 64};
  }
  assess(tick, market, now);
  return {};
}

/// Flags that need nothing but the tick.
void Normalizer::State::assess(Tick& tick, const MarketFacts& market, Micros now) const {
  if (tick.price < Fixed{}) tick.quality |= quality::kPriceNegative;
  if (tick.price < options.min_price.of(tick.market, tick.product).value_or(market.min_price) ||
      tick.price > options.max_price.of(tick.market, tick.product).value_or(market.max_price))
    tick.quality |= quality::kOutOfRange;
  if (tick.volume && *tick.volume > options.max_volume) tick.quality |= quality::kVolumeSpike;
  if (components_disagree(tick)) tick.quality |= quality::kComponentMismatch;
  // Day-ahead prices are about tomorrow.
  const Micros ahead = tick.product.starts_with("DAM") ? 2 * kDay : kMinute;
  if (tick.event_time > now + ahead) tick.quality |= quality::kFutureTimestamp;
}

/// Gives identity and key, and asks the memory for what it holds about them.
void Normalizer::State::look_ahead(Pending& next, Arena& arena) {
  Tick& tick = next.draft.tick;
  const TickIdentity id = identity_of(tick, scratch);
  next.id = id.brief();
  known.fetch(next.id.high);
  char* hex = arena.room(64);
  id.hex(hex);
  tick.tick_id = {hex, 64};
  next.key.assign(tick.tenant);
  next.key += '|';
  next.key += tick.instrument_id;
  next.key_hash = text_hash(next.key);
  series.fetch(next.key_hash);
}

/// Asks for the pending ticks' series, then for the names they are compared by.
void Normalizer::State::fetch_series() const {
  for (const auto& next : pending)
    if (const auto* entry = series.likely(next.key_hash)) prefetch(entry, sizeof *entry);
  for (const auto& next : pending)
    if (const auto* entry = series.likely(next.key_hash)) prefetch(entry->key.data());
}

/// Gives the revision. False: the tick says nothing new.
bool Normalizer::State::recognise(Pending& next, NormalizeCounts& counts) {
  const ShortIdentity& id = next.id;
  const Draft& draft = next.draft;
  Tick& tick = next.draft.tick;
  const std::uint64_t value = hash_of_value(tick);
  Known* before = known.find(id.high, id);
  if (before == nullptr) {
    known.add(id.high, id) = {tick.price.units, value, tick.revision};
    return true;
  }
  if (value == before->value_hash && (!draft.versioned || tick.revision == before->revision)) {
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

/// Flags against the series' own past: stream time, never the wall clock, so that a replay does not mark
/// everything late.
void Normalizer::State::compare_with_series(const Pending& next, Tick& tick) {
  SeriesMemory* memory = series.find(next.key_hash, next.key);
  if (memory == nullptr) memory = &series.add(next.key_hash, next.key);
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
  State& state = *state_;
  const auto finish = [&](Pending& next) {
    Tick& tick = next.draft.tick;
    if (!state.recognise(next, out.counts)) return;
    state.compare_with_series(next, tick);
    ++out.counts.out;
    if (tick.quality != 0) ++out.counts.flagged;
    out.messages.add_bounded(next.key, most_bytes(tick),
                             [&](char* at) { return write_normalized(at, tick); });
    out.batch.ticks.push_back(tick);
  };
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto& message = messages[i];
    if (i + 2 < messages.size()) prefetch(messages[i + 2].value.data(), messages[i + 2].value.size());
    ++out.counts.in;
    Pending& next = state.pending[waiting];
    if (const auto fault = state.read(message, now, out.batch.arena, next.draft)) {
      out.dead.add(message, "normalization", *fault, now);
      ++out.counts.dead;
      continue;
    }
    next.draft.tick.offset = message.offset;
    state.look_ahead(next, out.batch.arena);
    if (++waiting < state.pending.size()) continue;
    state.fetch_series();
    for (auto& ready : state.pending) finish(ready);
    waiting = 0;
  }
  for (std::size_t i = 0; i < waiting; ++i) finish(state.pending[i]);
}

namespace {

constexpr std::string_view kMagic = "normalizer-state-1";
// What one item takes at least.
constexpr std::size_t kKnownBytes = 5 * 8;
constexpr std::size_t kSeriesBytes = 8 * (3 + SeriesMemory::kWindow);

}  // namespace

std::string Normalizer::snapshot() const {
  ByteWriter out;
  out.text(kMagic);
  const auto& known = state_->known;
  out.number(static_cast<std::int64_t>(known.size()));
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto& [id, value, hash] = known.entry(i);
    for (const auto number : {static_cast<std::int64_t>(id.high), static_cast<std::int64_t>(id.low),
                              value.price, static_cast<std::int64_t>(value.value_hash), value.revision})
      out.number(number);
  }
  const auto& series = state_->series;
  out.number(static_cast<std::int64_t>(series.size()));
  for (std::size_t i = 0; i < series.size(); ++i) {
    const auto& [name, memory, hash] = series.entry(i);
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
  for (auto left = in.count(kKnownBytes); left > 0; --left) {
    ShortIdentity id;
    id.high = static_cast<std::uint64_t>(in.number());
    id.low = static_cast<std::uint64_t>(in.number());
    Known& known = state_->known.add(id.high, id);
    known.price = in.number();
    known.value_hash = static_cast<std::uint64_t>(in.number());
    known.revision = in.number();
  }
  for (auto left = in.count(kSeriesBytes); left > 0; --left) {
    const auto name = in.text();
    SeriesMemory& memory = state_->series.add(text_hash(name), std::string(name));
    memory.seen = static_cast<std::uint32_t>(in.number());
    memory.latest_end = in.number();
    for (auto& price : memory.prices) price = in.number();
  }
  if (!in.done()) return broken();
  return {};
}

}  // namespace dpctl::pipeline
