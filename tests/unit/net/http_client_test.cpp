#include "lib/net/http_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <future>

#include "test_server.hpp"

using namespace dpctl;
using namespace dpctl::net;
using namespace dpctl::net::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const Deadline kNotYet = Deadline::after(seconds(90));

Deadline soon() { return Deadline::after(seconds(20)); }

long threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

milliseconds since(Deadline::Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Deadline::Clock::now() - start);
}

/// Answers the first requests by `first`, one each, then 200 "done".
TestServer::Script then_done(std::vector<std::string> first, std::atomic<int>& requests) {
  return answering([first = std::move(first), &requests](const std::string&) {
    const auto number = static_cast<std::size_t>(requests++);
    return number < first.size() ? first[number] : response(200, "done");
  });
}

}  // namespace

TEST_CASE("a client that is only constructed starts no thread") {
  const auto before = threads();
  const HttpClient client;
  CHECK(threads() == before);
}

TEST_CASE("an answer has status, headers found without case, and body") {
  TestServer server(
      answering([](const std::string&) { return response(404, "no such thing", "X-Kind: Test\r\n"); }));
  HttpClient client;
  const auto answer = client.send({.url = server.url("/x")}, soon());
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(answer->body == "no such thing");
  REQUIRE(answer->headers.find("x-kind") != nullptr);
  CHECK(*answer->headers.find("x-kind") == "Test");
}

TEST_CASE("method, headers and body arrive as they were given and nothing is added to them") {
  std::string seen;
  TestServer server(answering([&](const std::string& request) {
    seen = request;
    return response(200, "");
  }));
  HttpClient client({.user_agent = "test/1"});
  REQUIRE(client.send({.method = "PATCH",
                       .url = server.url("/a/../b?x=%20"),
                       .headers = {{"Content-Type", "application/json"}},
                       .body = "{}"},
                      soon()));
  CHECK(seen.starts_with("PATCH /a/../b?x=%20 HTTP/1.1\r\n"));
  CHECK(seen.find("User-Agent: test/1\r\n") != std::string::npos);
  CHECK(seen.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(seen.find("Expect") == std::string::npos);
  CHECK(seen.ends_with("\r\n\r\n{}"));
  REQUIRE(client.send({.method = "POST", .url = server.url()}, soon()));
  CHECK(seen.find("Content-Type") == std::string::npos);
  CHECK(seen.find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("results stand in the order of the requests and each is announced once") {
  TestServer server(answering(
      [](const std::string& request) { return response(200, request.substr(5, request.find(' ', 5) - 5)); }));
  HttpClient client;
  std::vector<Request> requests;
  for (int i = 0; i < 40; ++i) requests.push_back({.url = server.url("/" + std::to_string(i))});
  std::vector<int> announced(requests.size());
  const auto answers = client.send_all(requests, soon(), {}, [&](std::size_t i) { ++announced[i]; });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    REQUIRE(answers[i]);
    CHECK(answers[i]->body == std::to_string(i));
    CHECK(announced[i] == 1);
  }
}

TEST_CASE("429 is asked again when Retry-After has passed, also for POST") {
  std::atomic<int> requests{0};
  TestServer server(then_done({response(429, "", "Retry-After: 1\r\n")}, requests));
  HttpClient client;
  const auto start = Deadline::Clock::now();
  const auto answer = client.send({.method = "POST", .url = server.url(), .body = "x"}, soon());
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(since(start) >= seconds(1));
  CHECK(requests == 2);
}

TEST_CASE("429 without Retry-After is the answer to a POST, for an eviction says so") {
  std::atomic<int> requests{0};
  TestServer server(then_done({response(429, "disruption budget")}, requests));
  HttpClient client;
  const auto answer = client.send({.method = "POST", .url = server.url(), .body = "x"}, soon());
  REQUIRE(answer);
  CHECK(answer->status == 429);
  CHECK(requests == 1);
}

TEST_CASE("a Retry-After beyond the deadline gives the answer at once") {
  std::atomic<int> requests{0};
  TestServer server(then_done({response(503, "", "Retry-After: 60\r\n")}, requests));
  HttpClient client;
  const auto start = Deadline::Clock::now();
  const auto answer = client.send({.url = server.url()}, soon());
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(since(start) < seconds(5));
}

TEST_CASE("502, 503 and 504 are asked again for GET and are the answer to a POST") {
  for (const int status : {502, 503, 504}) {
    std::atomic<int> requests{0};
    TestServer server(then_done({response(status, "")}, requests));
    HttpClient client;
    CHECK(client.send({.url = server.url()}, soon())->status == 200);
    requests = 0;
    CHECK(client.send({.method = "POST", .url = server.url()}, soon())->status == status);
  }
}

TEST_CASE("a GET is repeated on a fresh connection after a reset") {
  TestServer server([](Connection& connection) {
    connection.read_request();
    if (connection.number() == 1) return connection.reset();
    connection.answer(200, "second");
  });
  HttpClient client;
  const auto answer = client.send({.url = server.url()}, soon());
  REQUIRE(answer);
  CHECK(answer->body == "second");
  CHECK(server.accepted() == 2);
}

TEST_CASE("a POST is not repeated once it was sent") {
  std::atomic<int> requests{0};
  TestServer server([&](Connection& connection) {
    if (connection.read_request()) ++requests;
    connection.reset();
  });
  HttpClient client;
  const auto answer = client.send({.method = "POST", .url = server.url(), .body = "pay"}, soon());
  REQUIRE_FALSE(answer);
  CHECK(requests == 1);
  CHECK(answer.error().retryable);
  CHECK(one_line(answer.error()).find("broke before the answer was complete") != std::string::npos);
}

TEST_CASE("a POST is not repeated by libcurl either when a reused connection dies under it") {
  std::atomic<int> posts{0};
  TestServer server([&](Connection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->starts_with("POST")) {
        ++posts;
        return connection.reset();
      }
      connection.answer(200, "");
    }
  });
  HttpClient client;
  REQUIRE(client.send({.url = server.url()}, soon()));
  CHECK_FALSE(client.send({.method = "POST", .url = server.url(), .body = "pay"}, soon()));
  CHECK(posts == 1);
}

TEST_CASE("a PATCH that says that it may be is repeated") {
  TestServer server([](Connection& connection) {
    connection.read_request();
    if (connection.number() == 1) return connection.reset();
    connection.answer(200, "applied");
  });
  HttpClient client;
  const auto answer =
      client.send({.method = "PATCH", .url = server.url(), .body = "{}", .idempotent = true}, soon());
  REQUIRE(answer);
  CHECK(answer->body == "applied");
}

TEST_CASE("retries end after the number that is set") {
  std::atomic<int> requests{0};
  TestServer server([&](Connection& connection) {
    if (connection.read_request()) ++requests;
    connection.reset();
  });
  HttpClient client({.retries = 2});
  CHECK_FALSE(client.send({.url = server.url()}, soon()));
  CHECK(requests == 3);
}

TEST_CASE("a refused connection is named with host, port and cause") {
  const auto port = free_port();
  HttpClient client({.retries = 1});
  const auto answer = client.send({.url = fmt::format("http://127.0.0.1:{}/api?token=abc", port)}, soon());
  REQUIRE_FALSE(answer);
  CHECK(one_line(answer.error()) ==
        fmt::format(
            "GET http://127.0.0.1:{0}/api?token=***: cannot connect to 127.0.0.1:{0}: connection refused",
            port));
  CHECK(answer.error().retryable);
  CHECK_FALSE(answer.error().hints.empty());
}

TEST_CASE("a POST is repeated when the connection ended before the handshake was through") {
  TestServer plain([](Connection& connection) {
    if (connection.number() < 3) return connection.reset();
    connection.read_some();
    connection.write("no TLS here");
  });
  HttpClient client;
  CHECK_FALSE(client.send(
      {.method = "POST", .url = fmt::format("https://127.0.0.1:{}/", plain.port()), .body = "x"}, soon()));
  CHECK(plain.accepted() == 3);
}

TEST_CASE("a host that does not resolve is named") {
  HttpClient client;
  const auto answer = client.send({.url = "http://no-such-host.invalid/"}, soon());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().what == "could not resolve no-such-host.invalid");
}

TEST_CASE("a URL that is none is a usage error") {
  HttpClient client;
  for (const auto* url : {"", "host/path", "ftp://host/", "http://", "http://host:99999/", "http://a b/",
                          "file:///etc/passwd"}) {
    CAPTURE(url);
    const auto answer = client.send({.url = url}, soon());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Code::usage);
  }
}

TEST_CASE("a header value with a line break is refused before anything is sent") {
  TestServer server(answering([](const std::string&) { return response(200, ""); }));
  HttpClient client;
  const auto answer =
      client.send({.url = server.url(), .headers = {{"Authorization", "Bearer x\r\nX-Evil: 1"}}}, soon());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Code::usage);
  CHECK(one_line(answer.error()).find("Bearer") == std::string::npos);
  CHECK(server.accepted() == 0);
}

TEST_CASE("an answer over the size cap is an error, announced or not") {
  TestServer server([](Connection& connection) {
    const auto request = connection.read_request().value_or("");
    if (request.starts_with("GET /announced"))
      connection.answer(200, std::string(5000, 'x'));
    else
      connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(5000, 'x'));
  });
  HttpClient client;
  for (const auto* path : {"/announced", "/endless"}) {
    const auto answer = client.send({.url = server.url(path), .max_response_bytes = 4096}, soon());
    REQUIRE_FALSE(answer);
    CHECK(one_line(answer.error()).find("is larger than 4096 bytes") != std::string::npos);
  }
}

TEST_CASE("a server that never answers is left at the deadline") {
  TestServer server([](Connection& connection) {
    while (connection.read_request()) {
    }
  });
  HttpClient client;
  const auto start = Deadline::Clock::now();
  const auto answer = client.send({.url = server.url()}, Deadline::after(milliseconds(150)));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Code::timed_out);
  CHECK(one_line(answer.error()).find("the deadline passed while waiting for the answer") !=
        std::string::npos);
  CHECK(since(start) < seconds(5));
}

TEST_CASE("a stop ends the wait at once") {
  std::promise<void> arrived;
  TestServer server([&](Connection& connection) {
    connection.read_request();
    arrived.set_value();
    connection.read_some();
  });
  HttpClient client;
  StopSource stop;
  auto answer = std::async(std::launch::async,
                           [&] { return client.send({.url = server.url()}, kNotYet, stop.get_token()); });
  arrived.get_future().wait();
  const auto start = Deadline::Clock::now();
  stop.request_stop();
  const auto result = answer.get();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::interrupted);
  CHECK(since(start) < seconds(5));
}

TEST_CASE("one failure does not stop the others") {
  TestServer server(answering([](const std::string&) { return response(200, "fine"); }));
  HttpClient client({.retries = 0});
  const std::vector<Request> requests = {{.url = server.url()},
                                         {.url = fmt::format("http://127.0.0.1:{}/", free_port())},
                                         {.url = server.url()}};
  const auto answers = client.send_all(requests, soon());
  CHECK(answers[0]);
  CHECK_FALSE(answers[1]);
  CHECK(answers[2]);
}

TEST_CASE("many threads share a client") {
  TestServer server(answering([](const std::string&) { return response(200, "fine"); }));
  HttpClient client;
  std::atomic<int> good{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        if (const auto answer = client.send({.url = server.url()}, soon()); answer && answer->body == "fine")
          ++good;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(good == 160);
}

TEST_CASE("redirects are the answer unless they are asked for") {
  TestServer server(answering([](const std::string& request) {
    return request.starts_with("GET /old") ? response(302, "moved", "Location: /new\r\n")
                                           : response(200, "here");
  }));
  HttpClient client;
  CHECK(client.send({.url = server.url("/old")}, soon())->status == 302);
  const auto followed = client.send({.url = server.url("/old"), .max_redirects = 3}, soon());
  REQUIRE(followed);
  CHECK(followed->status == 200);
  CHECK(followed->body == "here");
}

TEST_CASE("redirects in a circle end with an error") {
  TestServer server(answering([](const std::string&) { return response(302, "", "Location: /again\r\n"); }));
  HttpClient client;
  const auto answer = client.send({.url = server.url(), .max_redirects = 3}, soon());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().what.find("redirects without end") != std::string::npos);
}

TEST_CASE("Authorization does not follow a redirect to another host") {
  std::string seen;
  TestServer other(answering([&](const std::string& request) {
    seen = request;
    return response(200, "");
  }));
  const auto elsewhere = fmt::format("Location: http://localhost:{}/\r\n", other.port());
  TestServer server(answering([&](const std::string&) { return response(307, "", elsewhere); }));
  HttpClient client;
  REQUIRE(client.send(
      {.url = server.url(), .headers = {{"Authorization", "Bearer s3cret"}}, .max_redirects = 3}, soon()));
  CHECK(seen.find("s3cret") == std::string::npos);
}

TEST_CASE("an upload comes in pieces, with its length or chunked") {
  std::string seen;
  TestServer server(answering([&](const std::string& request) {
    seen = request;
    return response(201, "");
  }));
  HttpClient client;
  const auto pieces = [] {
    return [left = 3]() mutable -> Result<std::string> {
      return left-- > 0 ? std::string(40'000, 'u') : std::string();
    };
  };
  Request request{.method = "PUT", .url = server.url("/blob"), .upload = pieces(), .upload_bytes = 120'000};
  REQUIRE(client.send(request, soon()));
  CHECK(seen.find("Content-Length: 120000\r\n") != std::string::npos);
  CHECK(seen.ends_with(std::string(120'000, 'u')));
  request.upload = pieces();
  request.upload_bytes.reset();
  request.method = "PATCH";
  REQUIRE(client.send(request, soon()));
  CHECK(seen.starts_with("PATCH "));
  CHECK(seen.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
}

TEST_CASE("an upload that cannot be read fails with its own error") {
  TestServer server(answering([](const std::string&) { return response(201, ""); }));
  HttpClient client;
  const auto broken = []() -> Result<std::string> { return fail(Code::not_found, "layer.tar is gone"); };
  const auto answer = client.send({.method = "PUT", .url = server.url(), .upload = broken}, soon());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Code::not_found);
  CHECK(answer.error().what == "layer.tar is gone");
}

TEST_CASE("the trace shows each exchange and no secret") {
  TestServer server(
      answering([](const std::string&) { return response(200, "", "Set-Cookie: id=s3cret\r\n"); }));
  std::string trace;
  HttpClient client({.trace = [&](std::string_view line) { trace.append(line).append("\n"); }});
  const Headers headers = {{"Authorization", "Bearer s3cret"},
                           {"X-API-Key", "s3cret"},
                           {"X-Vault-Token", "s3cret"},
                           {"Accept", "text/plain"}};
  REQUIRE(client.send({.url = server.url("/x?token=s3cret&a=1"), .headers = headers}, soon()));
  CHECK(trace.find("s3cret") == std::string::npos);
  CHECK(trace.find("> Authorization: Bearer ***") != std::string::npos);
  CHECK(trace.find("> Accept: text/plain") != std::string::npos);
  CHECK(trace.find("?token=***&a=1") != std::string::npos);
  CHECK(trace.find("< 200 after") != std::string::npos);
}

TEST_CASE("proxies of the environment are not looked at") {
  ::setenv("http_proxy", fmt::format("http://127.0.0.1:{}", free_port()).c_str(), 1);
  TestServer server(answering([](const std::string&) { return response(200, "direct"); }));
  HttpClient client;
  const auto answer = client.send({.url = server.url()}, soon());
  ::unsetenv("http_proxy");
  REQUIRE(answer);
  CHECK(answer->body == "direct");
}
