#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <list>

#include "pipeline-services/io/http_parser.hpp"
#include "pipeline-services/io/http_server.hpp"

/// Between http_server.cpp and http_session.cpp only: nobody else sees Asio.
namespace dpctl::io {

/// What all connections of a server share.
struct HttpShared {
  HttpServerOptions options;
  HttpRoutes routes;
  HttpObserver observer{};
  std::atomic<std::size_t> connections{0};
  std::unique_ptr<boost::asio::thread_pool> workers{};

  void observe(std::string_view route, const HttpRequest& request, HttpResponse& response,
               std::chrono::nanoseconds took) const {
    if (observer) observer(route, request, response, took);
  }
};

class HttpSession;

/// One thread with its connections. `seconds` counts on once a second; connections compare it instead of
/// having timers of their own.
struct HttpThread {
  explicit HttpThread(std::shared_ptr<HttpShared> all) : shared(std::move(all)) {}
  std::shared_ptr<HttpShared> shared;
  std::list<HttpSession*> sessions{};
  std::int64_t seconds = 0;
  boost::asio::io_context context{1};
  boost::asio::steady_timer clock{context};
  void sweep();
};

/// One connection: reads requests, answers them in order, writes answers together where several requests
/// came together.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(HttpThread& thread, boost::asio::ip::tcp::socket socket, std::uint16_t port);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void read();
  /// Ends it when it has been waiting for its peer for too long.
  void check_time();
  void close();

 private:
  void on_read(boost::system::error_code code, std::size_t size);
  void serve();
  bool step();
  void answer();
  void hand_to_worker(const HttpRoute& route);
  void upgrade(const HttpRoute& route);
  void respond(std::string_view route, HttpResponse response);
  void refuse(HttpParser::State state);
  void next_request();
  void flush();
  void on_written(boost::system::error_code code);
  void drain();

  HttpThread& thread_;
  std::shared_ptr<HttpShared> shared_;
  std::list<HttpSession*>::iterator place_;
  boost::asio::ip::tcp::socket socket_;
  std::uint16_t port_;
  HttpParser parser_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_, parsed_ = 0, filled_ = 0, header_end_ = 0;
  std::string out_, sending_;
  std::chrono::steady_clock::time_point began_{};
  std::int64_t waiting_since_;
  bool busy_ = false;     ///< a worker makes the answer
  bool writing_ = false;  ///< an answer is on its way
  bool last_ = false;     ///< no request is read after this one
  bool told_to_continue_ = false;
};

}  // namespace dpctl::io
