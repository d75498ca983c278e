// websocket.cpp: RFC 6455 over a connection that libcurl makes (CURLOPT_CONNECT_ONLY): proxies, TLS and
// client certificates are the same as for calls. ALPN is pinned to http/1.1: with HTTP/2 negotiated,
// curl_easy_send of 7.88 crashes.
#include "lib/net/websocket.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstring>
#include <mutex>
#include <utility>

#include <openssl/evp.h>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/net/curl_api.hpp"
#include "lib/net/redact.hpp"
#include "lib/net/transfer.hpp"
#include "lib/net/url.hpp"
#include "lib/net/ws_frame.hpp"

namespace dpctl::net {
namespace {

constexpr std::size_t kMostMessage = 32U << 20U;
constexpr std::size_t kMostHeader = 64U << 10U;
constexpr std::size_t kMostRefusal = 64U << 10U;

/// Wakes a poll() when a stop is asked for.
class StopSignal {
 public:
  StopSignal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~StopSignal() { ::close(fd_); }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  void raise() const { [[maybe_unused]] const auto written = ::eventfd_write(fd_, 1); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

/// A byte stream of libcurl's with a deadline and a stop.
class Wire {
 public:
  static Result<std::unique_ptr<Wire>> connect(const std::string& url, const ClientOptions& options,
                                               Deadline deadline, const StopToken& stop);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  Result<void> send_all(std::string_view bytes, Deadline deadline, const StopToken& stop);
  /// At least one byte; empty at the end of the stream.
  Result<std::string> receive(Deadline deadline, const StopToken& stop);
  [[nodiscard]] const std::string& target() const { return target_; }

 private:
  Wire(const CurlApi& api, std::string target)
      : api_(api), target_(std::move(target)), multi_(api.multi_init()) {}
  Result<void> drive(Deadline deadline, const StopToken& stop, const Mailbox& mailbox);
  Result<void> wait_for(short events, Deadline deadline, const StopToken& stop) const;
  [[nodiscard]] Failure late() const {
    return fail(Code::timed_out, "{} did not answer in time", target_).retryable();
  }
  [[nodiscard]] Failure stopped() const {
    return fail(Code::interrupted, "stopped while talking to {}", target_);
  }

  const CurlApi& api_;
  const std::string target_;
  CURLM* multi_;
  std::shared_ptr<Transfer> transfer_{};
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  std::mutex mutex_;  // libcurl's handle: the reader and the writer take turns, they wait outside
};

Wire::~Wire() {
  if (transfer_ && transfer_->easy() != nullptr) api_.multi_remove_handle(multi_, transfer_->easy());
  transfer_.reset();
  api_.multi_cleanup(multi_);
}

Result<std::unique_ptr<Wire>> Wire::connect(const std::string& url, const ClientOptions& options,
                                            Deadline deadline, const StopToken& stop) {
  DPCTL_TRY(const auto* api, curl_api());
  DPCTL_TRY(const auto parsed, Url::parse(url));
  std::unique_ptr<Wire> wire(new Wire(*api, parsed.authority()));
  const auto mailbox = std::make_shared<Mailbox>();
  auto http1 = std::make_shared<ClientOptions>(options);
  http1->http1_only = true;
  wire->transfer_ = std::make_shared<Transfer>(*api, Request{.url = url}, std::move(http1),
                                               Transfer::Kind::connection, mailbox, 0);
  CURL* easy = wire->transfer_->start();
  if (easy == nullptr) return fail(wire->transfer_->error);
  api->multi_add_handle(wire->multi_, easy);
  DPCTL_CHECK(wire->drive(deadline, stop, *mailbox));
  if (api->easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &wire->socket_) != CURLE_OK ||
      wire->socket_ == CURL_SOCKET_BAD) {
    return fail(Code::failed, "the connection to {} broke early", wire->target_).retryable();
  }
  return wire;
}

Result<void> Wire::drive(Deadline deadline, const StopToken& stop, const Mailbox& mailbox) {
  const auto wake = [this] { api_.multi_wakeup(multi_); };
  const std::stop_callback on_stop(stop, wake);
  for (;;) {
    int running = 0;
    api_.multi_perform(multi_, &running);
    int left = 0;
    if (const CURLMsg* message = api_.multi_info_read(multi_, &left);
        message != nullptr && message->msg == CURLMSG_DONE) {
      if (message->data.result == CURLE_OK) return {};
      transfer_->finish(message->data.result);
      return fail(transfer_->error);
    }
    if (!mailbox.done.empty()) return fail(transfer_->error);
    if (stop.stop_requested()) return stopped();
    if (deadline.passed()) return late();
    api_.multi_poll(multi_, nullptr, 0, static_cast<int>(deadline.left().count()) + 1, nullptr);
  }
}

Result<void> Wire::wait_for(short events, Deadline deadline, const StopToken& stop) const {
  const StopSignal signal;
  const auto wake = [&signal] { signal.raise(); };
  const std::stop_callback on_stop(stop, wake);
  pollfd waits[2] = {{.fd = socket_, .events = events, .revents = 0},
                     {.fd = signal.fd(), .events = POLLIN, .revents = 0}};
  for (;;) {
    if (stop.stop_requested()) return stopped();
    if (deadline.passed()) return late();
    const int ready = ::poll(waits, 2, static_cast<int>(deadline.left().count()) + 1);
    if (ready > 0 && waits[0].revents != 0) return {};
  }
}

Result<void> Wire::send_all(std::string_view bytes, Deadline deadline, const StopToken& stop) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    CURLcode code = CURLE_OK;
    {
      const std::lock_guard lock(mutex_);
      code = api_.easy_send(transfer_->easy(), bytes.data(), bytes.size(), &sent);
    }
    if (code != CURLE_OK && code != CURLE_AGAIN) {
      return fail(Code::failed, "the connection to {} broke while sending", target_)
          .because(Error{.code = Code::failed, .what = api_.easy_strerror(code)})
          .retryable();
    }
    bytes.remove_prefix(sent);
    if (code == CURLE_AGAIN) DPCTL_CHECK(wait_for(POLLOUT, deadline, stop));
  }
  return {};
}

Result<std::string> Wire::receive(Deadline deadline, const StopToken& stop) {
  char buffer[16 * 1024];
  for (;;) {
    std::size_t received = 0;
    CURLcode code = CURLE_OK;
    {
      const std::lock_guard lock(mutex_);
      code = api_.easy_recv(transfer_->easy(), buffer, sizeof buffer, &received);
    }
    if (code == CURLE_OK || code == CURLE_GOT_NOTHING) return std::string(buffer, received);
    if (code != CURLE_AGAIN) {
      return fail(Code::failed, "the connection to {} broke", target_)
          .because(Error{.code = Code::failed, .what = api_.easy_strerror(code)})
          .retryable();
    }
    DPCTL_CHECK(wait_for(POLLIN, deadline, stop));
  }
}

/// RFC 6455 4.2.2: what a server must answer to our key.
std::string accept_of(const std::string& key) {
  const auto text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  ::EVP_Digest(text.data(), text.size(), digest, &size, ::EVP_sha1(), nullptr);
  return base64_encode({reinterpret_cast<const char*>(digest), size});
}

struct Upgrade {
  int status = 0;
  Headers headers{};
  std::string rest{};  ///< bytes after the header
};

Upgrade parse_upgrade(std::string_view header, std::string rest) {
  Upgrade upgrade{.rest = std::move(rest)};
  bool first = true;
  for (const auto line : split(header, '\n')) {
    const auto text = trim(line);
    if (first) {
      const auto blank = text.find(' ');
      if (blank != std::string_view::npos)
        std::from_chars(text.data() + blank + 1, text.data() + text.size(), upgrade.status);
      first = false;
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
      upgrade.headers.add(std::string(text.substr(0, colon)), std::string(trim(text.substr(colon + 1))));
    }
  }
  return upgrade;
}

Result<std::string> upgrade_request(const Url& url, const Headers& headers,
                                    const std::vector<std::string>& protocols, const std::string& key,
                                    const std::string& user_agent) {
  std::string text = "GET " + (url.path.empty() ? "/" : url.path) +
                     (url.query.empty() ? "" : "?" + url.query) + " HTTP/1.1\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  add("Host", url.authority());
  add("Upgrade", "websocket");
  add("Connection", "Upgrade");
  add("Sec-WebSocket-Version", "13");
  add("Sec-WebSocket-Key", key);
  if (!protocols.empty()) add("Sec-WebSocket-Protocol", join(protocols, ", "));
  if (headers.find("User-Agent") == nullptr) add("User-Agent", user_agent);
  for (const auto& [name, value] : headers.fields()) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return fail(Code::usage, "a header of the request to {} has a line break or a NUL in it",
                  url.authority());
    }
    add(name, value);
  }
  return text + "\r\n";
}

Result<Upgrade> read_upgrade(Wire& wire, Deadline deadline, const StopToken& stop) {
  std::string text;
  for (;;) {
    if (const auto end = text.find("\r\n\r\n"); end != std::string::npos) {
      return parse_upgrade(std::string_view(text).substr(0, end), text.substr(end + 4));
    }
    if (text.size() > kMostHeader)
      return fail(Code::failed, "the header of the answer of {} is too large", wire.target());
    DPCTL_TRY(const auto piece, wire.receive(deadline, stop));
    if (piece.empty())
      return fail(Code::failed, "{} closed the connection without an answer", wire.target()).retryable();
    text += piece;
  }
}

/// The body of a refusal, as far as it comes at once: servers say there why they refuse.
std::string refusal_body(Wire& wire, Upgrade& upgrade, Deadline deadline, const StopToken& stop) {
  std::size_t length = kMostRefusal;
  if (const auto* text = upgrade.headers.find("Content-Length"); text != nullptr) {
    std::from_chars(text->data(), text->data() + text->size(), length);
    length = std::min(length, kMostRefusal);
  }
  const auto soon = deadline.at_most(std::chrono::seconds(2));
  while (upgrade.rest.size() < length) {
    const auto piece = wire.receive(soon, stop);
    if (!piece || piece->empty()) break;
    upgrade.rest += *piece;
  }
  return std::move(upgrade.rest).substr(0, std::min(upgrade.rest.size(), length));
}

Failure refused(const std::string& url, const std::string& target, int status, std::string body) {
  const auto code = status == 401 || status == 403 ? Code::denied
                    : status == 404                ? Code::not_found
                                                   : Code::failed;
  return fail(code, "{} did not open a WebSocket: status {}", target, status)
      .because(Error{.code = code, .what = body.empty() ? "no reason given" : std::move(body)})
      .at(Place{.subject = "GET " + redact_url(url)})
      .retryable(status == 429 || status >= 502);
}

class CurlWebSocket final : public WebSocket {
 public:
  CurlWebSocket(std::unique_ptr<Wire> wire, std::string protocol, std::string_view first_bytes)
      : wire_(std::move(wire)),
        protocol_(std::move(protocol)),
        decoder_(ws::FrameDecoder::Side::client, kMostMessage) {
    decoder_.feed(first_bytes);
  }
  ~CurlWebSocket() override { close(1000); }
  CurlWebSocket(const CurlWebSocket&) = delete;
  CurlWebSocket& operator=(const CurlWebSocket&) = delete;

  [[nodiscard]] const std::string& protocol() const override { return protocol_; }

  Result<void> send(std::string_view data, bool binary, Deadline deadline, StopToken stop) override {
    if (close_sent_) return fail(Code::failed, "the WebSocket to {} is closed", wire_->target());
    return send_frame(binary ? ws::Opcode::binary : ws::Opcode::text, data, deadline, stop);
  }

  Result<std::optional<Message>> receive(Deadline deadline, StopToken stop) override {
    while (!ended_) {
      auto event = decoder_.next();
      if (!event) {
        ended_ = true;
        close(static_cast<unsigned short>(decoder_.violation()));
        return fail(std::move(event).error());
      }
      if (!*event) {
        DPCTL_TRY(const auto bytes, wire_->receive(deadline, stop));
        if (bytes.empty()) {
          ended_ = true;
          return fail(Code::failed, "{} ended the connection without a closing handshake", wire_->target())
              .retryable();
        }
        decoder_.feed(bytes);
        continue;
      }
      DPCTL_TRY(auto message, take(std::move(**event), deadline, stop));
      if (message) return message;
    }
    return std::optional<Message>();
  }

  void close(unsigned short status) override {
    if (close_sent_.exchange(true)) return;
    const auto soon = Deadline::after(std::chrono::milliseconds(500));
    static_cast<void>(send_frame(ws::Opcode::close, ws::close_payload(status), soon, {}));
  }

 private:
  /// Answers what the protocol wants answered; a message is handed on.
  Result<std::optional<Message>> take(ws::Event event, Deadline deadline, const StopToken& stop) {
    switch (event.opcode) {
      case ws::Opcode::text:
      case ws::Opcode::binary:
        return std::optional<Message>(
            Message{.binary = event.opcode == ws::Opcode::binary, .data = std::move(event.payload)});
      case ws::Opcode::ping:
        if (!close_sent_) DPCTL_CHECK(send_frame(ws::Opcode::pong, event.payload, deadline, stop));
        break;
      case ws::Opcode::close:
        ended_ = true;
        close(event.close_status == 1005 ? 1000 : event.close_status);
        break;
      case ws::Opcode::pong:
      case ws::Opcode::continuation: break;
    }
    return std::optional<Message>();
  }

  Result<void> send_frame(ws::Opcode opcode, std::string_view payload, Deadline deadline,
                          const StopToken& stop) {
    const auto random = random_bytes(4);
    ws::MaskKey key{};
    std::memcpy(key.data(), random.data(), key.size());
    const auto frame = ws::encode_frame(opcode, payload, key);
    const std::lock_guard lock(send_mutex_);  // a pong of the reader never cuts a message of the writer
    if (broken_)
      return fail(Code::failed, "the WebSocket to {} is broken by an earlier unfinished frame",
                  wire_->target());
    auto sent = wire_->send_all(frame, deadline, stop);
    if (!sent) broken_ = true;
    return sent;
  }

  const std::unique_ptr<Wire> wire_;
  const std::string protocol_;
  ws::FrameDecoder decoder_;
  bool ended_ = false;
  bool broken_ = false;
  std::atomic<bool> close_sent_{false};
  std::mutex send_mutex_;
};

}  // namespace

Result<std::unique_ptr<WebSocket>> WebSocket::connect(const std::string& url, const Headers& headers,
                                                      const std::vector<std::string>& protocols,
                                                      const ClientOptions& options, Deadline deadline,
                                                      StopToken stop) {
  DPCTL_TRY(const auto parsed, Url::parse(url));
  const auto key = base64_encode(random_bytes(16));
  DPCTL_TRY(const auto request, upgrade_request(parsed, headers, protocols, key, options.user_agent));
  DPCTL_TRY(auto wire, Wire::connect(url, options, deadline, stop));
  DPCTL_CHECK(wire->send_all(request, deadline, stop));
  DPCTL_TRY(auto upgrade, read_upgrade(*wire, deadline, stop));
  if (options.trace) {
    options.trace("> GET " + redact_url(url) + " (WebSocket)");
    for (const auto& [name, value] : headers.fields()) options.trace("> " + redact_header(name, value));
    options.trace(fmt::format("< {}", upgrade.status));
  }
  if (upgrade.status != 101)
    return refused(url, wire->target(), upgrade.status, refusal_body(*wire, upgrade, deadline, stop));
  const auto* accept = upgrade.headers.find("Sec-WebSocket-Accept");
  if (accept == nullptr || *accept != accept_of(key)) {
    return fail(Code::failed, "{} answered the WebSocket handshake with a wrong Sec-WebSocket-Accept",
                wire->target());
  }
  const auto* chosen = upgrade.headers.find("Sec-WebSocket-Protocol");
  if (chosen != nullptr && std::find(protocols.begin(), protocols.end(), *chosen) == protocols.end()) {
    return fail(Code::failed, "{} chose the WebSocket protocol \"{}\", which was not offered", wire->target(),
                *chosen);
  }
  return std::unique_ptr<WebSocket>(
      std::make_unique<CurlWebSocket>(std::move(wire), chosen == nullptr ? "" : *chosen, upgrade.rest));
}

}  // namespace dpctl::net
