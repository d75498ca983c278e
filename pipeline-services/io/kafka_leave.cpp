// Takes a static member out of its group. librdkafka sends no LeaveGroup for one, because it is meant to come
// back, and its admin interface (2.0.2) cannot remove members; so the two requests are written here, as
// Kafka's protocol guide has them: FindCoordinator (10) version 1 and LeaveGroup (13) version 3.
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>

#include "lib/base/strings.hpp"
#include "pipeline-services/io/kafka.hpp"

namespace dpctl::io {
namespace {

constexpr std::int16_t kNone = 0, kUnknownMember = 25;
constexpr std::size_t kMostBytes = 1 << 20;

/// Big-endian numbers and strings with a length of 16 bits.
class Writer {
 public:
  template <class Number>
  Writer& number(Number value) {
    for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
      bytes_ += static_cast<char>(static_cast<std::uint64_t>(value) >> shift);
    return *this;
  }
  Writer& text(std::string_view value) {
    number(static_cast<std::int16_t>(value.size()));
    bytes_ += value;
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// After a short read every number is 0 and every text empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <class Number>
  Number number() {
    std::uint64_t value = 0;
    for (const char c : take(sizeof(Number))) value = value << 8U | static_cast<unsigned char>(c);
    return static_cast<Number>(value);
  }
  std::string text() {
    const auto size = number<std::int16_t>();
    return std::string(take(size < 0 ? 0 : static_cast<std::size_t>(size)));
  }

 private:
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) rest_ = {}, size = 0;
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest_;
};

class Connection {
 public:
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> open(const std::string& host, const std::string& port, Deadline deadline) {
    addrinfo* found = nullptr;
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0)
      return fail(Code::failed, "cannot resolve {}", host).retryable();
    const timeval patience{.tv_sec = std::max<std::int64_t>(1, deadline.left().count() / 1000), .tv_usec = 0};
    for (const auto* at = found; at != nullptr && socket_ < 0; at = at->ai_next) {
      socket_ = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
      for (const int side : {SO_RCVTIMEO, SO_SNDTIMEO})
        setsockopt(socket_, SOL_SOCKET, side, &patience, sizeof patience);
      if (connect(socket_, at->ai_addr, at->ai_addrlen) != 0) close(std::exchange(socket_, -1));
    }
    freeaddrinfo(found);
    if (socket_ < 0) return fail(Code::failed, "cannot connect to kafka at {}:{}", host, port).retryable();
    return {};
  }

  /// The answer without its header.
  Result<std::string> call(std::int16_t api, std::int16_t version, const std::string& body) {
    Writer head;
    head.number(api).number(version).number(std::int32_t{1}).text("dpctl");
    Writer size;
    size.number(static_cast<std::int32_t>(head.bytes().size() + body.size()));
    const std::string request = size.bytes() + head.bytes() + body;
    if (send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      return fail(Code::failed, "kafka closed the connection").retryable();
    DPCTL_TRY(const auto length, exactly(4));
    const auto count = static_cast<std::size_t>(Reader(length).number<std::uint32_t>());
    if (count < 4 || count > kMostBytes) return fail(Code::failed, "kafka's answer has {} bytes", count);
    DPCTL_TRY(auto answer, exactly(count));
    return answer.substr(4);  // the number of the request
  }

 private:
  Result<std::string> exactly(std::size_t count) const {
    std::string bytes(count, '\0');
    if (recv(socket_, bytes.data(), count, MSG_WAITALL) != static_cast<ssize_t>(count))
      return fail(Code::timed_out, "kafka did not answer").retryable();
    return bytes;
  }
  int socket_ = -1;
};

/// Host and port of the broker that keeps the group.
Result<std::pair<std::string, std::string>> coordinator_of(const std::string& broker,
                                                           const std::string& group, Deadline deadline) {
  const auto colon = broker.rfind(':');
  Connection connection;
  DPCTL_CHECK(connection.open(broker.substr(0, colon),
                              colon == std::string::npos ? "9092" : broker.substr(colon + 1), deadline));
  DPCTL_TRY(const auto answer, connection.call(10, 1, Writer().text(group).number(std::int8_t{0}).bytes()));
  Reader in(answer);
  in.number<std::int32_t>();  // throttle
  const auto code = in.number<std::int16_t>();
  in.text();                  // what the code means
  in.number<std::int32_t>();  // the broker's number
  auto host = in.text();
  if (code != kNone || host.empty())
    return fail(Code::failed, "group {} has no coordinator (code {})", group, code).retryable();
  return std::pair(std::move(host), std::to_string(in.number<std::int32_t>()));
}

Result<void> leave(const std::string& broker, const std::string& group, const std::string& instance_id,
                   Deadline deadline) {
  DPCTL_TRY(const auto coordinator, coordinator_of(broker, group, deadline));
  Connection connection;
  DPCTL_CHECK(connection.open(coordinator.first, coordinator.second, deadline));
  // One member, named by its instance alone.
  DPCTL_TRY(const auto answer,
            connection.call(13, 3,
                            Writer().text(group).number(std::int32_t{1}).text("").text(instance_id).bytes()));
  Reader in(answer);
  in.number<std::int32_t>();  // throttle
  auto code = in.number<std::int16_t>();
  const auto members = in.number<std::int32_t>();
  in.text(), in.text();
  if (code == kNone && members == 1) code = in.number<std::int16_t>();
  if (code == kNone || code == kUnknownMember) return {};
  return fail(Code::failed, "kafka does not let {} leave {} (code {})", instance_id, group, code);
}

}  // namespace

Result<void> leave_group(const ConsumerOptions& options, Deadline deadline) {
  if (options.instance_id.empty()) return {};
  Result<void> left = fail(Code::usage, "there is no kafka broker to ask");
  for (const auto broker : split(options.bootstrap, ',')) {
    left = leave(std::string(trim(broker)), options.group, options.instance_id, deadline);
    if (left || !left.error().retryable) break;
  }
  return left;
}

}  // namespace dpctl::io
