#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "lib/net/transfer.hpp"

namespace dpctl::net {

/// A libcurl multi handle and the one thread that touches it; the thread starts with the first transfer. All
/// members are thread-safe; none waits for the network.
class CurlLoop {
 public:
  /// At most `max_in_flight` transfers at once, the others queue in order. Without `multiplex` every transfer
  /// has a connection of its own while it lasts, so that a paused one holds nobody up.
  CurlLoop(const CurlApi& api, std::size_t max_in_flight, bool multiplex);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  /// False when the loop is retired or closed: take the next one.
  [[nodiscard]] bool submit(const std::vector<std::shared_ptr<Transfer>>& transfers);
  /// Drops them without a report. Unknown or finished ones are ignored.
  void cancel(std::vector<std::shared_ptr<Transfer>> transfers);
  void resume(std::shared_ptr<Transfer> transfer);
  /// Takes no more transfers; the thread ends when the last one has. For a loop whose connections are spoilt.
  void retire();
  /// Ends every transfer with Code::interrupted and joins the thread.
  void close();
  /// Has the thread of a retired loop ended?
  [[nodiscard]] bool finished() const;

 private:
  struct Commands {
    std::vector<std::shared_ptr<Transfer>> submit{};
    std::vector<std::shared_ptr<Transfer>> cancel{};
    std::vector<std::shared_ptr<Transfer>> resume{};
  };

  void run();
  void obey(Commands commands);
  void start_queued();
  void reap();
  void drop(const std::shared_ptr<Transfer>& transfer);
  void end_all();
  void wake();

  const CurlApi& api_;
  const std::size_t max_in_flight_;
  const bool multiplex_;
  CURLM* multi_ = nullptr;

  mutable std::mutex mutex_;
  Commands commands_;
  bool retired_ = false;
  bool closed_ = false;
  bool finished_ = false;
  std::thread thread_;

  // The thread's own.
  std::deque<std::shared_ptr<Transfer>> queue_;
  std::unordered_map<CURL*, std::shared_ptr<Transfer>> active_;
};

}  // namespace dpctl::net
