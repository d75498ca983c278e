#include "pipeline-services/io/http_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <cstring>

#include "pipeline-services/io/websocket_session.hpp"

namespace dpctl::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_response(std::string& out, const HttpResponse& response, bool head_only, bool keep_alive,
                     bool http_1_0) {
  out += http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += reason_of(response.status);
  out += "\r\nContent-Type: ";
  out += response.content_type;
  out += "\r\nContent-Length: ";
  append_number(out, response.body.size());
  out += "\r\n";
  out += response.head;
  if (!keep_alive)
    out += "Connection: close\r\n";
  else if (http_1_0)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
  if (!head_only) out += response.body;
}

HttpResponse call(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& bug) {
    return http_error(500, "internal_error", bug.what());
  }
}

}  // namespace

void HttpThread::sweep() {
  clock.expires_after(std::chrono::seconds(1));
  clock.async_wait([this](error_code code) {
    if (code) return;
    ++seconds;
    // A check may end its session, and with it the place in the list.
    for (auto it = sessions.begin(); it != sessions.end();) (*it++)->check_time();
    sweep();
  });
}

HttpSession::HttpSession(HttpThread& thread, tcp::socket socket, std::uint16_t port)
    : thread_(thread),
      shared_(thread.shared),
      place_(thread.sessions.insert(thread.sessions.end(), this)),
      socket_(std::move(socket)),
      port_(port),
      parser_(shared_->options.max_header_bytes, shared_->options.max_body_bytes),
      capacity_(shared_->options.max_header_bytes + 4096),
      waiting_since_(thread.seconds) {
  buffer_ = std::make_unique<char[]>(capacity_);
  ++shared_->connections;
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

HttpSession::~HttpSession() {
  --shared_->connections;
  thread_.sessions.erase(place_);
}

void HttpSession::check_time() {
  if (!busy_ && thread_.seconds - waiting_since_ > shared_->options.timeout.count()) close();
}

void HttpSession::close() {
  error_code ignored;
  socket_.close(ignored);
}

void HttpSession::read() {
  socket_.async_read_some(
      asio::buffer(buffer_.get() + filled_, capacity_ - filled_),
      [self = shared_from_this()](error_code code, std::size_t size) { self->on_read(code, size); });
}

void HttpSession::on_read(error_code code, std::size_t size) {
  if (code) return;  // the last reference goes, and the socket with it
  if (parsed_ == 0 && filled_ == 0) waiting_since_ = thread_.seconds;  // a request begins
  filled_ += size;
  serve();
}

// Answers what is complete, then writes, then reads on; each of these may be under way already.
void HttpSession::serve() {
  while (!busy_ && !writing_ && !last_ && step()) {
  }
  flush();
  if (busy_ || writing_) return;
  if (last_) return drain();
  read();
}

/// One look at the buffer: true when a request was answered and the next one may be there.
bool HttpSession::step() {
  if (filled_ == parsed_) return false;
  const bool had_header = parser_.has_header();
  const auto [state, used] = parser_.feed({buffer_.get() + parsed_, filled_ - parsed_});
  const auto begin = parsed_;
  parsed_ += used;
  if (state == HttpParser::State::complete) {
    answer();
    return !busy_;
  }
  if (state != HttpParser::State::more) {
    refuse(state);
    return false;
  }
  if (!parser_.has_header()) {
    if (filled_ == capacity_) refuse(HttpParser::State::header_too_large);
    return false;
  }
  // A header is parsed in one go, so it began where this look did.
  if (!had_header)
    header_end_ = begin + std::string_view(buffer_.get() + begin, used).find("\r\n\r\n") + 4;
  // The body so far is copied: its room behind the header is free again.
  std::memmove(buffer_.get() + header_end_, buffer_.get() + parsed_, filled_ - parsed_);
  filled_ = header_end_ + (filled_ - parsed_);
  parsed_ = header_end_;
  if (!told_to_continue_ && parser_.request().header("expect") == "100-continue") {
    told_to_continue_ = true;
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  if (filled_ == capacity_) refuse(HttpParser::State::malformed);
  return false;
}

void HttpSession::refuse(HttpParser::State state) {
  last_ = true;
  auto& request = parser_.request();
  request.port = port_;
  if (state == HttpParser::State::body_too_large)
    return respond("unmatched", http_error(413, "too_large", "the body is too large"));
  if (state == HttpParser::State::header_too_large)
    return respond("unmatched", http_error(431, "too_large", "the header is too large"));
  respond("unmatched", http_error(400, "bad_request", "this is no well-formed HTTP/1.1 request"));
}

void HttpSession::answer() {
  began_ = steady_clock::now();
  auto& request = parser_.request();
  request.port = port_;
  const auto found = shared_->routes.find(request);
  if (found.route == nullptr) {
    if (!found.known_path)
      return respond("unmatched", http_error(404, "not_found", "there is nothing at this path"));
    auto refused = http_error(405, "method_not_allowed", "this path takes " + found.allow);
    refused.header("Allow", found.allow);
    return respond("unmatched", std::move(refused));
  }
  if (found.route->quick)
    if (auto response = found.route->quick(request)) return respond(found.route->path, *std::move(response));
  if (found.route->websocket) return upgrade(*found.route);
  hand_to_worker(*found.route);
}

void HttpSession::hand_to_worker(const HttpRoute& route) {
  busy_ = true;
  asio::post(*shared_->workers, [self = shared_from_this(), &route]() mutable {
    auto response = call(route.handler, self->parser_.request());
    auto& context = self->thread_.context;
    asio::post(context, [self = std::move(self), &route, response = std::move(response)]() mutable {
      self->busy_ = false;
      self->respond(route.path, std::move(response));
      self->serve();
    });
  });
}

void HttpSession::upgrade(const HttpRoute& route) {
  if (!is_websocket_upgrade(parser_.request()) || filled_ != parsed_) {
    auto refused = http_error(426, "upgrade_required", "this path is a WebSocket");
    refused.header("Upgrade", "websocket");
    return respond(route.path, std::move(refused));
  }
  busy_ = true;
  asio::post(*shared_->workers, [self = shared_from_this(), &route]() mutable {
    auto answer = route.websocket(self->parser_.request());
    auto& context = self->thread_.context;
    asio::post(context, [self = std::move(self), &route, answer = std::move(answer)]() mutable {
      self->busy_ = false;
      if (auto* refused = std::get_if<HttpResponse>(&answer)) {
        self->respond(route.path, std::move(*refused));
        return self->serve();
      }
      HttpResponse opened{.status = 101};
      const auto& request = self->parser_.request();
      self->shared_->observe(route.path, request, opened, steady_clock::now() - self->began_);
      open_websocket(std::move(self->socket_), request, self->shared_,
                     std::get<std::shared_ptr<WebSocketListener>>(std::move(answer)));
    });
  });
}

void HttpSession::respond(std::string_view route, HttpResponse response) {
  const auto& request = parser_.request();
  const auto took =
      began_ == steady_clock::time_point{} ? steady_clock::duration{} : steady_clock::now() - began_;
  shared_->observe(route, request, response, took);
  if (!last_) last_ = !parser_.keep_alive();
  append_response(out_, response, request.method == "HEAD", !last_,
                  parser_.has_header() && parser_.http_1_0());
  if (!last_) next_request();
}

void HttpSession::next_request() {
  std::memmove(buffer_.get(), buffer_.get() + parsed_, filled_ - parsed_);
  filled_ -= parsed_;
  parsed_ = header_end_ = 0;
  told_to_continue_ = false;
  began_ = {};
  waiting_since_ = thread_.seconds;
  parser_.reset();
}

// Writes at once what the socket takes; the rest when it takes more.
void HttpSession::flush() {
  if (writing_ || out_.empty()) return;
  error_code code;
  const auto sent = socket_.write_some(asio::buffer(out_), code);
  if (code && code != asio::error::would_block) {
    last_ = true;
    out_.clear();
    return;
  }
  if (!code && sent == out_.size()) return out_.clear();
  sending_.assign(out_, code ? 0 : sent);
  out_.clear();
  writing_ = true;
  waiting_since_ = thread_.seconds;
  asio::async_write(
      socket_, asio::buffer(sending_),
      [self = shared_from_this()](error_code failed, std::size_t) { self->on_written(failed); });
}

void HttpSession::on_written(error_code code) {
  writing_ = false;
  if (code) return;
  waiting_since_ = thread_.seconds;
  serve();
}

// After the last answer: what the peer still sends is read and forgotten, because closing over unread bytes
// would reset the connection and could take the answer with it.
void HttpSession::drain() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  filled_ = parsed_ = 0;
  socket_.async_read_some(asio::buffer(buffer_.get(), capacity_),
                          [self = shared_from_this()](error_code code, std::size_t) {
                            if (!code) self->drain();
                          });
}

}  // namespace dpctl::io
