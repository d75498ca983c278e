#include "pipeline-services/io/http_server.hpp"

#include <boost/asio/post.hpp>

#include <thread>

#include "pipeline-services/io/http_session.hpp"

namespace dpctl::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

/// Accepts on the first thread and hands the connections to all in turn.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::vector<std::unique_ptr<HttpThread>>& threads, std::uint16_t port)
      : threads_(threads),
        shared_(threads.front()->shared),
        acceptor_(threads.front()->context),
        port_(port) {}

  error_code open() {
    error_code code;
    const auto address = asio::ip::make_address(shared_->options.address, code);
    const tcp::endpoint endpoint(address, port_);
    if (!code) acceptor_.open(endpoint.protocol(), code);
    if (!code) acceptor_.set_option(asio::socket_base::reuse_address(true), code);
    if (!code) acceptor_.bind(endpoint, code);
    if (!code) acceptor_.listen(asio::socket_base::max_listen_connections, code);
    return code;
  }

  void accept() {
    auto& thread = *threads_[next_++ % threads_.size()];
    acceptor_.async_accept(
        thread.context, [self = shared_from_this(), &thread](error_code code, tcp::socket socket) {
          if (code == asio::error::operation_aborted) return;
          // Over the limit the socket closes as it goes out of scope.
          if (!code && self->shared_->connections < self->shared_->options.max_connections)
            asio::post(thread.context, [&thread, socket = std::move(socket), port = self->port_]() mutable {
              std::make_shared<HttpSession>(thread, std::move(socket), port)->read();
            });
          self->accept();
        });
  }

  void close() {
    error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  std::vector<std::unique_ptr<HttpThread>>& threads_;
  std::shared_ptr<HttpShared> shared_;
  tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::size_t next_ = 0;
};

}  // namespace

struct HttpServer::State {
  std::shared_ptr<HttpShared> shared = std::make_shared<HttpShared>();
  std::vector<std::unique_ptr<HttpThread>> threads{};  // kept to the end: a late send() may still post to one
  std::vector<std::shared_ptr<Listener>> listeners{};
  std::vector<std::thread> running{};
};

HttpServer::HttpServer(HttpServerOptions options) : state_(std::make_unique<State>()) {
  state_->shared->options = std::move(options);
}
HttpServer::~HttpServer() { stop(); }

void HttpServer::route(HttpRoute route) { state_->shared->routes.add(std::move(route)); }
void HttpServer::route(std::string method, std::string path, HttpHandler handler, std::uint16_t port) {
  route(HttpRoute{
      .method = std::move(method), .path = std::move(path), .handler = std::move(handler), .port = port});
}
void HttpServer::observe(HttpObserver observer) { state_->shared->observer = std::move(observer); }

Result<void> HttpServer::start(const std::vector<std::uint16_t>& ports) {
  auto& shared = state_->shared;
  shared->workers = std::make_unique<asio::thread_pool>(shared->options.workers);
  for (unsigned i = 0; i < shared->options.threads; ++i)
    state_->threads.push_back(std::make_unique<HttpThread>(shared));
  for (const auto port : ports) {
    auto listener = std::make_shared<Listener>(state_->threads, port);
    if (const auto code = listener->open())
      return fail(Code::failed, "cannot listen on {}:{}: {}", shared->options.address, port, code.message());
    listener->accept();
    state_->listeners.push_back(std::move(listener));
  }
  for (auto& thread : state_->threads) {
    thread->sweep();
    state_->running.emplace_back([&thread] { thread->context.run(); });
  }
  return {};
}

void HttpServer::stop() {
  if (state_->running.empty()) return;
  for (auto& thread : state_->threads) thread->context.stop();
  for (auto& thread : state_->running) thread.join();
  state_->running.clear();
  state_->shared->workers->join();
  for (auto& listener : state_->listeners) listener->close();
  for (auto& thread : state_->threads)
    for (auto* session : thread->sessions) session->close();
}

}  // namespace dpctl::io
