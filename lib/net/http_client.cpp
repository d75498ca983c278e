// http_client.cpp: what a caller sees: sending, repeating, waiting and giving up. The wire is curl_loop.cpp
// and transfer.cpp.
//
// Calls share one loop whose HTTP/2 connection they multiplex. Streams and uploads run on a second loop,
// HTTP/1.1 with a connection each: a paused stream may fill the flow-control window of its connection, and
// nobody else must be behind it. When a connection broke under a call, its loop is retired and the repetition
// goes to a fresh one, because libcurl before 8.3 picks the broken connection again (curl #12054).
#include "lib/net/http_client.hpp"

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <future>
#include <mutex>
#include <random>
#include <thread>

#include "lib/net/curl_loop.hpp"
#include "lib/net/redact.hpp"
#include "lib/net/retry.hpp"
#include "lib/net/url.hpp"

namespace dpctl::net {
namespace {

using Moment = Deadline::Clock::time_point;

std::chrono::milliseconds milliseconds_since(Moment start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Deadline::Clock::now() - start);
}

/// "Never" as a moment that the clocks underneath can still count to.
Moment waitable(Moment until) {
  return std::min(until, Deadline::Clock::now() + std::chrono::hours(24 * 365));
}

unsigned random_draw() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return static_cast<unsigned>(generator());
}

std::string target_of(const Request& request) {
  const auto url = Url::parse(request.url);
  return url ? url->authority() : request.url;
}

Place place_of(const Request& request) { return {.subject = request.method + " " + redact_url(request.url)}; }

Error timed_out(const Request& request, const Transfer* transfer) {
  const auto doing = transfer == nullptr ? "waiting to ask again" : transfer->describe_wait();
  return fail(Code::timed_out, "{} did not answer in time", target_of(request))
      .because(Error{.code = Code::timed_out, .what = "the deadline passed while " + doing})
      .at(place_of(request))
      .hint("give it more time, or check the load and the network on the way to {}", target_of(request))
      .retryable()
      .take();
}

Error interrupted(const Request& request) {
  return fail(Code::interrupted, "stopped before {} had answered", target_of(request))
      .at(place_of(request))
      .take();
}

}  // namespace

class HttpClient::Loop {
 public:
  explicit Loop(ClientOptions options)
      : options_(std::make_shared<const ClientOptions>(std::move(options))) {}

  ~Loop() {
    for (const auto& loop : {calls_, streams_}) {
      if (loop) loop->close();
    }
    for (const auto& loop : retired_) loop->close();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] const std::shared_ptr<const ClientOptions>& options() const { return options_; }

  /// Starts the transfers on the current loop of their sort and returns that loop.
  std::shared_ptr<CurlLoop> submit(const CurlApi& api, bool own_connection,
                                   const std::vector<std::shared_ptr<Transfer>>& transfers) {
    for (;;) {
      auto loop = current(api, own_connection);
      if (loop->submit(transfers)) return loop;
    }
  }

  /// Lets later transfers begin on fresh connections. Does nothing when `loop` has been replaced already.
  void replace(const std::shared_ptr<CurlLoop>& loop) {
    const std::lock_guard lock(mutex_);
    for (auto* slot : {&calls_, &streams_}) {
      if (*slot != loop) continue;
      loop->retire();
      std::erase_if(retired_, [](const auto& old) { return old->finished(); });
      retired_.push_back(std::move(*slot));
      slot->reset();
    }
  }

  void trace(const Request& request, const Transfer& transfer, int attempt, std::chrono::milliseconds took) {
    if (!options_->trace) return;
    const std::lock_guard lock(trace_mutex_);
    const auto& say = options_->trace;
    say(fmt::format("> {} {}{}", request.method, redact_url(request.url),
                    attempt > 0 ? fmt::format(" (attempt {})", attempt + 1) : ""));
    for (const auto& [name, value] : request.headers.fields()) say("> " + redact_header(name, value));
    if (transfer.broken != Broken::no) {
      say(fmt::format("< {} after {} ms", one_line(transfer.error), took.count()));
      return;
    }
    say(fmt::format("< {} after {} ms, {} bytes", transfer.response.status, took.count(),
                    transfer.response.body.size()));
    for (const auto& [name, value] : transfer.response.headers.fields())
      say("< " + redact_header(name, value));
  }

 private:
  std::shared_ptr<CurlLoop> current(const CurlApi& api, bool own_connection) {
    const std::lock_guard lock(mutex_);
    auto& slot = own_connection ? streams_ : calls_;
    if (!slot) {
      constexpr std::size_t kMostStreams = 1024;
      slot = std::make_shared<CurlLoop>(api, own_connection ? kMostStreams : options_->max_in_flight,
                                        !own_connection);
    }
    return slot;
  }

  const std::shared_ptr<const ClientOptions> options_;
  std::mutex mutex_;
  std::mutex trace_mutex_;
  std::shared_ptr<CurlLoop> calls_;
  std::shared_ptr<CurlLoop> streams_;
  std::vector<std::shared_ptr<CurlLoop>> retired_;
};

namespace {

/// Waits until something has ended, `until` passes, or a stop is asked for; takes what has ended.
std::vector<std::size_t> wait_for_mail(Mailbox& mailbox, Moment until) {
  std::unique_lock lock(mailbox.mutex);
  mailbox.changed.wait_until(lock, waitable(until), [&] { return mailbox.stopped || !mailbox.done.empty(); });
  return std::exchange(mailbox.done, {});
}

/// Wakes the waiting caller when a stop is asked for.
auto stop_wakes(const StopToken& stop, const std::shared_ptr<Mailbox>& mailbox) {
  auto wake = [mailbox] {
    const std::lock_guard lock(mailbox->mutex);
    mailbox->stopped = true;
    mailbox->changed.notify_all();
  };
  return std::stop_callback<decltype(wake)>(stop, std::move(wake));
}

/// When to ask again after an attempt has ended; nullopt: what it brought is the answer.
std::optional<Moment> next_attempt(const Request& request, const Transfer& ended, int attempt, int retries,
                                   Deadline deadline) {
  constexpr auto kLongestWait = std::chrono::minutes(2);
  if (attempt >= retries || request.upload) return std::nullopt;
  auto delay = back_off(attempt, random_draw());
  if (ended.broken == Broken::no) {
    const auto asked = retry_after(ended.response.headers, std::time(nullptr));
    if (!is_repeatable(ended.response.status, asked.has_value(), is_idempotent(request))) return std::nullopt;
    if (asked) delay = *asked + delay / 4;
  } else if (ended.broken == Broken::final ||
             (ended.broken == Broken::maybe_sent && !is_idempotent(request))) {
    return std::nullopt;
  }
  if (delay > kLongestWait || delay >= deadline.left()) return std::nullopt;
  return Deadline::Clock::now() + delay;
}

}  // namespace

HttpClient::HttpClient(ClientOptions options) : loop_(std::make_unique<Loop>(std::move(options))) {}
HttpClient::~HttpClient() = default;

void load_ahead() {
  static const auto loading = std::async(std::launch::async, [] { return curl_api().has_value(); });
}

Result<Response> HttpClient::send(const Request& request, Deadline deadline, StopToken stop) {
  return std::move(send_all({&request, 1}, deadline, std::move(stop)).front());
}

std::vector<Result<Response>> HttpClient::send_all(std::span<const Request> requests, Deadline deadline,
                                                   StopToken stop,
                                                   const std::function<void(std::size_t index)>& on_done) {
  const auto api = curl_api();
  if (!api) return {requests.size(), Result<Response>(tl::unexpect, api.error())};
  std::vector<Result<Response>> results(requests.size());
  if (requests.empty()) return results;

  struct Item {
    int attempt = 0;
    Moment due{};
    Moment started{};
    std::shared_ptr<Transfer> transfer{};
    std::shared_ptr<CurlLoop> loop{};
    bool answered = false;
  };
  std::vector<Item> items(requests.size());
  std::size_t unanswered = items.size();
  const auto mailbox = std::make_shared<Mailbox>();
  const auto on_stop = stop_wakes(stop, mailbox);

  const auto answer = [&](std::size_t index, Result<Response> result) {
    results[index] = std::move(result);
    items[index].transfer.reset();
    items[index].answered = true;
    --unanswered;
    if (on_done) on_done(index);
  };
  // Starts what is due and returns when the next will be.
  const auto start_due = [&]() -> Moment {
    const auto now = Deadline::Clock::now();
    auto next = Moment::max();
    std::vector<std::shared_ptr<Transfer>> calls;
    std::vector<std::size_t> calls_of;
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto& item = items[i];
      if (item.answered || item.transfer) continue;
      if (item.due > now) {
        next = std::min(next, item.due);
        continue;
      }
      const auto& request = requests[i];
      const bool own_connection = static_cast<bool>(request.upload);
      item.transfer =
          std::make_shared<Transfer>(**api, request, loop_->options(), Transfer::Kind::call, mailbox, i);
      item.started = now;
      if (own_connection) {
        item.loop = loop_->submit(**api, true, {item.transfer});
      } else {
        calls.push_back(item.transfer);
        calls_of.push_back(i);
      }
    }
    if (!calls.empty()) {
      const auto loop = loop_->submit(**api, false, calls);
      for (const auto i : calls_of) items[i].loop = loop;
    }
    return next;
  };
  const auto give_up = [&](bool stopped) {
    for (auto& item : items) {
      if (!item.transfer) continue;
      item.transfer->abandon();
      item.loop->cancel({item.transfer});
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].answered) continue;
      answer(i, fail(stopped ? interrupted(requests[i]) : timed_out(requests[i], items[i].transfer.get())));
    }
  };

  while (unanswered > 0) {
    if (stop.stop_requested() || deadline.passed()) {
      give_up(stop.stop_requested());
      break;
    }
    const auto next = start_due();
    for (const auto i : wait_for_mail(*mailbox, std::min(next, deadline.time()))) {
      auto& item = items[i];
      const auto transfer = item.transfer;
      loop_->trace(requests[i], *transfer, item.attempt, milliseconds_since(item.started));
      const auto again =
          next_attempt(requests[i], *transfer, item.attempt, loop_->options()->retries, deadline);
      if (transfer->spoiled_connection) loop_->replace(item.loop);
      if (again) {
        item.transfer.reset();
        item.due = *again;
        ++item.attempt;
      } else if (transfer->broken != Broken::no) {
        answer(i, fail(std::move(transfer->error)));
      } else {
        answer(i, std::move(transfer->response));
      }
    }
  }
  return results;
}

namespace {

class TransferStream final : public BodyStream {
 public:
  TransferStream(std::shared_ptr<CurlLoop> loop, std::shared_ptr<Transfer> transfer)
      : loop_(std::move(loop)), transfer_(std::move(transfer)) {}
  ~TransferStream() override { loop_->cancel({transfer_}); }
  TransferStream(const TransferStream&) = delete;
  TransferStream& operator=(const TransferStream&) = delete;

  [[nodiscard]] int status() const override { return transfer_->response.status; }
  [[nodiscard]] const Headers& headers() const override { return transfer_->response.headers; }

  Result<std::optional<std::string>> next(Deadline deadline, StopToken stop) override {
    const auto& mailbox = transfer_->mailbox();
    auto& stream = transfer_->stream;
    bool resume = false;
    std::optional<std::string> piece;
    {
      const auto wake = [mailbox] {
        const std::lock_guard guard(mailbox->mutex);
        mailbox->changed.notify_all();
      };
      const std::stop_callback on_stop(stop, wake);
      std::unique_lock lock(mailbox->mutex);
      mailbox->changed.wait_until(lock, waitable(deadline.time()), [&] {
        return !stream.pieces.empty() || stream.ended || stop.stop_requested();
      });
      if (stop.stop_requested()) return fail(interrupted(transfer_->request()));
      if (stream.pieces.empty()) {
        if (stream.failed) return fail(*stream.failed);
        if (stream.ended) return std::optional<std::string>();
        return fail(timed_out(transfer_->request(), transfer_.get()));
      }
      piece = std::move(stream.pieces.front());
      stream.pieces.pop_front();
      stream.buffered -= piece->size();
      constexpr std::size_t kResumeBelow = 256U << 10U;
      resume = stream.paused && stream.buffered < kResumeBelow;
    }
    if (resume) loop_->resume(transfer_);
    return piece;
  }

 private:
  std::shared_ptr<CurlLoop> loop_;
  std::shared_ptr<Transfer> transfer_;
};

}  // namespace

Result<std::unique_ptr<BodyStream>> HttpClient::stream(const Request& request, Deadline deadline,
                                                       StopToken stop) {
  DPCTL_TRY(const auto* api, curl_api());
  for (int attempt = 0;; ++attempt) {
    const auto mailbox = std::make_shared<Mailbox>();
    const auto on_stop = stop_wakes(stop, mailbox);
    const auto started = Deadline::Clock::now();
    const auto transfer =
        std::make_shared<Transfer>(*api, request, loop_->options(), Transfer::Kind::stream, mailbox, 0);
    const auto loop = loop_->submit(*api, true, {transfer});
    const bool reported = !wait_for_mail(*mailbox, deadline.time()).empty();
    if (!reported) {
      transfer->abandon();
      loop->cancel({transfer});
      return fail(stop.stop_requested() ? interrupted(request) : timed_out(request, transfer.get()));
    }
    loop_->trace(request, *transfer, attempt, milliseconds_since(started));
    const auto again = next_attempt(request, *transfer, attempt, loop_->options()->retries, deadline);
    if (!again) {
      if (transfer->broken != Broken::no) return fail(std::move(transfer->error));
      return std::unique_ptr<BodyStream>(std::make_unique<TransferStream>(loop, transfer));
    }
    loop->cancel({transfer});
    wait_for_mail(*mailbox, *again);  // nothing comes but a stop
    if (stop.stop_requested()) return fail(interrupted(request));
  }
}

}  // namespace dpctl::net
