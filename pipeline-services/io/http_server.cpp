// The only file that knows Boost.Beast, and the slowest to compile for it.
#include "pipeline-services/io/http_server.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <charconv>
#include <ctime>
#include <thread>

#include "lib/base/strings.hpp"

namespace dpctl::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

std::string url_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '+')
      out += ' ';
    else if (text[i] == '%' && i + 2 < text.size() &&
             std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(byte);
      i += 2;
    } else
      out += text[i];
  }
  return out;
}

HttpRequest to_request(const http::request<http::string_body>& in, std::uint16_t port) {
  HttpRequest out;
  out.method = std::string(in.method_string());
  const std::string_view target(in.target().data(), in.target().size());
  const auto mark = target.find('?');
  out.path = url_decode(target.substr(0, mark));
  if (mark != std::string_view::npos)
    for (const auto pair : split(target.substr(mark + 1), '&')) {
      const auto equals = pair.find('=');
      if (pair.empty()) continue;
      out.query[url_decode(pair.substr(0, equals))] =
          equals == std::string_view::npos ? "" : url_decode(pair.substr(equals + 1));
    }
  for (const auto& field : in)
    out.headers[to_lower(std::string(field.name_string()))] = std::string(field.value());
  out.body = in.body();
  out.port = port;
  return out;
}

std::string json_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

struct Route {
  std::string method, path;
  HttpHandler handler;
  std::uint16_t port;
};

struct Shared {
  HttpServerOptions options;
  std::vector<Route> routes;
  std::atomic<std::size_t> connections{0};

  HttpResponse answer(const HttpRequest& request) const {
    bool known = false;
    for (const auto& route : routes) {
      if (route.path != request.path || (route.port != 0 && route.port != request.port)) continue;
      known = true;
      if (route.method == request.method || (request.method == "HEAD" && route.method == "GET"))
        return route.handler(request);
    }
    if (known) return http_error(405, "method_not_allowed", "this path does not take " + request.method);
    return http_error(404, "not_found", "there is nothing at this path");
  }
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Shared> shared, std::uint16_t port)
      : stream_(std::move(socket)), shared_(std::move(shared)), port_(port) {
    ++shared_->connections;
    beast::error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
  }
  ~Session() { --shared_->connections; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    parser_.emplace();
    parser_->body_limit(shared_->options.max_body_bytes);
    parser_->header_limit(static_cast<std::uint32_t>(shared_->options.max_header_bytes));
    stream_.expires_after(shared_->options.timeout);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code code, std::size_t) { self->on_read(code); });
  }

 private:
  void on_read(beast::error_code code) {
    if (code == http::error::body_limit)
      return write(http_error(413, "too_large", "the body is too large"), 11, false, false);
    if (code == http::error::header_limit)
      return write(http_error(431, "too_large", "the header is too large"), 11, false, false);
    if (code) return close();
    const auto& request = parser_->get();
    write(shared_->answer(to_request(request, port_)), request.version(), request.keep_alive(),
          request.method() == http::verb::head);
  }

  void write(const HttpResponse& answer, unsigned version, bool keep_alive, bool head) {
    auto out = std::make_shared<http::response<http::string_body>>(static_cast<http::status>(answer.status),
                                                                   version);
    out->set(http::field::content_type, answer.content_type);
    for (const auto& [name, value] : answer.headers) out->set(name, value);
    out->keep_alive(keep_alive);
    out->body() = answer.body;
    out->prepare_payload();
    if (head) out->body().clear();
    stream_.expires_after(shared_->options.timeout);
    http::async_write(stream_, *out,
                      [self = shared_from_this(), out, keep_alive](beast::error_code code, std::size_t) {
                        if (code || !keep_alive) return self->close();
                        self->read();
                      });
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  std::shared_ptr<Shared> shared_;
  std::uint16_t port_;
  beast::flat_buffer buffer_{1U << 21U};
  std::optional<http::request_parser<http::string_body>> parser_;
};

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& context, std::shared_ptr<Shared> shared, std::uint16_t port)
      : context_(context), acceptor_(context), shared_(std::move(shared)), port_(port) {}

  beast::error_code open() {
    beast::error_code code;
    const auto address = asio::ip::make_address(shared_->options.address, code);
    const tcp::endpoint endpoint(address, port_);
    if (!code) acceptor_.open(endpoint.protocol(), code);
    if (!code) acceptor_.set_option(asio::socket_base::reuse_address(true), code);
    if (!code) acceptor_.bind(endpoint, code);
    if (!code) acceptor_.listen(asio::socket_base::max_listen_connections, code);
    return code;
  }

  void accept() {
    acceptor_.async_accept(
        asio::make_strand(context_), [self = shared_from_this()](beast::error_code code, tcp::socket socket) {
          if (code == asio::error::operation_aborted) return;
          // Over the limit the socket closes as it goes out of scope.
          if (!code && self->shared_->connections < self->shared_->options.max_connections)
            std::make_shared<Session>(std::move(socket), self->shared_, self->port_)->read();
          self->accept();
        });
  }

 private:
  asio::io_context& context_;
  tcp::acceptor acceptor_;
  std::shared_ptr<Shared> shared_;
  std::uint16_t port_;
};

}  // namespace

HttpResponse http_error(int status, std::string_view error, std::string_view message) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {.status = status,
          .body = fmt::format(R"({{"error":"{}","message":"{}","timestamp":"{}"}})", json_text(error),
                              json_text(message), stamp)};
}

struct HttpServer::State {
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  asio::io_context context;
  std::vector<std::thread> threads;
};

HttpServer::HttpServer(HttpServerOptions options) : state_(std::make_unique<State>()) {
  state_->shared->options = std::move(options);
}
HttpServer::~HttpServer() { stop(); }

void HttpServer::route(std::string method, std::string path, HttpHandler handler, std::uint16_t port) {
  state_->shared->routes.push_back({std::move(method), std::move(path), std::move(handler), port});
}

Result<void> HttpServer::start(const std::vector<std::uint16_t>& ports) {
  for (const auto port : ports) {
    auto listener = std::make_shared<Listener>(state_->context, state_->shared, port);
    if (const auto code = listener->open())
      return fail(Code::failed, "cannot listen on {}:{}: {}", state_->shared->options.address, port,
                  code.message());
    listener->accept();
  }
  for (unsigned i = 0; i < state_->shared->options.threads; ++i)
    state_->threads.emplace_back([this] { state_->context.run(); });
  return {};
}

void HttpServer::stop() {
  state_->context.stop();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
}

}  // namespace dpctl::io
