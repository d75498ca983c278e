#include "lib/net/curl_loop.hpp"

#include <algorithm>
#include <utility>

namespace dpctl::net {
namespace {

constexpr long kMostStreams = 100;         // what the Kubernetes API server allows on a connection
constexpr long kMostHostConnections = 8;   // to servers that speak HTTP/1.1 or allow few streams
constexpr int kPollMilliseconds = 60'000;  // libcurl shortens it to its own next timeout; wake() ends it
// While calls share a connection: what was read from the socket for one of them is handed to another only by
// the next perform, and the socket, already empty, reports no event for it.
constexpr int kPollSharedMilliseconds = 10;

}  // namespace

CurlLoop::CurlLoop(const CurlApi& api, std::size_t max_in_flight, bool multiplex)
    : api_(api),
      max_in_flight_(std::max<std::size_t>(1, max_in_flight)),
      multiplex_(multiplex),
      multi_(api.multi_init()) {
  api_.multi_setopt(multi_, CURLMOPT_PIPELINING,
                    multiplex ? static_cast<long>(CURLPIPE_MULTIPLEX) : static_cast<long>(CURLPIPE_NOTHING));
  if (multiplex) {
    api_.multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, kMostStreams);
    api_.multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kMostHostConnections);
  }
}

CurlLoop::~CurlLoop() {
  close();
  api_.multi_cleanup(multi_);
}

void CurlLoop::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void CurlLoop::wake() { api_.multi_wakeup(multi_); }

bool CurlLoop::submit(const std::vector<std::shared_ptr<Transfer>>& transfers) {
  {
    const std::lock_guard lock(mutex_);
    if (retired_ || closed_) return false;
    commands_.submit.insert(commands_.submit.end(), transfers.begin(), transfers.end());
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  wake();
  return true;
}

void CurlLoop::cancel(std::vector<std::shared_ptr<Transfer>> transfers) {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    std::move(transfers.begin(), transfers.end(), std::back_inserter(commands_.cancel));
  }
  wake();
}

void CurlLoop::resume(std::shared_ptr<Transfer> transfer) {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    commands_.resume.push_back(std::move(transfer));
  }
  wake();
}

void CurlLoop::retire() {
  {
    const std::lock_guard lock(mutex_);
    retired_ = true;
  }
  wake();
}

bool CurlLoop::finished() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

void CurlLoop::run() {
  for (;;) {
    Commands commands;
    bool close = false;
    bool finish = false;
    {
      const std::lock_guard lock(mutex_);
      commands = std::exchange(commands_, {});
      close = closed_;
      finish = retired_ && queue_.empty() && active_.empty() && commands.submit.empty();
      finished_ = close || finish;
    }
    obey(std::move(commands));
    if (close) end_all();
    if (close || finish) return;
    start_queued();
    int running = 0;
    api_.multi_perform(multi_, &running);
    reap();
    const bool more_to_start = !queue_.empty() && active_.size() < max_in_flight_;
    const int idle = multiplex_ && !active_.empty() ? kPollSharedMilliseconds : kPollMilliseconds;
    api_.multi_poll(multi_, nullptr, 0, more_to_start ? 0 : idle, nullptr);
  }
}

void CurlLoop::obey(Commands commands) {
  std::move(commands.submit.begin(), commands.submit.end(), std::back_inserter(queue_));
  for (const auto& transfer : commands.cancel) drop(transfer);
  for (const auto& transfer : commands.resume) {
    if (active_.contains(transfer->easy())) transfer->resume();
  }
}

void CurlLoop::start_queued() {
  while (!queue_.empty() && active_.size() < max_in_flight_) {
    auto transfer = std::move(queue_.front());
    queue_.pop_front();
    CURL* easy = transfer->start();
    if (easy == nullptr) continue;
    if (api_.multi_add_handle(multi_, easy) != CURLM_OK) {
      transfer->finish(CURLE_FAILED_INIT);
      continue;
    }
    active_.emplace(easy, std::move(transfer));
  }
}

void CurlLoop::reap() {
  int left = 0;
  while (const CURLMsg* message = api_.multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto code = message->data.result;  // before remove_handle: it frees the message
    const auto found = active_.find(message->easy_handle);
    if (found == active_.end()) continue;
    const auto transfer = std::move(found->second);
    active_.erase(found);
    transfer->finish(code);
    api_.multi_remove_handle(multi_, transfer->easy());
  }
}

void CurlLoop::drop(const std::shared_ptr<Transfer>& transfer) {
  std::erase(queue_, transfer);
  if (transfer->easy() == nullptr || active_.erase(transfer->easy()) == 0) return;
  api_.multi_remove_handle(multi_, transfer->easy());
}

void CurlLoop::end_all() {
  const Error closed{.code = Code::interrupted, .what = "the HTTP client was closed"};
  for (const auto& [easy, transfer] : active_) {
    api_.multi_remove_handle(multi_, easy);
    transfer->finish(closed);
  }
  active_.clear();
  for (const auto& transfer : queue_) transfer->finish(closed);
  queue_.clear();
}

}  // namespace dpctl::net
