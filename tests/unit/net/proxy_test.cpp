#include <doctest/doctest.h>

#include <unistd.h>

#include "lib/net/http_client.hpp"
#include "test_server.hpp"

using namespace dpctl;
using namespace dpctl::net;
using namespace dpctl::net::testing;

namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

}  // namespace

TEST_CASE("https goes through a proxy by CONNECT, and the certificate is checked end to end") {
  TestServer server(answering([](const std::string&) { return response(200, "behind"); }),
                    {.identity = server_identity()});
  std::string seen;
  TestServer proxy([&](Connection& connection) {
    seen = connection.read_request().value_or("");
    const int upstream = connect_to(server.port());
    connection.write("HTTP/1.1 200 Connection established\r\n\r\n");
    pipe_between(connection.fd(), upstream);
    ::close(upstream);
  });
  HttpClient client({.tls = {.ca_pem = test_authority().certificate_pem()},
                     .proxy = fmt::format("http://user:pass@127.0.0.1:{}", proxy.port())});
  const auto answer = client.send({.url = server.url()}, soon());
  REQUIRE_MESSAGE(answer, (answer ? "" : one_line(answer.error())));
  CHECK(answer->body == "behind");
  CHECK(seen.starts_with(fmt::format("CONNECT 127.0.0.1:{} HTTP/1.1\r\n", server.port())));
  CHECK(seen.find("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n") != std::string::npos);
}

TEST_CASE("http asks the proxy for the whole URL") {
  std::string seen;
  TestServer proxy(answering([&](const std::string& request) {
    seen = request;
    return response(200, "from the proxy");
  }));
  HttpClient client({.proxy = proxy.url("")});
  CHECK(client.send({.url = "http://charts.example/index.yaml"}, soon())->body == "from the proxy");
  CHECK(seen.starts_with("GET http://charts.example/index.yaml HTTP/1.1\r\n"));
}

TEST_CASE("a proxy that refuses is named with its status") {
  for (const int status : {403, 407}) {
    TestServer proxy(answering([&](const std::string&) { return response(status, ""); }));
    HttpClient client({.proxy = proxy.url("")});
    const auto answer = client.send({.url = "https://charts.example/"}, soon());
    REQUIRE_FALSE(answer);
    CHECK(one_line(answer.error()) ==
          fmt::format("GET https://charts.example/: the proxy 127.0.0.1:{} refused the way to "
                      "charts.example:443: it answered CONNECT with status {}",
                      proxy.port(), status));
    CHECK(answer.error().code == (status == 407 ? Code::denied : Code::failed));
  }
}

TEST_CASE("a proxy that is not there is named") {
  const auto port = free_port();
  HttpClient client({.proxy = fmt::format("http://127.0.0.1:{}", port), .retries = 0});
  const auto answer = client.send({.url = "https://charts.example/"}, soon());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().what == fmt::format("cannot connect to the proxy 127.0.0.1:{}", port));
}
