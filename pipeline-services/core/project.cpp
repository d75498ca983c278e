// project.cpp: stage 4. A bar's close is the price at its last observation; the newest of an instrument is
// served. Which bar is newer is decided by (time of the last observation, finer interval first, revision), so
// a replayed or late bar never moves a price back.
#include "pipeline-services/core/project.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "pipeline-services/core/codec.hpp"

namespace dpctl::pipeline {
namespace {

struct Mark {
  Micros event_time;
  int fineness;  ///< one close, the finest bar names it
  std::int64_t revision;
  friend auto operator<=>(const Mark&, const Mark&) = default;
};

Mark mark_of(const Bar& bar) { return {bar.last_time, fineness_of(bar.interval), bar.revision}; }

LatestPrice latest_of(const Bar& bar) {
  LatestPrice latest;
  latest.tenant = bar.tenant;
  latest.instrument_id = bar.instrument_id;
  latest.market = bar.market;
  latest.product = bar.product;
  latest.location_type = bar.location_type;
  latest.location = bar.location;
  latest.currency = bar.currency;
  latest.unit = bar.unit;
  latest.price = bar.close;
  latest.volume = bar.volume;
  latest.event_time = bar.last_time;
  latest.interval_start = bar.start;
  latest.interval = bar.interval;
  latest.revision = bar.revision;
  latest.quality = bar.quality;
  return latest;
}

}  // namespace

struct Projector::State {
  explicit State(std::size_t limit) : remembered(limit) {}
  std::size_t remembered;
  Decoder decoder;
  Arena scratch;
  std::unordered_map<std::string, Mark> newest;  ///< by "tenant|instrument"
  std::deque<std::string> order;
};

Projector::Projector(std::size_t remembered) : state_(std::make_unique<State>(remembered)) {}
Projector::~Projector() = default;
Projector::Projector(Projector&&) noexcept = default;
Projector& Projector::operator=(Projector&&) noexcept = default;

void Projector::run(std::span<const SourceMessage> messages, Micros now, ProjectOutput& out) {
  for (const auto& message : messages) {
    ++out.counts.in;
    state_->scratch.clear();
    const auto bar = state_->decoder.bar(message.value, state_->scratch);
    if (!bar) {
      out.dead.add(message, "projection", {fault::kContract, "invalid_bar", bar.error().what}, now);
      ++out.counts.dead;
      continue;
    }
    const std::string key = std::string(bar->tenant) + "|" + std::string(bar->instrument_id);
    const Mark mark = mark_of(*bar);
    const auto [found, fresh] = state_->newest.try_emplace(key, mark);
    if (!fresh && mark <= found->second) {
      ++out.counts.stale;
      continue;
    }
    found->second = mark;
    if (fresh) {
      state_->order.push_back(key);
      if (state_->order.size() > state_->remembered) {
        state_->newest.erase(state_->order.front());
        state_->order.pop_front();
      }
    }
    out.updates.push_back(latest_of(*bar));
    ++out.counts.updates;
    out.messages.add(key, [&](std::string& bytes) { append_latest(bytes, out.updates.back()); });
  }
}

}  // namespace dpctl::pipeline
