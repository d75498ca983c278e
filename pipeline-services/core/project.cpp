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
  std::unordered_map<std::string, Mark> newest;  ///< by "tenant|instrument", views with more parts
  std::deque<std::string> order;

  /// True, and remembered, when `mark` is newer than all that were seen of `key`.
  bool is_newer(const std::string& key, const Mark& mark) {
    const auto [found, fresh] = newest.try_emplace(key, mark);
    if (!fresh && mark <= found->second) return false;
    found->second = mark;
    if (!fresh) return true;
    order.push_back(key);
    if (order.size() > remembered) {
      newest.erase(order.front());
      order.pop_front();
    }
    return true;
  }

  Result<void> take_bar(std::string_view message, ProjectOutput& out) {
    scratch.clear();
    DPCTL_TRY(const auto bar, decoder.bar(message, scratch));
    const std::string key = std::string(bar.tenant) + "|" + std::string(bar.instrument_id);
    if (!is_newer(key, mark_of(bar))) {
      ++out.counts.stale;
      return {};
    }
    out.updates.push_back(latest_of(bar));
    ++out.counts.updates;
    out.messages.add(key, [&](std::string& bytes) { append_latest(bytes, out.updates.back()); });
    return {};
  }

  Result<void> take_view(std::string_view message, ProjectOutput& out) {
    DPCTL_TRY(auto view, read_view(message));
    std::string key;
    for (const auto* part : {&view.tenant, &view.instrument_id, &view.type, &view.name, &view.window})
      (key += *part) += '\0';
    if (!is_newer(key, {view.event_time, 0, view.revision})) {
      ++out.counts.stale;
      return {};
    }
    out.views.push_back(std::move(view));
    ++out.counts.views;
    return {};
  }
};

Projector::Projector(std::size_t remembered) : state_(std::make_unique<State>(remembered)) {}
Projector::~Projector() = default;
Projector::Projector(Projector&&) noexcept = default;
Projector& Projector::operator=(Projector&&) noexcept = default;

void Projector::run(std::span<const SourceMessage> messages, Micros now, ProjectOutput& out) {
  for (const auto& message : messages) {
    ++out.counts.in;
    const auto type = payload_type(message.value);
    const auto done = type.empty() || type == "bar" ? state_->take_bar(message.value, out)
                                                    : state_->take_view(message.value, out);
    if (done) continue;
    out.dead.add(message, "projection",
                 {fault::kContract, type.empty() || type == "bar" ? "invalid_bar" : "invalid_projection",
                  done.error().what},
                 now);
    ++out.counts.dead;
  }
}

}  // namespace dpctl::pipeline
