#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/net/curl_api.hpp"
#include "lib/net/http_client.hpp"
#include "lib/net/http_error.hpp"
#include "lib/net/retry.hpp"

namespace dpctl::net {

/// Where the transfers of one caller report, and where the caller waits.
struct Mailbox {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> done;  ///< indices of transfers that ended (streams: whose header is there)
  bool stopped = false;
};

/// One attempt at one request. Made by the caller's thread, run by the loop's thread; the caller reads the
/// answer after its index has appeared in the mailbox. Holds copies, so a caller may leave at any time.
class Transfer {
 public:
  enum class Kind { call, stream, connection };  ///< connection: connects and stops there (WebSocket)
  enum class Phase { queued, connecting, waiting, reading };

  /// `options` must outlive the transfer (its PEM texts are not copied).
  Transfer(const CurlApi& api, Request request, std::shared_ptr<const ClientOptions> options, Kind kind,
           std::shared_ptr<Mailbox> mailbox, std::size_t index);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // The loop's thread.
  /// Makes the easy handle. Nullptr when the request is not usable; finish() has then been called.
  CURL* start();
  void finish(CURLcode code);
  void finish(Error error);
  /// Continues a paused stream.
  void resume();

  // The caller's thread.
  /// After this, `upload` and the mailbox are left alone.
  void abandon();
  /// What the wire was doing, for the message of a timeout.
  [[nodiscard]] std::string describe_wait() const;
  [[nodiscard]] const Request& request() const { return request_; }

  /// The answer. Valid once reported and never changed afterwards; with a stream the body stays empty.
  Response response{};
  Error error{};
  Broken broken = Broken::no;
  bool spoiled_connection = false;  ///< repeat on another connection

  /// The body of a stream, guarded by the mailbox's mutex.
  struct Stream {
    std::deque<std::string> pieces{};
    std::size_t buffered = 0;
    bool paused = false;
    bool ended = false;
    std::optional<Error> failed{};
  } stream{};
  [[nodiscard]] const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

  /// The loop's; nullptr until started.
  [[nodiscard]] CURL* easy() const { return easy_; }

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_upload(char* out, std::size_t size, std::size_t count, void* self);
  static int on_dispatch(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port);
  static int on_socket(void* self, curl_socket_t socket, curlsocktype purpose);

  bool read_header(std::string_view line);
  void header_complete();
  std::size_t take_body(std::string_view piece);
  std::size_t give_upload(char* out, std::size_t room);
  void report();
  void fail_with(Error why, Broken how, bool spoiled);
  void end_stream(std::optional<Error> why);
  [[nodiscard]] TransferFailure failure_of(CURLcode code) const;

  Result<void> set_options();
  Result<void> set_headers(const std::string& host_header);
  void set_body();
  void set_tls();
  template <class Value>
  void set(CURLoption option, Value value) {
    api_.easy_setopt(easy_, option, value);
  }

  const CurlApi& api_;
  const Request request_;
  const std::shared_ptr<const ClientOptions> options_;
  const Kind kind_;
  const std::shared_ptr<Mailbox> mailbox_;
  const std::size_t index_;

  CURL* easy_ = nullptr;
  curl_slist* header_list_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  char detail_[CURL_ERROR_SIZE] = {};
  std::string target_{};
  std::string proxy_{};
  std::size_t header_bytes_ = 0;
  bool header_done_ = false;
  bool reported_ = false;
  bool too_large_ = false;
  std::optional<Error> callback_error_{};
  int dispatches_ = 0;
  std::string upload_rest_{};
  std::mutex upload_mutex_{};
  bool abandoned_ = false;
  std::atomic<Phase> phase_{Phase::queued};
};

}  // namespace dpctl::net
