#include "pipeline-services/io/websocket_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>
#include <mutex>

#include "lib/base/strings.hpp"

namespace dpctl::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kPatience{5};  // for the close of a peer that reads too slowly

class WebSocketSession final : public WebSocketConnection,
                               public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(tcp::socket socket, std::shared_ptr<HttpShared> shared,
                   std::shared_ptr<WebSocketListener> listener)
      : shared_(std::move(shared)),
        listener_(std::move(listener)),
        stream_(std::move(socket)),
        last_call_(stream_.get_executor()) {
    ++shared_->connections;
    const auto ping = shared_->options.websocket_ping;
    stream_.set_option(websocket::stream_base::timeout{kPatience, 2 * ping, true});
    stream_.read_message_max(shared_->options.websocket_message_bytes);
    stream_.text(true);
    stream_.auto_fragment(false);  // a message is in memory as a whole already
  }
  ~WebSocketSession() override { --shared_->connections; }
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;

  void open(const HttpRequest& request) {
    handshake_.method(http::verb::get);
    handshake_.target({request.path.data(), request.path.size()});
    for (const auto& [name, value] : request.headers)
      handshake_.insert(beast::string_view(name.data(), name.size()),
                        beast::string_view(value.data(), value.size()));
    stream_.async_accept(handshake_, [self = shared_from_this()](error_code code) {
      if (code) return self->ended();
      self->listener_->on_open(self);
      self->read();
    });
  }

  bool send(std::shared_ptr<const std::string> text) override {
    const std::scoped_lock lock(mutex_);
    if (closing_) return false;
    const auto& limits = shared_->options;
    if (queue_.size() >= limits.websocket_queue ||
        queued_bytes_ + text->size() > limits.websocket_queue_bytes) {
      close_locked(websocket::close_code::try_again_later,
                   fmt::format("too slow: {} messages were waiting and are dropped", queue_.size()), true);
      return false;
    }
    queued_bytes_ += text->size();
    queue_.push_back(std::move(text));
    if (queue_.size() == 1 && !writing_) wake();
    return true;
  }

  void close(std::uint16_t code, std::string reason) override {
    const std::scoped_lock lock(mutex_);
    if (!closing_) close_locked(code, std::move(reason), false);
  }

 private:
  void close_locked(std::uint16_t code, std::string reason, bool drop) {
    closing_ = true;
    reason_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason.substr(0, 123));
    if (drop) queue_.clear(), queued_bytes_ = 0;
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->last_call_.expires_after(kPatience);
      self->last_call_.async_wait([self](error_code cancelled) {
        error_code ignored;
        if (!cancelled) self->stream_.next_layer().close(ignored);
      });
      self->write();
    });
  }

  void wake() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->write(); });
  }

  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](error_code code, std::size_t) {
      if (code) return self->ended();
      const auto bytes = self->buffer_.cdata();
      self->listener_->on_text({static_cast<const char*>(bytes.data()), bytes.size()});
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }

  // The stream's thread only.
  void write() {
    if (writing_ || closed_) return;
    {
      const std::scoped_lock lock(mutex_);
      if (queue_.empty()) {
        if (!closing_) return;
        closed_ = true;
      } else {
        current_ = std::move(queue_.front());
        queue_.pop_front();
        queued_bytes_ -= current_->size();
        writing_ = true;
      }
    }
    if (closed_)
      return stream_.async_close(reason_,
                                 [self = shared_from_this()](error_code) { self->last_call_.cancel(); });
    stream_.async_write(asio::buffer(*current_), [self = shared_from_this()](error_code code, std::size_t) {
      self->writing_ = false;
      if (!code) self->write();
    });
  }

  void ended() {
    {
      const std::scoped_lock lock(mutex_);
      closing_ = true;
      queue_.clear();
    }
    last_call_.cancel();
    if (auto listener = std::exchange(listener_, nullptr)) listener->on_close();
  }

  std::shared_ptr<HttpShared> shared_;
  std::shared_ptr<WebSocketListener> listener_;
  websocket::stream<tcp::socket> stream_;
  asio::steady_timer last_call_;
  http::request<http::empty_body> handshake_;
  beast::flat_buffer buffer_;
  std::mutex mutex_;  // guards what send() and close() touch from other threads
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t queued_bytes_ = 0;
  bool closing_ = false;
  websocket::close_reason reason_;
  std::shared_ptr<const std::string> current_;
  std::atomic<bool> writing_{false};
  bool closed_ = false;
};

}  // namespace

bool is_websocket_upgrade(const HttpRequest& request) {
  return request.method == "GET" && to_lower(request.header("upgrade")) == "websocket" &&
         !request.header("sec-websocket-key").empty() && request.header("sec-websocket-version") == "13";
}

void open_websocket(tcp::socket socket, const HttpRequest& request, std::shared_ptr<HttpShared> shared,
                    std::shared_ptr<WebSocketListener> listener) {
  std::make_shared<WebSocketSession>(std::move(socket), std::move(shared), std::move(listener))
      ->open(request);
}

}  // namespace dpctl::io
