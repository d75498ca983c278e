#include "test_server.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "lib/base/strings.hpp"

namespace dpctl::net::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int choose_http1(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                 unsigned int offered_size, void*) {
  static const unsigned char kOurs[] = "\x08http/1.1";
  return ::SSL_select_next_proto(const_cast<unsigned char**>(out), size, kOurs, sizeof kOurs - 1, offered,
                                 offered_size) == OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_NOACK;
}

X509* read_x509(const std::string& pem) {
  BIO* bio = ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* x509 = ::PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  ::BIO_free(bio);
  return x509;
}

SSL_CTX* make_context(const TestServer::Tls& tls) {
  SSL_CTX* context = ::SSL_CTX_new(::TLS_server_method());
  X509* certificate = read_x509(tls.identity.certificate_pem);
  BIO* bio = ::BIO_new_mem_buf(tls.identity.key_pem.data(), static_cast<int>(tls.identity.key_pem.size()));
  EVP_PKEY* key = ::PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  ::SSL_CTX_use_certificate(context, certificate);
  ::SSL_CTX_use_PrivateKey(context, key);
  ::BIO_free(bio);
  ::X509_free(certificate);
  ::EVP_PKEY_free(key);
  ::SSL_CTX_set_alpn_select_cb(context, &choose_http1, nullptr);
  if (!tls.client_ca_pem.empty()) {
    X509* authority = read_x509(tls.client_ca_pem);
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), authority);
    ::X509_free(authority);
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

std::size_t body_bytes(const std::string& head) {
  const auto lower = to_lower(head);
  const auto at = lower.find("content-length:");
  return at == std::string::npos ? 0 : static_cast<std::size_t>(std::atoll(lower.c_str() + at + 15));
}

}  // namespace

Connection::~Connection() {
  if (ssl_ != nullptr) {
    if (fd_ >= 0) ::SSL_shutdown(static_cast<SSL*>(ssl_));
    ::SSL_free(static_cast<SSL*>(ssl_));
  }
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

std::string Connection::read_some() {
  char bytes[65536];
  const auto got = ssl_ != nullptr ? ::SSL_read(static_cast<SSL*>(ssl_), bytes, sizeof bytes)
                                   : static_cast<int>(::recv(fd_, bytes, sizeof bytes, 0));
  return got <= 0 ? std::string() : std::string(bytes, static_cast<std::size_t>(got));
}

std::optional<std::string> Connection::read_request() {
  const auto more = [this] {
    const auto piece = read_some();
    buffer_ += piece;
    return !piece.empty();
  };
  std::size_t head = 0;
  while ((head = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  std::size_t size = head + 4;
  if (to_lower(buffer_.substr(0, head)).find("transfer-encoding: chunked") != std::string::npos) {
    std::size_t end = 0;
    while ((end = buffer_.find("0\r\n\r\n", size)) == std::string::npos) {
      if (!more()) return std::nullopt;
    }
    size = end + 5;
  } else {
    size += body_bytes(buffer_.substr(0, head));
    while (buffer_.size() < size) {
      if (!more()) return std::nullopt;
    }
  }
  auto request = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return request;
}

bool Connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ssl_ != nullptr
                          ? static_cast<ssize_t>(::SSL_write(static_cast<SSL*>(ssl_), bytes.data(),
                                                             static_cast<int>(bytes.size())))
                          : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::answer(int status, std::string_view body, std::string_view head) {
  return write(response(status, body, head));
}

bool Connection::writable_within(int milliseconds) const {
  pollfd waits{.fd = fd_, .events = POLLOUT, .revents = 0};
  return ::poll(&waits, 1, milliseconds) > 0;
}

std::size_t Connection::write_some(std::string_view bytes) const {
  const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent <= 0 ? 0 : static_cast<std::size_t>(sent);
}

void Connection::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  // The descriptor stays the server's to close; connecting it to nothing sends the RST now.
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  ::connect(fd_, &nowhere, sizeof nowhere);
}

TestServer::TestServer(Script script)
    : script_(std::move(script)), listener_(test::listen_on_free_port(port_)) {
  acceptor_ = std::thread([this] { accept_loop(); });
}

TestServer::TestServer(Script script, const Tls& tls)
    : script_(std::move(script)),
      ssl_context_(make_context(tls)),
      listener_(test::listen_on_free_port(port_)) {
  std::signal(SIGPIPE, SIG_IGN);
  acceptor_ = std::thread([this] { accept_loop(); });
}

TestServer::~TestServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (auto& worker : workers_) worker.join();
  ::SSL_CTX_free(static_cast<SSL_CTX*>(ssl_context_));
}

std::string TestServer::url(std::string_view path) const {
  return fmt::format("{}://127.0.0.1:{}{}", ssl_context_ != nullptr ? "https" : "http", port_, path);
}

void TestServer::accept_loop() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 || stopping_) {
      if (fd >= 0) ::close(fd);
      return;
    }
    const int number = ++accepted_;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    workers_.emplace_back([this, fd, number] { serve(fd, number); });
  }
}

void TestServer::serve(int fd, int number) {
  SSL* ssl = nullptr;
  bool ready = true;
  if (ssl_context_ != nullptr) {
    ssl = ::SSL_new(static_cast<SSL_CTX*>(ssl_context_));
    ::SSL_set_fd(ssl, fd);
    ready = ::SSL_accept(ssl) == 1;
  }
  {
    Connection connection(fd, ssl, number);
    if (ready) {
      script_(connection);
    } else {  // closing with unread bytes would send RST, and the alert would be lost
      ::shutdown(fd, SHUT_WR);
      char byte = 0;
      while (::recv(fd, &byte, 1, 0) > 0) {
      }
    }
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

std::string response(int status, std::string_view body, std::string_view head) {
  return fmt::format("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), head, body);
}

TestServer::Script answering(std::function<std::string(const std::string& request)> answer) {
  return [answer = std::move(answer)](Connection& connection) {
    while (const auto request = connection.read_request()) {
      if (!connection.write(answer(*request))) return;
    }
  };
}

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

void pipe_between(int a, int b, std::size_t most) {
  pollfd waits[2] = {{.fd = a, .events = POLLIN, .revents = 0}, {.fd = b, .events = POLLIN, .revents = 0}};
  char bytes[65536];
  for (;;) {
    if (::poll(waits, 2, -1) <= 0) return;
    for (int i = 0; i < 2; ++i) {
      if (waits[i].revents == 0) continue;
      const auto got = ::recv(waits[i].fd, bytes, sizeof bytes, 0);
      if (got <= 0 || ::send(waits[1 - i].fd, bytes, static_cast<std::size_t>(got), MSG_NOSIGNAL) != got)
        return;
      if (i == 0) continue;
      if (static_cast<std::size_t>(got) >= most) return;
      most -= static_cast<std::size_t>(got);
    }
  }
}

Nghttpd::Nghttpd(const std::string& folder, const KeyPair& identity, int max_streams)
    : port_(test::free_port()) {
  const auto key = folder + "/server.key";
  const auto certificate = folder + "/server.crt";
  std::ofstream(key) << identity.key_pem;
  std::ofstream(certificate) << identity.certificate_pem;
  const auto port = std::to_string(port_);
  const auto streams = std::to_string(max_streams);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::execlp("nghttpd", "nghttpd", "-a", "127.0.0.1", "-d", folder.c_str(), "-m", streams.c_str(),
             port.c_str(), key.c_str(), certificate.c_str(), nullptr);
    ::_exit(127);
  }
  for (int fd = -1; fd < 0;) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_)
      throw std::runtime_error("nghttpd (package nghttp2-server) does not start");
    fd = connect_to(port_);
    if (fd >= 0)
      ::close(fd);
    else
      ::usleep(5000);
  }
}

Nghttpd::~Nghttpd() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

TemporaryFolder::TemporaryFolder() {
  auto pattern = (std::filesystem::temp_directory_path() / "dpctl-net-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}
TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }
void TemporaryFolder::write(const std::string& name, std::string_view text) const {
  std::ofstream(path_ + "/" + name, std::ios::binary) << text;
}

CertificateRequest request_for(const std::string& common_name) {
  const auto now = Certificate::Clock::now();
  return {.common_name = common_name,
          .not_before = now - std::chrono::hours(1),
          .not_after = now + std::chrono::hours(1)};
}

const CertificateAuthority& test_authority() {
  static const auto authority = [] {
    const auto now = Certificate::Clock::now();
    return CertificateAuthority::create("test authority", now - std::chrono::hours(2),
                                        now + std::chrono::hours(2))
        .value();
  }();
  return authority;
}

KeyPair server_identity() {
  auto request = request_for("test server");
  request.ip_addresses = {"127.0.0.1"};
  request.dns_names = {"api.example"};
  return test_authority().issue(request).value();
}

}  // namespace dpctl::net::testing
