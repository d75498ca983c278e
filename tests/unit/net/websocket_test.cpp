#include "lib/net/websocket.hpp"

#include <doctest/doctest.h>

#include <openssl/evp.h>

#include <future>

#include "lib/base/encoding.hpp"
#include "lib/net/ws_frame.hpp"
#include "test_server.hpp"

using namespace dpctl;
using namespace dpctl::net;
using namespace dpctl::net::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Deadline soon() { return Deadline::after(seconds(20)); }

std::string header_of(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

std::string accept_for(const std::string& request) {
  const auto text = header_of(request, "Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  ::EVP_Digest(text.data(), text.size(), digest, &size, ::EVP_sha1(), nullptr);
  return base64_encode({reinterpret_cast<const char*>(digest), size});
}

void accept(Connection& connection, const std::string& first_frames = "") {
  const auto request = connection.read_request().value_or("");
  const auto protocol = header_of(request, "Sec-WebSocket-Protocol");
  connection.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: " +
      accept_for(request) + "\r\n" +
      (protocol.empty() ? "" : "Sec-WebSocket-Protocol: " + protocol.substr(0, protocol.find(',')) + "\r\n") +
      "\r\n" + first_frames);
}

/// Takes the handshake, then answers each message with itself, and a close with a close.
void echo(Connection& connection) {
  accept(connection);
  ws::FrameDecoder decoder(ws::FrameDecoder::Side::server, 64U << 20U);
  for (;;) {
    const auto event = decoder.next();
    if (!event) return;
    if (!*event) {
      const auto bytes = connection.read_some();
      if (bytes.empty()) return;
      decoder.feed(bytes);
      continue;
    }
    connection.write(ws::encode_frame(
        (*event)->opcode, (*event)->opcode == ws::Opcode::close ? ws::close_payload(1000) : (*event)->payload,
        std::nullopt));
    if ((*event)->opcode == ws::Opcode::close) return;
  }
}

Result<std::unique_ptr<WebSocket>> connect(const TestServer& server,
                                           std::vector<std::string> protocols = {}) {
  return WebSocket::connect(server.url("/exec?command=sh"), {{"Authorization", "Bearer t"}}, protocols,
                            {.tls = {.ca_pem = test_authority().certificate_pem()}}, soon());
}

}  // namespace

TEST_CASE("messages of every size go out and come back over TLS, text as text and binary as binary") {
  TestServer server(echo, {.identity = server_identity()});
  auto socket = connect(server, {"v5.channel.k8s.io", "v4.channel.k8s.io"});
  REQUIRE_MESSAGE(socket, (socket ? "" : one_line(socket.error())));
  CHECK((*socket)->protocol() == "v5.channel.k8s.io");
  for (const std::size_t size : {0UL, 5UL, 125UL, 126UL, 70'000UL, 3'000'000UL}) {
    const std::string data(size, 'd');
    auto sending =
        std::async(std::launch::async, [&] { return (*socket)->send(data, size % 2 == 0, soon()); });
    const auto message = (*socket)->receive(soon());
    REQUIRE(sending.get());
    REQUIRE(message);
    REQUIRE(*message);
    CHECK((*message)->data == data);
    CHECK((*message)->binary == (size % 2 == 0));
  }
}

TEST_CASE("bytes that arrive together with the handshake are not lost") {
  TestServer server([](Connection& connection) {
    accept(connection, ws::encode_frame(ws::Opcode::binary, "early", std::nullopt));
    connection.read_some();
  });
  auto socket = connect(server);
  REQUIRE(socket);
  CHECK((*socket)->receive(soon()).value()->data == "early");
}

TEST_CASE("a ping is answered, a close ends the messages") {
  std::promise<std::string> answered;
  TestServer server([&](Connection& connection) {
    accept(connection, ws::encode_frame(ws::Opcode::ping, "are you there", std::nullopt));
    ws::FrameDecoder decoder(ws::FrameDecoder::Side::server, 1024);
    for (;;) {
      if (const auto event = decoder.next().value(); event) {
        answered.set_value(event->payload);
        break;
      }
      decoder.feed(connection.read_some());
    }
    connection.write(ws::encode_frame(ws::Opcode::close, ws::close_payload(1000, "bye"), std::nullopt));
    while (!connection.read_some().empty()) {
    }
  });
  auto socket = connect(server);
  REQUIRE(socket);
  const auto end = (*socket)->receive(soon());
  REQUIRE(end);
  CHECK_FALSE(end->has_value());
  CHECK(answered.get_future().get() == "are you there");
  CHECK_FALSE((*socket)->send("x", true, soon()));
}

TEST_CASE("an answer other than 101 is an error with status and body") {
  TestServer server(answering([](const std::string&) { return response(403, "pods \"x\" is forbidden"); }));
  const auto socket = connect(server);
  REQUIRE_FALSE(socket);
  CHECK(socket.error().code == Code::denied);
  CHECK(one_line(socket.error()) ==
        fmt::format("GET {}: 127.0.0.1:{} did not open a WebSocket: status 403: pods \"x\" is forbidden",
                    server.url("/exec?command=sh"), server.port()));
}

TEST_CASE("a wrong accept key and a protocol that was not offered are refused") {
  TestServer wrong_key([](Connection& connection) {
    connection.read_request();
    connection.write(
        "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n");
  });
  CHECK(connect(wrong_key).error().what.find("wrong Sec-WebSocket-Accept") != std::string::npos);
  TestServer wrong_protocol([](Connection& connection) {
    const auto request = connection.read_request().value_or("");
    connection.write("HTTP/1.1 101 OK\r\nSec-WebSocket-Protocol: other\r\nSec-WebSocket-Accept: " +
                     accept_for(request) + "\r\n\r\n");
  });
  CHECK(connect(wrong_protocol, {"v5.channel.k8s.io"}).error().what.find("not offered") != std::string::npos);
}

TEST_CASE("a connection that ends without a closing handshake is an error") {
  TestServer server([](Connection& connection) { accept(connection); });
  auto socket = connect(server);
  REQUIRE(socket);
  const auto end = (*socket)->receive(soon());
  REQUIRE_FALSE(end);
  CHECK(end.error().retryable);
}

TEST_CASE("a peer that masks is left with status 1002") {
  std::promise<unsigned> status;
  TestServer server([&](Connection& connection) {
    accept(connection, ws::encode_frame(ws::Opcode::binary, "masked", ws::MaskKey{1, 2, 3, 4}));
    ws::FrameDecoder decoder(ws::FrameDecoder::Side::server, 1024);
    decoder.feed(connection.read_some());
    const auto event = decoder.next().value();
    status.set_value(event ? event->close_status : 0);
  });
  auto socket = connect(server);
  REQUIRE(socket);
  CHECK_FALSE((*socket)->receive(soon()));
  CHECK(status.get_future().get() == 1002);
}

TEST_CASE("receiving ends at the deadline and at a stop, and goes on afterwards") {
  std::promise<void> go_on;
  auto waits = go_on.get_future();
  TestServer server([&](Connection& connection) {
    accept(connection);
    waits.wait();
    connection.write(ws::encode_frame(ws::Opcode::binary, "late", std::nullopt));
    connection.read_some();
  });
  auto socket = connect(server);
  REQUIRE(socket);
  CHECK((*socket)->receive(Deadline::after(milliseconds(50))).error().code == Code::timed_out);
  StopSource stop;
  auto waiting = std::async(std::launch::async, [&] { return (*socket)->receive(soon(), stop.get_token()); });
  stop.request_stop();
  CHECK(waiting.get().error().code == Code::interrupted);
  go_on.set_value();
  CHECK((*socket)->receive(soon()).value()->data == "late");
}

TEST_CASE("a server that says nothing is left at the deadline, one that is not there is refused") {
  TestServer silent([](Connection& connection) {
    while (!connection.read_some().empty()) {
    }
  });
  CHECK(WebSocket::connect(silent.url(), {}, {}, {}, Deadline::after(milliseconds(80))).error().code ==
        Code::timed_out);
  const auto refused =
      WebSocket::connect(fmt::format("http://127.0.0.1:{}/", free_port()), {}, {}, {}, soon());
  CHECK(one_line(refused.error()).find("connection refused") != std::string::npos);
}
