#include "pipeline-services/runtime/loop.hpp"

#include <algorithm>
#include <thread>

#include "pipeline-services/io/fault_point.hpp"
#include "pipeline-services/io/wall_clock.hpp"

namespace dpctl::runtime {
namespace {

using namespace std::chrono_literals;

// For an answer of Kafka that is on its way to change; a transaction that took longer has run out anyway.
constexpr auto kPatience = 30s;
constexpr auto kOneCall = 5s;

bool same_partition(const io::Record& a, const io::Record& b) {
  return a.partition == b.partition && a.topic == b.topic;
}

}  // namespace

Loop::Loop(LoopOptions options, Stage& stage, Outbox& outbox, io::Producer& producer, Metrics& metrics,
           Health& health, const Log& log, Tracer& tracer)
    : options_(std::move(options)),
      stage_(stage),
      outbox_(outbox),
      producer_(producer),
      metrics_(metrics),
      health_(health),
      log_(log),
      tracer_(tracer),
      position_log_(options_.consumer.bootstrap, options_.positions_topic, options_.consumer.group),
      last_commit_(Clock::now()),
      last_flush_(last_commit_),
      last_lag_(last_commit_),
      next_try_(last_commit_) {}

// After an error nothing is committed on the way out; leaving still calls back, so the members must be there.
Loop::~Loop() {
  progress_.clear();
  consumer_.reset();
}

Result<void> Loop::run(const StopToken& stop, const Orders& orders) {
  stop_ = stop;
  DPCTL_CHECK(claim());
  while (!stop.stop_requested()) {
    if (!orders.hold) {
      DPCTL_CHECK(serve(orders));
      continue;
    }
    health_.beat();
    std::this_thread::sleep_for(50ms);
  }
  return {};
}

// As a member of the group, from joining to leaving.
Result<void> Loop::serve(const Orders& orders) {
  health_.set_state(Health::State::running);
  DPCTL_TRY(consumer_, io::Consumer::open(options_.consumer, *this));
  while (!stop_.stop_requested() && !orders.hold)
    if (auto done = step(); !done) DPCTL_CHECK(recover(std::move(done).error()));
  const auto drained = drain();
  stage_.release(consumer_->assignment());
  progress_.clear();  // committed above: the revoke callback has nothing left to do
  outbox_.forget();
  consumer_->close();
  consumer_.reset();
  if (drained && orders.hold) {
    if (const auto left = io::leave_group(options_.consumer, Deadline::after(kOneCall)); !left)
      log_.warn("others get the partitions only when the session is over", left.error());
    health_.set_state(Health::State::drained);
    log_.info("drained: the group is left, nothing is held back");
  }
  return drained;
}

// Ends what an earlier process of this name has left open, before anything is read.
Result<void> Loop::claim() {
  while (producer_.transactional() && !stop_.stop_requested()) {
    health_.beat();
    auto done = producer_.claim(Deadline::after(kOneCall));
    if (done) break;
    if (!done.error().retryable) return done;
    log_.warn("kafka is not ready for transactions", done.error());
    std::this_thread::sleep_for(200ms);
  }
  return {};
}

Result<void> Loop::step() {
  health_.beat();
  DPCTL_CHECK(poll_once());
  if (!progress_.replaying() && back_off_ == 0ms) {
    DPCTL_CHECK(stage_.tick(io::wall_clock_us(), outbox_));
    if (auto flushed = flush_stage(); !flushed) sink_refused(flushed.error());
  }
  report_lag();
  if (outbox_.inserter().has_result() || (outbox_.inserter().under_way() && is_full()))
    DPCTL_CHECK(take_result());
  if (flush_is_due()) return checkpoint();
  return commit_is_due() ? commit() : hand_over();
}

// Without transactions messages need not wait for a commit: they leave at once, and the offsets follow.
Result<void> Loop::hand_over() {
  if (producer_.transactional()) return {};
  auto done = outbox_.await_messages(Deadline::after(kOneCall));
  return done || !done.error().retryable ? std::move(done) : Result<void>{};  // the commit waits for them
}

Result<void> Loop::poll_once() {
  DPCTL_TRY(const auto batch, consumer_->poll(options_.poll_records, poll_wait()));
  if (callback_error_) return fail(*std::exchange(callback_error_, std::nullopt));
  if (!batch.records().empty()) {
    io::fault_point("after_poll");
    DPCTL_CHECK(process(batch));
    io::fault_point("after_process");
  }
  for (const auto& end : batch.ends())
    if (auto* state = progress_.find(end.at); state != nullptr && end.offset > 0)
      state->next = std::max(state->next, end.offset);
  return {};
}

std::chrono::milliseconds Loop::poll_wait() const {
  if (!outbox_.sent_anything() && !progress_.dirty()) return 50ms;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      last_commit_ + options_.commit_interval - Clock::now());
  return std::clamp<std::chrono::milliseconds>(left, 0ms, 50ms);
}

bool Loop::commit_is_due() const {
  if (since_commit_ >= options_.commit_records) return true;
  if (!outbox_.sent_anything() && !progress_.dirty()) return false;
  return Clock::now() - last_commit_ >= options_.commit_interval;
}

bool Loop::is_full() const {
  return outbox_.waiting_rows() >= options_.flush_most_rows ||
         outbox_.waiting_bytes() >= options_.flush_most_bytes;
}

// By number when there is much to write, but not so often that the server must merge small parts all day; by
// age when there is little; at once when memory would grow. One lot at a time.
bool Loop::flush_is_due() const {
  if (outbox_.inserter().under_way()) return false;
  const auto now = Clock::now();
  if (back_off_ > 0ms) return now >= next_try_;
  const auto rows = outbox_.waiting_rows();
  if (is_full()) return true;
  if (rows >= options_.flush_rows && now - last_flush_ >= options_.flush_pause) return true;
  return now - last_flush_ >= options_.flush_interval && (rows > 0 || progress_.unstored());
}

Result<void> Loop::process(const io::RecordBatch& batch) {
  const auto records = batch.records();
  metrics_.observe(metric::kBatch, static_cast<double>(records.size()));
  const auto begin = Clock::now();
  for (std::size_t from = 0; from < records.size();) {
    std::size_t to = from + 1;
    while (to < records.size() && same_partition(records[from], records[to])) ++to;
    DPCTL_CHECK(process_run(records.subspan(from, to - from)));
    from = to;
  }
  since_commit_ += records.size();
  metrics_.observe(metric::kProcessing, seconds_since(begin));
  return {};
}

// Records of one partition: what all sinks have (it only teaches the stage), what Kafka has and the others
// may not, and what is new.
Result<void> Loop::process_run(std::span<const io::Record> records) {
  const io::TopicPartition at{std::string(records.front().topic), records.front().partition};
  auto* state = progress_.find(at);
  if (state == nullptr) return {};  // fetched before the partition was taken away
  state->begins_at(records.front().offset);
  const auto first_from = [&](std::int64_t offset) {
    return static_cast<std::size_t>(
        std::partition_point(records.begin(), records.end(),
                             [&](const io::Record& record) { return record.offset < offset; }) -
        records.begin());
  };
  const auto stored = state->start < 0 ? 0 : first_from(state->stored);
  const auto committed = std::max(stored, first_from(state->committed));
  if (stored > 0) {
    outbox_.want(Outbox::Effects::none);
    DPCTL_CHECK(process_part(at, records.first(stored), true));
  }
  if (committed > stored) {
    outbox_.want(Outbox::Effects::rows_only);
    DPCTL_CHECK(process_part(at, records.subspan(stored, committed - stored), false));
  }
  outbox_.want(Outbox::Effects::all);
  if (committed < records.size()) {
    const auto fresh = records.subspan(committed);
    DPCTL_CHECK(process_fresh(at, fresh));
    metrics_.add(metric::kConsumed, fresh.size(), {{"topic", at.topic}});
    if (oldest_ms_ == 0) oldest_ms_ = fresh.front().timestamp_ms;
  }
  state->next = std::max(state->next, records.back().offset + 1);
  state->next_ms = records.back().timestamp_ms;
  return {};
}

// A record with a trace is processed alone, so that what comes out of it carries its context; the others
// together.
Result<void> Loop::process_fresh(const io::TopicPartition& at, std::span<const io::Record> records) {
  for (std::size_t from = 0; from < records.size();) {
    std::size_t to = from;
    while (to < records.size() && !tracer_.wants(records[to].header(kTraceParent))) ++to;
    if (to > from) DPCTL_CHECK(process_part(at, records.subspan(from, to - from), false));
    if (to == records.size()) break;
    auto span = tracer_.begin("process " + at.topic, records[to].header(kTraceParent));
    outbox_.trace(to_header(span.self));
    const auto done = process_part(at, records.subspan(to, 1), false);
    outbox_.trace("");
    DPCTL_CHECK(done);
    span.attributes = {{"messaging.system", "kafka"},
                       {"messaging.destination.name", at.topic},
                       {"messaging.kafka.partition", std::to_string(at.partition)},
                       {"messaging.kafka.offset", std::to_string(records[to].offset)}};
    tracer_.end(std::move(span));
    from = to + 1;
  }
  return {};
}

Result<void> Loop::process_part(const io::TopicPartition& at, std::span<const io::Record> records,
                                bool replay) {
  messages_.clear();
  for (const auto& record : records)
    messages_.push_back({.topic = record.topic,
                         .partition = record.partition,
                         .offset = record.offset,
                         .key = record.key.value_or(std::string_view{}),
                         .value = record.value,
                         .headers = record.headers,
                         .timestamp_ms = record.timestamp_ms});
  return stage_.process({at, messages_}, io::wall_clock_us(), replay, outbox_);
}

// Everything that was sent becomes visible together with the offsets of what it came from.
Result<void> Loop::commit() {
  since_commit_ = 0;
  last_commit_ = Clock::now();
  // With messages all positions go along, so that the group can refuse a member that it has given up.
  const auto positions = progress_.positions(outbox_.sent_anything());
  if (positions.empty()) return {};
  const auto begin = Clock::now();
  io::fault_point("before_commit");
  if (producer_.transactional()) {
    DPCTL_TRY(const auto noted, position_log_.note(positions, producer_));
    DPCTL_CHECK(commit_offsets(noted));
  } else {
    DPCTL_CHECK(commit_offsets(positions));
  }
  io::fault_point("after_commit");
  progress_.written(positions);
  metrics_.observe(metric::kCommitSeconds, seconds_since(begin));
  if (const auto oldest = std::exchange(oldest_ms_, 0); oldest > 0)
    metrics_.observe(metric::kEndToEnd, static_cast<double>(io::wall_clock_us() / 1000 - oldest) / 1000.0);
  return {};
}

Result<void> Loop::commit_offsets(std::span<const io::Position> positions) {
  const auto until = Deadline::after(kPatience);
  for (;;) {
    Result<void> done;
    if (producer_.transactional()) {
      done = producer_.commit(positions, consumer_->member(), Deadline::after(kOneCall));
    } else {
      done = outbox_.await_messages(Deadline::after(kOneCall));
      if (done) {
        io::fault_point("between_messages_and_offsets");
        done = consumer_->commit(positions);
        // Somebody else has the partitions: it starts from what was committed before, at least once.
        if (!done && done.error().code == Code::conflict)
          return log_.warn("offsets are not committed", done.error()), Result<void>{};
      }
    }
    if (done) return outbox_.await_messages(Deadline::after(kOneCall));
    if (!done.error().retryable) return done;
    metrics_.add(metric::kSinkErrors, 1, {{"sink", "kafka"}});
    log_.warn("kafka has not committed yet", done.error());
    health_.beat();
    if (until.passed())
      return fail(producer_.transactional() ? Code::unhealthy : Code::timed_out,
                  "kafka did not commit within {} s", kPatience.count())
          .because(done.error());
    std::this_thread::sleep_for(100ms);
  }
}

Result<void> Loop::flush_stage() {
  auto done = stage_.flush();
  stage_refused_ = !done;
  return done;
}

// Closes a lot: the rows of everything processed, a mark that says how far that is, and what the stage
// remembers at this moment. Mark and memory are committed when the rows are stored.
Result<void> Loop::seal(bool leaving) {
  DPCTL_CHECK(flush_stage());
  io::fault_point("after_stage_flush");
  outbox_.seal(progress_.sources());
  sealed_ = progress_.mark();
  last_flush_ = Clock::now();
  outbox_.hold(true);
  auto taken = stage_.snapshot(leaving, outbox_);
  outbox_.hold(false);
  return taken;
}

// A slow sink must not hold a transaction open, so what is sent is committed first. The insert goes on beside
// the loop.
Result<void> Loop::checkpoint() {
  DPCTL_CHECK(commit());
  if (!outbox_.inserter().has_lot())
    if (auto closed = seal(false); !closed) return sink_refused(closed.error()), Result<void>{};
  outbox_.inserter().begin();
  return {};
}

// Inserts what is left of the lot, and waits for it.
Result<void> Loop::store_lot() {
  outbox_.inserter().begin();
  DPCTL_CHECK(outbox_.inserter().result());
  progress_.stored(sealed_);
  return {};
}

Result<void> Loop::take_result() {
  if (auto done = store_lot(); !done) return sink_refused(done.error()), Result<void>{};
  return stored();
}

// The sinks have what the marks say.
Result<void> Loop::stored() {
  // A snapshot must not be readable before what it says is done: in a transaction both appear at once.
  if (!producer_.transactional()) DPCTL_CHECK(outbox_.await_messages(Deadline::after(kPatience)));
  DPCTL_CHECK(outbox_.send_held());
  io::fault_point("between_sinks_and_commit");
  DPCTL_CHECK(commit());
  // A lot that was on its way before says nothing of the stage's own stores.
  if (back_off_ > 0ms && !stage_refused_) {
    back_off_ = 0ms;
    consumer_->resume();
    log_.info("sinks work again");
  }
  return {};
}

// Waits until the sinks have everything that is processed: the lot that is closed already, then the rest.
Result<void> Loop::store() {
  if (outbox_.inserter().has_lot()) DPCTL_CHECK(store_lot());
  DPCTL_CHECK(seal(true));
  return store_lot();
}

// Sinks and Kafka in one go, waiting for sinks that refuse until `deadline`.
Result<void> Loop::settle(Deadline deadline) {
  for (;;) {
    const auto done = store();
    if (done) return stored();
    if (deadline.left() < 200ms) {
      sink_refused(done.error());
      return fail(Code::unhealthy, "the sinks did not take what they were given in time")
          .because(done.error());
    }
    health_.beat();
    std::this_thread::sleep_for(100ms);
  }
}

void Loop::sink_refused(const Error& why) {
  if (back_off_ == 0ms) log_.warn("a sink does not take what it is given; partitions are paused", why);
  back_off_ = std::clamp<std::chrono::milliseconds>(back_off_ * 2, 100ms, 5'000ms);
  next_try_ = Clock::now() + back_off_;
  consumer_->pause();
}

// What went wrong can be undone when it happened inside a transaction: abort, forget, and read again.
Result<void> Loop::recover(Error error) {
  if (error.code != Code::unhealthy || !producer_.transactional()) return fail(std::move(error));
  log_.warn("the transaction is aborted and its records are read again", error);
  metrics_.add(metric::kAborts, 1);
  DPCTL_CHECK(start_anew());
  outbox_.forget();
  const auto assigned = consumer_->assignment();
  stage_.release(assigned);
  progress_.clear();
  consumer_->rewind();
  if (callback_error_) return fail(*std::exchange(callback_error_, std::nullopt));
  return {};
}

Result<void> Loop::abort() {
  return with_patience([&] { return producer_.abort(Deadline::after(kOneCall)); });
}

// Waits for a coordinator that moves. What a transaction has left unstable is cleared, because it may last
// for ever.
Result<std::vector<io::Position>> Loop::committed_offsets(std::span<const io::TopicPartition> wanted) {
  const auto until = Deadline::after(2 * kPatience);
  auto known = consumer_->committed(wanted, 2s);
  while (!known && known.error().retryable && !until.passed() && !stop_.stop_requested()) {
    health_.beat();
    log_.warn("the group's offsets are not known yet", known.error());
    if (producer_.transactional())
      DPCTL_CHECK(with_patience([&] {
        return producer_.clear_unstable(wanted.front().topic, consumer_->member(), Deadline::after(kOneCall));
      }));
    std::this_thread::sleep_for(500ms);
    known = consumer_->committed(wanted, kOneCall);
  }
  return known;
}

// A coordinator that has just come back may give offsets of before.
Result<std::vector<io::Position>> Loop::known_offsets(std::span<const io::TopicPartition> wanted) {
  if (!producer_.transactional()) return committed_offsets(wanted);
  DPCTL_TRY(auto known, position_log_.known([&] { return committed_offsets(wanted); }));
  if (known.corrected > 0)
    log_.warn("the group's offsets are not those that were committed; the noted ones count",
              {{"partitions", std::to_string(known.corrected)}, {"topic", options_.positions_topic}});
  return std::move(known.positions);
}

// Only who could abort still has the name: a claim would shut out a rightful successor.
Result<void> Loop::start_anew() {
  DPCTL_CHECK(abort());
  DPCTL_CHECK(producer_.renew());
  return claim();
}

Result<void> Loop::with_patience(const std::function<Result<void>()>& call) {
  const auto until = Deadline::after(kPatience);
  for (;;) {
    auto done = call();
    if (done || !done.error().retryable || until.passed()) return done;
    health_.beat();
    std::this_thread::sleep_for(100ms);
  }
}

Result<void> Loop::drain() {
  log_.info("draining");
  health_.set_state(Health::State::draining);
  const auto deadline = Deadline::after(options_.drain);
  // First what Kafka alone can make safe: then nothing that the sinks do not take is lost.
  auto drained = commit();
  if (drained) drained = settle(deadline);
  if (!drained) {
    log_.error("not everything could be flushed; it will be read again", drained.error());
    static_cast<void>(abort());
  }
  return drained;
}

void Loop::on_assigned(std::span<io::Position> partitions) {
  std::vector<io::TopicPartition> wanted;
  for (const auto& position : partitions) wanted.push_back(position.at);
  log_.info("partitions assigned", {{"count", std::to_string(wanted.size())}});
  std::vector<io::Position> committed;
  if (!wanted.empty()) {
    auto known = known_offsets(wanted);
    if (!known) {
      callback_error_ = known.error();
      return;
    }
    committed = *std::move(known);
  }
  progress_.clear();
  for (auto& position : committed) position.offset = progress_.begin(position);
  if (auto taken = stage_.take(committed); !taken) {
    callback_error_ = taken.error();
    return;
  }
  for (auto& position : partitions)
    for (const auto& start : committed)
      if (start.at == position.at) position.offset = progress_.find(start.at)->start = start.offset;
}

void Loop::on_revoked(std::span<const io::TopicPartition> partitions, bool lost) {
  log_.info(lost ? "partitions lost" : "partitions revoked", {{"count", std::to_string(partitions.size())}});
  Result<void> settled;
  if (!progress_.empty() && !lost) {
    settled = commit();
    if (settled) settled = settle(Deadline::after(10s));
    if (!settled) log_.warn("revoked before everything was flushed; it will be read again", settled.error());
  }
  const bool unsure = producer_.in_transaction() && (lost || !settled);
  if (const auto ended = unsure ? start_anew() : abort(); !ended) callback_error_ = ended.error();
  outbox_.forget();
  stage_.release(partitions);
  progress_.clear();
}

void Loop::report_lag() {
  if (Clock::now() - last_lag_ < 1s) return;
  last_lag_ = Clock::now();
  if (options_.refresh) options_.refresh(options_);
  for (const auto& [at, state] : progress_.all()) {
    const auto end = consumer_->end_offset(at);
    if (end < 0) continue;
    const auto lag = std::max<std::int64_t>(0, end - std::max<std::int64_t>(state.offset(), 0));
    const auto behind = lag == 0 || state.next_ms == 0
                            ? 0.0
                            : static_cast<double>(io::wall_clock_us() / 1000 - state.next_ms) / 1000.0;
    const Metrics::Labels labels{{"topic", at.topic}, {"partition", std::to_string(at.partition)}};
    metrics_.set(metric::kLag, static_cast<double>(lag), labels);
    metrics_.set(metric::kLagSeconds, std::max(0.0, behind), labels);
  }
}

}  // namespace dpctl::runtime
