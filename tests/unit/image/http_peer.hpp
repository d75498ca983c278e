#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/strings.hpp"

namespace dpctl::test {

/// A small HTTP/1.1 server on 127.0.0.1, for what a healthy registry never does: break connections, lie,
/// refuse. A real registry is pushed to in tests/system/test_image.py.
class HttpPeer {
 public:
  struct Request {
    std::string method, path, query, body;
    std::map<std::string, std::string> headers;  ///< names in lower case
    bool complete = true;                        ///< false: the peer cut the body at `cut_body_at`
  };
  struct Reply {
    int status = 200;
    std::map<std::string, std::string> headers{};
    std::string body{};
    bool hang_up = false;  ///< close without an answer
  };
  using Handler = std::function<Reply(const Request&)>;
  /// How much of a request's body to read before giving up on it; nullopt: all.
  using Cut = std::function<std::optional<std::size_t>(const Request&)>;

  explicit HttpPeer(Handler handler, Cut cut = {}) : handler_(std::move(handler)), cut_(std::move(cut)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener_, 64) != 0)
      std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~HttpPeer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::scoped_lock lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
  }
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  /// "METHOD /path" of every request so far.
  [[nodiscard]] std::vector<std::string> log() const {
    const std::scoped_lock lock(mutex_);
    return log_;
  }
  [[nodiscard]] std::size_t count(std::string_view prefix) const {
    std::size_t n = 0;
    for (const auto& line : log()) n += line.starts_with(prefix) ? 1U : 0U;
    return n;
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::scoped_lock lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd] {
        while (serve(fd)) {
        }
        const std::scoped_lock closing(mutex_);
        std::erase(open_, fd);
        ::close(fd);
      });
    }
  }

  static bool read_more(int fd, std::string& buffer) {
    char bytes[65536];
    const ssize_t count = ::recv(fd, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  static void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  bool serve(int fd) {
    std::string buffer;
    while (buffer.find("\r\n\r\n") == std::string::npos)
      if (!read_more(fd, buffer)) return false;
    const auto head_end = buffer.find("\r\n\r\n");
    Request request;
    const auto lines = split(std::string_view(buffer).substr(0, head_end), '\n');
    const auto words = split(trim(lines[0]), ' ');
    request.method = words[0];
    request.path = words[1].substr(0, words[1].find('?'));
    if (words[1].find('?') != std::string_view::npos) request.query = words[1].substr(words[1].find('?') + 1);
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const auto colon = lines[i].find(':');
      request.headers[to_lower(lines[i].substr(0, colon))] = trim(lines[i].substr(colon + 1));
    }
    request.body = buffer.substr(head_end + 4);
    std::size_t length =
        request.headers.contains("content-length") ? std::stoul(request.headers["content-length"]) : 0;
    if (request.headers.contains("expect")) write_all(fd, "HTTP/1.1 100 Continue\r\n\r\n");
    if (cut_)
      if (const auto cut = cut_(request); cut && *cut < length) {
        length = *cut;
        request.complete = false;
      }
    while (request.body.size() < length)
      if (!read_more(fd, request.body)) return false;
    request.body.resize(length);
    {
      const std::scoped_lock lock(mutex_);
      log_.push_back(request.method + " " + request.path);
    }
    const Reply reply = handler_(request);
    if (reply.hang_up || !request.complete) {
      ::shutdown(fd, SHUT_RDWR);
      return false;
    }
    std::string answer = "HTTP/1.1 " + std::to_string(reply.status) + " x\r\n";
    for (const auto& [name, value] : reply.headers) answer += name + ": " + value + "\r\n";
    if (reply.status != 204) answer += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    answer += "\r\n";
    if (request.method != "HEAD") answer += reply.body;
    write_all(fd, answer);
    return true;
  }

  Handler handler_;
  Cut cut_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::string> log_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace dpctl::test
