// Against nghttpd, Debian's HTTP/2 server, behind a relay that counts connections and cuts them.
#include <doctest/doctest.h>

#include <unistd.h>

#include "lib/net/http_client.hpp"
#include "test_server.hpp"

using namespace dpctl;
using namespace dpctl::net;
using namespace dpctl::net::testing;

namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

/// A TCP relay to `port`.
TestServer::Script relay_to(int port) {
  return [port](Connection& connection) {
    const int upstream = connect_to(port);
    pipe_between(connection.fd(), upstream);
    ::close(upstream);
  };
}

ClientOptions trusting() { return {.tls = {.ca_pem = test_authority().certificate_pem()}}; }

std::string url_of(const TestServer& relay, const std::string& path) {
  return fmt::format("https://127.0.0.1:{}{}", relay.port(), path);
}

}  // namespace

TEST_CASE("96 requests at once use one HTTP/2 connection") {
  const TemporaryFolder folder;
  folder.write("object", "content");
  const Nghttpd server(folder.path(), server_identity());
  TestServer relay(relay_to(server.port()));
  HttpClient client(trusting());
  const std::vector<Request> requests(96, {.url = url_of(relay, "/object")});
  for (int round = 0; round < 3; ++round) {
    for (const auto& answer : client.send_all(requests, soon())) {
      REQUIRE_MESSAGE(answer, (answer ? "" : one_line(answer.error())));
      CHECK(answer->status == 200);
      CHECK(answer->body == "content");
    }
  }
  CHECK(relay.accepted() == 1);
}

TEST_CASE("500 requests keep to one connection, for no more than max_in_flight are on the wire") {
  const TemporaryFolder folder;
  folder.write("object", "content");
  const Nghttpd server(folder.path(), server_identity(), 100);
  TestServer relay(relay_to(server.port()));
  HttpClient client(trusting());
  const std::vector<Request> requests(500, {.url = url_of(relay, "/object")});
  for (const auto& answer : client.send_all(requests, soon())) REQUIRE(answer);
  CHECK(relay.accepted() == 1);
}

TEST_CASE("a server that allows few streams gets all requests all the same") {
  const TemporaryFolder folder;
  folder.write("object", "content");
  const Nghttpd server(folder.path(), server_identity(), 5);
  TestServer relay(relay_to(server.port()));
  HttpClient client(trusting());
  const std::vector<Request> requests(96, {.url = url_of(relay, "/object")});
  for (const auto& answer : client.send_all(requests, soon())) REQUIRE(answer);
  CHECK(relay.accepted() <= 17);  // eight at a time, and eight more when streams are refused
}

TEST_CASE("a connection cut in the middle of 96 requests is replaced and every GET is answered") {
  const TemporaryFolder folder;
  folder.write("object", std::string(200'000, 'o'));
  const Nghttpd server(folder.path(), server_identity());
  TestServer relay([&](Connection& connection) {
    const int upstream = connect_to(server.port());
    const bool cut = connection.number() == 1;
    pipe_between(connection.fd(), upstream, cut ? 1'000'000 : SIZE_MAX);
    if (cut) connection.reset();
    ::close(upstream);
  });
  HttpClient client(trusting());
  const std::vector<Request> requests(96, {.url = url_of(relay, "/object")});
  for (const auto& answer : client.send_all(requests, soon())) {
    REQUIRE_MESSAGE(answer, (answer ? "" : one_line(answer.error())));
    CHECK(answer->body.size() == 200'000);
  }
  CHECK(relay.accepted() >= 2);
  CHECK(relay.accepted() <= 17);  // one a request would be 97
}

TEST_CASE("HTTP/1.1 can be required") {
  const TemporaryFolder folder;
  folder.write("object", "content");
  TestServer server(answering([](const std::string& request) {
                      return response(200, request.substr(0, request.find("\r\n")));
                    }),
                    {.identity = server_identity()});
  auto options = trusting();
  options.http1_only = true;
  HttpClient client(options);
  CHECK(client.send({.url = server.url("/x")}, soon())->body == "GET /x HTTP/1.1");
}
