#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/net/certificate.hpp"
#include "tests/unit/free_port.hpp"

namespace dpctl::net::testing {

using test::free_port;

/// One accepted connection, in the hands of a test's script.
class Connection {
 public:
  Connection(int fd, void* ssl, int number) : fd_(fd), ssl_(ssl), number_(number) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Head and body of the next request (Content-Length or chunked, still chunked); nullopt at the end of the
  /// connection.
  std::optional<std::string> read_request();
  /// What comes next, at most 64 KiB; empty at the end.
  std::string read_some();
  bool write(std::string_view bytes);
  /// "HTTP/1.1 200 OK" with Content-Length. `head` adds lines, each ending in CRLF.
  bool answer(int status, std::string_view body, std::string_view head = "");
  /// True when the peer takes bytes within `milliseconds`.
  [[nodiscard]] bool writable_within(int milliseconds) const;
  /// Writes what fits now.
  std::size_t write_some(std::string_view bytes) const;
  /// Ends the connection with RST.
  void reset();
  [[nodiscard]] int number() const { return number_; }  ///< 1 for the first one accepted
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
  void* ssl_;
  int number_;
  std::string buffer_{};
};

/// A server on a loopback port that runs `script` for every connection on a thread of its own.
class TestServer {
 public:
  struct Tls {
    KeyPair identity{};
    std::string client_ca_pem{};  ///< when set, clients must show a certificate of it
  };
  using Script = std::function<void(Connection&)>;

  explicit TestServer(Script script);
  TestServer(Script script, const Tls& tls);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path = "/") const;
  [[nodiscard]] int accepted() const { return accepted_; }

 private:
  void accept_loop();
  void serve(int fd, int number);

  Script script_;
  void* ssl_context_ = nullptr;
  std::uint16_t port_ = 0;
  int listener_ = -1;  // after the port, which it sets
  std::atomic<int> accepted_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

/// Answers each request with what `answer` makes of it: a whole HTTP/1.1 response.
TestServer::Script answering(std::function<std::string(const std::string& request)> answer);
std::string response(int status, std::string_view body, std::string_view head = "");

/// A TCP connection to a loopback port; -1 when refused.
int connect_to(int port);
/// Copies both ways between two sockets until one ends, or `most` bytes have gone from `b` to `a`.
void pipe_between(int a, int b, std::size_t most = SIZE_MAX);
/// Debian's HTTP/2 server (nghttpd), serving `folder`, as a child process.
class Nghttpd {
 public:
  Nghttpd(const std::string& folder, const KeyPair& identity, int max_streams = 100);
  ~Nghttpd();
  Nghttpd(const Nghttpd&) = delete;
  Nghttpd& operator=(const Nghttpd&) = delete;
  [[nodiscard]] int port() const { return port_; }

 private:
  std::uint16_t port_;
  int pid_ = -1;
};

/// A folder below the system's temporary folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& name, std::string_view text) const;

 private:
  std::string path_;
};

/// An authority valid from an hour ago to an hour from now, and certificates for 127.0.0.1 by it.
const CertificateAuthority& test_authority();
KeyPair server_identity();
CertificateRequest request_for(const std::string& common_name);

}  // namespace dpctl::net::testing
