#include "pipeline-services/runtime/loop.hpp"

#include <algorithm>
#include <thread>

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

pipeline::Micros now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool same_partition(const io::Record& a, const io::Record& b) {
  return a.partition == b.partition && a.topic == b.topic;
}

}  // namespace

Loop::Loop(LoopOptions options, Stage& stage, Outbox& outbox, Metrics& metrics, Health& health,
           const Log& log)
    : options_(std::move(options)),
      stage_(stage),
      outbox_(outbox),
      metrics_(metrics),
      health_(health),
      log_(log),
      last_flush_(steady_clock::now()),
      last_lag_(steady_clock::now()) {}

Loop::~Loop() = default;

Result<void> Loop::run(const StopToken& stop) {
  stop_ = stop;
  options_.consumer.topics = stage_.inputs();
  DPCTL_TRY(consumer_, io::Consumer::open(options_.consumer, *this));
  while (!stop.stop_requested()) DPCTL_CHECK(step());
  log_.info("draining");
  health_.set_draining();
  const auto drained = checkpoint(Deadline::after(options_.drain), true, false);
  if (!drained) log_.error("not everything could be flushed; it will be read again", drained.error());
  partitions_.clear();  // committed above: the revoke callback has nothing left to do
  consumer_->close();
  return drained;
}

Result<void> Loop::step() {
  health_.beat();
  DPCTL_TRY(const auto batch, consumer_->poll(options_.poll_records, 50ms));
  if (callback_error_) return fail(*std::exchange(callback_error_, std::nullopt));
  if (!batch.records().empty()) DPCTL_CHECK(process(batch));
  DPCTL_CHECK(stage_.tick(now_us(), outbox_));
  const auto stored = stage_.flush();
  report_lag();
  if (!stored || flush_is_due()) DPCTL_CHECK(checkpoint(Deadline::never(), false, true));
  return {};
}

bool Loop::flush_is_due() const {
  if (outbox_.waiting_rows() >= options_.flush_rows) return true;
  if (!dirty_ && outbox_.waiting_rows() == 0 && !outbox_.sent_anything()) return false;
  return steady_clock::now() - last_flush_ >= options_.flush_interval;
}

Result<void> Loop::process(const io::RecordBatch& batch) {
  const auto records = batch.records();
  metrics_.observe(metric::kBatch, static_cast<double>(records.size()));
  const auto begin = steady_clock::now();
  for (std::size_t from = 0; from < records.size();) {
    std::size_t to = from + 1;
    while (to < records.size() && same_partition(records[from], records[to])) ++to;
    DPCTL_CHECK(process_run(records.subspan(from, to - from)));
    from = to;
  }
  metrics_.observe(metric::kProcessing, std::chrono::duration<double>(steady_clock::now() - begin).count());
  return {};
}

// Records of one partition. What lies before the committed offset is a replay: it is processed apart from
// what is new.
Result<void> Loop::process_run(std::span<const io::Record> records) {
  const io::TopicPartition at{std::string(records.front().topic), records.front().partition};
  const auto found = partitions_.find(at);
  if (found == partitions_.end()) return {};  // fetched before the partition was taken away
  auto& state = found->second;
  messages_.clear();
  for (const auto& record : records)
    messages_.push_back({.topic = record.topic,
                         .partition = record.partition,
                         .offset = record.offset,
                         .key = record.key.value_or(std::string_view{}),
                         .value = record.value});
  const std::span<const pipeline::SourceMessage> all(messages_);
  const auto fresh =
      std::partition_point(all.begin(), all.end(), [&](const auto& m) { return m.offset < state.committed; });
  const auto replayed = static_cast<std::size_t>(fresh - all.begin());
  const auto now = now_us();
  if (replayed > 0) DPCTL_CHECK(stage_.process({at, all.first(replayed)}, now, true, outbox_));
  if (replayed < all.size()) {
    DPCTL_CHECK(stage_.process({at, all.subspan(replayed)}, now, false, outbox_));
    metrics_.add(metric::kConsumed, all.size() - replayed, {{"topic", at.topic}});
    state.dirty = dirty_ = true;
  }
  state.next = std::max(state.next, all.back().offset + 1);
  return {};
}

Result<void> Loop::flush_once(Deadline deadline) {
  DPCTL_CHECK(stage_.flush());
  return outbox_.flush(deadline.at_most(10s));
}

Result<void> Loop::checkpoint(Deadline deadline, bool leaving, bool may_poll) {
  auto pause = 100ms;
  for (;;) {
    auto flushed = flush_once(deadline);
    if (flushed) break;
    // Only a message that Kafka gave up needs a new process: it can no longer be told from those that were
    // delivered.
    if (!flushed.error().retryable && flushed.error().what.find("not delivered") != std::string::npos)
      return flushed;
    log_.warn("a sink does not take what it is given; partitions are paused", flushed.error());
    if (deadline.passed() || (may_poll && stop_.stop_requested())) return flushed;
    if (may_poll) {
      consumer_->pause();
      DPCTL_CHECK(wait_paused(pause));
    } else {
      std::this_thread::sleep_for(pause);
    }
    pause = std::min<std::chrono::milliseconds>(pause * 2, 5'000ms);
  }
  if (auto done = commit(leaving); !done) {
    // The offsets stay as they are: the next checkpoint, or the next owner, starts from there.
    log_.warn("offsets are not committed", done.error());
    if (!done.error().retryable && done.error().code != Code::conflict &&
        done.error().code != Code::timed_out)
      return done;
  }
  if (consumer_->paused()) {
    consumer_->resume();
    log_.info("sinks work again");
  }
  last_flush_ = steady_clock::now();
  return {};
}

// Polling keeps the membership alive. Nothing arrives from paused partitions but what was on its way already.
Result<void> Loop::wait_paused(std::chrono::milliseconds span) {
  health_.beat();
  DPCTL_TRY(const auto batch, consumer_->poll(options_.poll_records, span));
  if (callback_error_) return fail(*std::exchange(callback_error_, std::nullopt));
  if (!batch.records().empty()) return process(batch);
  return {};
}

Result<void> Loop::commit(bool leaving) {
  std::vector<io::Position> positions;
  for (const auto& [at, state] : partitions_)
    if (state.next >= 0 && (state.dirty || leaving))
      positions.push_back({.at = at, .offset = std::max(state.next, state.committed)});
  DPCTL_CHECK(stage_.before_commit(positions, leaving, outbox_));
  if (positions.empty()) return {};
  DPCTL_CHECK(consumer_->commit(positions));
  for (const auto& position : positions) {
    auto& state = partitions_[position.at];
    state.committed = position.offset;
    state.dirty = false;
  }
  dirty_ = false;
  return {};
}

void Loop::on_assigned(std::span<io::Position> partitions) {
  std::vector<io::TopicPartition> wanted;
  for (const auto& position : partitions) wanted.push_back(position.at);
  log_.info("partitions assigned", {{"count", std::to_string(wanted.size())}});
  std::vector<io::Position> committed;
  if (!wanted.empty()) {
    auto known = consumer_->committed(wanted, 10s);
    for (int attempt = 0; !known && known.error().retryable && attempt < 6 && !stop_.stop_requested();
         ++attempt) {
      std::this_thread::sleep_for(500ms);
      known = consumer_->committed(wanted, 10s);
    }
    if (!known) {
      callback_error_ = known.error();
      return;
    }
    committed = *std::move(known);
  }
  partitions_.clear();
  for (const auto& position : committed)
    partitions_[position.at] = {.next = -1, .committed = position.offset};
  if (auto taken = stage_.take(committed); !taken) {
    callback_error_ = taken.error();
    return;
  }
  for (auto& position : partitions)
    for (const auto& start : committed)
      if (start.at == position.at) position.offset = start.offset;
}

void Loop::on_revoked(std::span<const io::TopicPartition> partitions) {
  log_.info("partitions revoked", {{"count", std::to_string(partitions.size())}});
  if (partitions_.empty()) return;
  const auto flushed = checkpoint(Deadline::after(10s), true, false);
  if (!flushed) log_.warn("revoked before everything was flushed; it will be read again", flushed.error());
  stage_.release(partitions);
  for (const auto& at : partitions) partitions_.erase(at);
}

void Loop::report_lag() {
  if (steady_clock::now() - last_lag_ < 1s) return;
  last_lag_ = steady_clock::now();
  for (const auto& [at, state] : partitions_) {
    const auto end = consumer_->end_offset(at);
    if (end < 0) continue;
    const auto next = std::max<std::int64_t>({state.next, state.committed, 0});
    metrics_.set(metric::kLag, static_cast<double>(std::max<std::int64_t>(0, end - next)),
                 {{"topic", at.topic}, {"partition", std::to_string(at.partition)}});
  }
}

}  // namespace dpctl::runtime
