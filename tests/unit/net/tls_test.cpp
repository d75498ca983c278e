#include <doctest/doctest.h>

#include "lib/net/http_client.hpp"
#include "test_server.hpp"

using namespace dpctl;
using namespace dpctl::net;
using namespace dpctl::net::testing;

namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

TestServer::Script hello() {
  return answering([](const std::string&) { return response(200, "hello"); });
}

Tls trusting_test_authority() { return {.ca_pem = test_authority().certificate_pem()}; }

Error error_of(const TestServer& server, ClientOptions options) {
  options.retries = 0;
  HttpClient client(std::move(options));
  auto answer = client.send({.url = server.url()}, soon());
  REQUIRE_FALSE(answer);
  return answer.error();
}

}  // namespace

TEST_CASE("a certificate of an authority given from memory is trusted") {
  TestServer server(hello(), {.identity = server_identity()});
  HttpClient client({.tls = trusting_test_authority()});
  const auto answer = client.send({.url = server.url()}, soon());
  REQUIRE_MESSAGE(answer, (answer ? "" : one_line(answer.error())));
  CHECK(answer->body == "hello");
}

TEST_CASE("an expired certificate is called expired") {
  auto request = request_for("old");
  request.ip_addresses = {"127.0.0.1"};
  request.not_after = Certificate::Clock::now() - std::chrono::minutes(5);
  TestServer server(hello(), {.identity = test_authority().issue(request).value()});
  const auto error = error_of(server, {.tls = trusting_test_authority()});
  CHECK(error.what == fmt::format("cannot trust the certificate of 127.0.0.1:{}", server.port()));
  REQUIRE(error.cause);
  CHECK(error.cause->what == "it has expired");
  CHECK_FALSE(error.hints.empty());
  CHECK_FALSE(error.retryable);
}

TEST_CASE("a certificate of an unknown authority is called that") {
  TestServer server(hello(), {.identity = server_identity()});
  const auto now = Certificate::Clock::now();
  const auto other =
      CertificateAuthority::create("other", now - std::chrono::hours(1), now + std::chrono::hours(1)).value();
  const auto error = error_of(server, {.tls = {.ca_pem = other.certificate_pem()}});
  REQUIRE(error.cause);
  CHECK(error.cause->what == "it is signed by an unknown authority");
}

TEST_CASE("a certificate for another name is called that, and the TLS server name overrides the URL's host") {
  auto request = request_for("named");
  request.dns_names = {"api.example"};
  std::string host;
  const auto script = answering([&](const std::string& text) {
    host = text.substr(text.find("Host: "), text.find("\r\n", text.find("Host: ")) - text.find("Host: "));
    return response(200, "");
  });
  TestServer server(script, {.identity = test_authority().issue(request).value()});
  const auto error = error_of(server, {.tls = trusting_test_authority()});
  REQUIRE(error.cause);
  CHECK(error.cause->what == "it is made out to another name");

  auto tls = trusting_test_authority();
  tls.server_name = "api.example";
  HttpClient client({.tls = tls});
  const auto answer = client.send({.url = server.url()}, soon());
  REQUIRE_MESSAGE(answer, (answer ? "" : one_line(answer.error())));
  CHECK(host == fmt::format("Host: 127.0.0.1:{}", server.port()));
}

TEST_CASE("a server without TLS is called that") {
  TestServer plain([](Connection& connection) {
    connection.read_some();
    connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  HttpClient client({.retries = 0});
  const auto answer = client.send({.url = fmt::format("https://127.0.0.1:{}/", plain.port())}, soon());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().what == fmt::format("127.0.0.1:{} does not speak TLS", plain.port()));
}

TEST_CASE("verification can be switched off") {
  TestServer server(hello(), {.identity = server_identity()});
  HttpClient client({.tls = {.verify = false}});
  CHECK(client.send({.url = server.url()}, soon()));
}

TEST_CASE("a client certificate from memory is shown") {
  TestServer server(hello(),
                    {.identity = server_identity(), .client_ca_pem = test_authority().certificate_pem()});
  const auto identity = test_authority().issue(request_for("operator")).value();
  auto tls = trusting_test_authority();
  tls.client_cert_pem = identity.certificate_pem;
  tls.client_key_pem = identity.key_pem;
  HttpClient client({.tls = tls});
  const auto answer = client.send({.url = server.url()}, soon());
  REQUIRE_MESSAGE(answer, (answer ? "" : one_line(answer.error())));
  CHECK(answer->status == 200);
}

TEST_CASE("a server that wants a client certificate and gets none denies") {
  TestServer server(hello(),
                    {.identity = server_identity(), .client_ca_pem = test_authority().certificate_pem()});
  const auto error = error_of(server, {.tls = trusting_test_authority()});
  CAPTURE(one_line(error));
  CHECK(error.code == Code::denied);
  REQUIRE_FALSE(error.hints.empty());
  CHECK(error.hints.front().find("client certificate") != std::string::npos);
}

TEST_CASE("a key that does not belong to the client certificate is a usage error") {
  TestServer server(hello(), {.identity = server_identity()});
  auto tls = trusting_test_authority();
  tls.client_cert_pem = test_authority().issue(request_for("a")).value().certificate_pem;
  tls.client_key_pem = test_authority().issue(request_for("b")).value().key_pem;
  const auto error = error_of(server, {.tls = tls});
  CAPTURE(one_line(error));
  CHECK(error.code == Code::usage);
}

TEST_CASE("an authority that is no certificate is a usage error") {
  TestServer server(hello(), {.identity = server_identity()});
  const auto error = error_of(server, {.tls = {.ca_pem = "no certificate"}});
  CAPTURE(one_line(error));
  CHECK(error.code == Code::usage);
}
