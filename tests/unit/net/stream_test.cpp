#include <doctest/doctest.h>

#include <future>

#include "lib/net/http_client.hpp"
#include "test_server.hpp"

using namespace dpctl;
using namespace dpctl::net;
using namespace dpctl::net::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Deadline soon() { return Deadline::after(seconds(20)); }

std::string chunk(std::string_view text) { return fmt::format("{:x}\r\n{}\r\n", text.size(), text); }
constexpr std::string_view kChunkedHead =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kind: watch\r\n\r\n";

std::string read_all(BodyStream& stream) {
  std::string all;
  for (;;) {
    auto piece = stream.next(soon(), {});
    REQUIRE_MESSAGE(piece, (piece ? "" : one_line(piece.error())));
    if (!*piece) return all;
    all += **piece;
  }
}

}  // namespace

TEST_CASE("a stream gives header first, then each piece as it comes, then the end") {
  std::promise<void> go_on;
  auto waits = go_on.get_future();
  TestServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(std::string(kChunkedHead) + chunk("one"));
    waits.wait();
    connection.write(chunk("two") + "0\r\n\r\n");
  });
  HttpClient client;
  auto stream = client.stream({.url = server.url()}, soon());
  REQUIRE(stream);
  CHECK((*stream)->status() == 200);
  CHECK(*(*stream)->headers().find("x-kind") == "watch");
  CHECK((*stream)->next(soon(), {}).value() == "one");
  go_on.set_value();
  CHECK((*stream)->next(soon(), {}).value() == "two");
  CHECK_FALSE((*stream)->next(soon(), {}).value().has_value());
  CHECK_FALSE((*stream)->next(soon(), {}).value().has_value());
}

TEST_CASE("a reader that stays away closes the server's window and holds up no call") {
  constexpr std::size_t kAll = 64U << 20U;
  std::promise<std::size_t> stalled;
  TestServer server([&](Connection& connection) {
    const auto request = connection.read_request().value_or("");
    if (request.starts_with("GET /call")) {
      connection.answer(200, "called");
      return;
    }
    connection.write(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kAll));
    const std::string block(1U << 16U, 'b');
    std::size_t sent = 0;
    bool told = false;
    while (sent < kAll) {
      if (!told && !connection.writable_within(300)) {
        stalled.set_value(sent);
        told = true;
      }
      if (!connection.writable_within(20'000)) return;
      sent += connection.write_some(std::string_view(block).substr(0, kAll - sent));
    }
  });
  HttpClient client;
  auto stream = client.stream({.url = server.url("/watch")}, soon());
  REQUIRE(stream);
  const auto buffered = stalled.get_future().get();
  CHECK(buffered < kAll / 4);
  CHECK(client.send({.url = server.url("/call")}, soon())->body == "called");
  std::size_t read = 0;
  for (;;) {
    const auto piece = (*stream)->next(soon(), {});
    REQUIRE(piece);
    if (!*piece) break;
    read += (*piece)->size();
  }
  CHECK(read == kAll);
}

TEST_CASE("destroying a stream ends its connection") {
  std::promise<void> ended;
  TestServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(std::string(kChunkedHead) + chunk("one"));
    while (!connection.read_some().empty()) {
    }
    ended.set_value();
  });
  HttpClient client;
  auto stream = client.stream({.url = server.url()}, soon());
  REQUIRE(stream);
  stream->reset();
  CHECK(ended.get_future().wait_for(seconds(10)) == std::future_status::ready);
}

TEST_CASE("waiting for a piece ends at the deadline, at a stop, and goes on afterwards") {
  std::promise<void> go_on;
  auto waits = go_on.get_future();
  TestServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(kChunkedHead);
    waits.wait();
    connection.write(chunk("late") + "0\r\n\r\n");
  });
  HttpClient client;
  auto stream = client.stream({.url = server.url()}, soon());
  REQUIRE(stream);
  CHECK((*stream)->next(Deadline::after(milliseconds(50)), {}).error().code == Code::timed_out);
  StopSource stop;
  auto waiting = std::async(std::launch::async, [&] { return (*stream)->next(soon(), stop.get_token()); });
  stop.request_stop();
  CHECK(waiting.get().error().code == Code::interrupted);
  go_on.set_value();
  CHECK(read_all(**stream) == "late");
}

TEST_CASE("a stream that breaks gives what has come and then an error that may be retried") {
  TestServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(std::string(kChunkedHead) + chunk("one"));
  });
  HttpClient client;
  auto stream = client.stream({.url = server.url()}, soon());
  REQUIRE(stream);
  CHECK((*stream)->next(soon(), {}).value() == "one");
  const auto broken = (*stream)->next(soon(), {});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().retryable);
}

TEST_CASE("a stream's 429 is asked again, its 410 is an answer") {
  std::atomic<int> requests{0};
  TestServer server(answering([&](const std::string&) {
    return requests++ == 0 ? response(429, "", "Retry-After: 0\r\n") : response(410, "gone");
  }));
  HttpClient client;
  auto stream = client.stream({.url = server.url()}, soon());
  REQUIRE(stream);
  CHECK((*stream)->status() == 410);
  CHECK(read_all(**stream) == "gone");
  CHECK(requests == 2);
}

TEST_CASE("a stop ends the wait for a stream's header") {
  std::promise<void> arrived;
  TestServer server([&](Connection& connection) {
    connection.read_request();
    arrived.set_value();
    connection.read_some();
  });
  HttpClient client;
  StopSource stop;
  auto opening = std::async(std::launch::async, [&] {
    return client.stream({.url = server.url()}, Deadline::never(), stop.get_token());
  });
  arrived.get_future().wait();
  stop.request_stop();
  const auto stream = opening.get();
  REQUIRE_FALSE(stream);
  CHECK(stream.error().code == Code::interrupted);
}

TEST_CASE("a stream outlives its client and ends with an error") {
  TestServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(kChunkedHead);
    connection.read_some();
  });
  auto client = std::make_unique<HttpClient>();
  auto stream = client->stream({.url = server.url()}, soon());
  REQUIRE(stream);
  client.reset();
  CHECK((*stream)->next(soon(), {}).error().code == Code::interrupted);
}

TEST_CASE("many streams at once do not wait for each other") {
  TestServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(std::string(kChunkedHead) + chunk("x"));
    connection.read_some();
  });
  HttpClient client;
  std::vector<std::unique_ptr<BodyStream>> streams;
  for (int i = 0; i < 40; ++i) {
    auto stream = client.stream({.url = server.url()}, soon());
    REQUIRE(stream);
    streams.push_back(std::move(*stream));
  }
  for (const auto& stream : streams) CHECK(stream->next(soon(), {}).value() == "x");
  CHECK(server.accepted() == 40);
}

TEST_CASE("a stream has a connection of its own, which calls do not share") {
  TestServer server([&](Connection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->starts_with("GET /call"))
        connection.answer(200, "called");
      else
        connection.write(std::string(kChunkedHead) + chunk("x") + "0\r\n\r\n");
    }
  });
  HttpClient client;
  auto stream = client.stream({.url = server.url("/watch")}, soon());
  REQUIRE(stream);
  CHECK(read_all(**stream) == "x");
  CHECK(client.send({.url = server.url("/call")}, soon())->body == "called");
  CHECK(server.accepted() == 2);
}
