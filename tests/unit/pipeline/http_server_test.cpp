#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline-services/io/http_server.hpp"
#include "tests/unit/free_port.hpp"

using namespace dpctl;
using test::free_port;

namespace {

/// Everything the server answers to these bytes until it closes.
std::string talk(std::uint16_t port, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  std::size_t sent = 0;
  while (sent < request.size()) {
    const auto count = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) break;
    sent += static_cast<std::size_t>(count);
  }
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(got));
  ::close(fd);
  return answer;
}

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
}

}  // namespace

TEST_CASE("a route answers on its own port only, others on every port") {
  const auto first = free_port(), second = free_port();
  io::HttpServer server({.address = "127.0.0.1"});
  server.route("GET", "/all", [](const io::HttpRequest& request) {
    return io::HttpResponse{.body = *request.parameter("q")};
  });
  server.route(
      "GET", "/one", [](const io::HttpRequest&) { return io::HttpResponse{.body = "one"}; }, second);
  REQUIRE(server.start({first, second}));
  CHECK(talk(first, get("/all?q=a%20b+c")).ends_with("a b c"));
  CHECK(talk(second, get("/one")).ends_with("one"));
  CHECK(talk(first, get("/one")).starts_with("HTTP/1.1 404"));
  CHECK(talk(first, "POST /all HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 405"));
}

TEST_CASE("a connection serves several requests") {
  const auto port = free_port();
  io::HttpServer server({.address = "127.0.0.1"});
  int calls = 0;
  server.route("GET", "/", [&](const io::HttpRequest&) { return ++calls, io::HttpResponse{.body = "x"}; });
  REQUIRE(server.start({port}));
  talk(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + get("/"));
  CHECK(calls == 2);
}

TEST_CASE("a body over the limit is refused with 413") {
  const auto port = free_port();
  io::HttpServer server({.address = "127.0.0.1", .max_body_bytes = 100});
  server.route("POST", "/", [](const io::HttpRequest&) { return io::HttpResponse{}; });
  REQUIRE(server.start({port}));
  CHECK(talk(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n").starts_with("HTTP/1.1 413"));
}

TEST_CASE("a port in use is an error that names it") {
  const auto port = free_port();
  io::HttpServer first({.address = "127.0.0.1"}), second({.address = "127.0.0.1"});
  REQUIRE(first.start({port}));
  const auto started = second.start({port});
  REQUIRE(!started);
  CHECK(started.error().what.find(std::to_string(port)) != std::string::npos);
}

TEST_CASE(
    "answers to requests that came together leave in their order, whether memory or a worker made them") {
  const auto port = free_port();
  io::HttpServer server({.address = "127.0.0.1"});
  const auto echo = [](const io::HttpRequest& request) {
    return io::HttpResponse{.body = "<" + request.captured("word") + ">"};
  };
  server.route({.method = "GET", .path = "/slow/{word}", .handler = echo});
  server.route({.method = "GET",
                .path = "/quick/{word}",
                .handler = echo,
                .quick = [&](const io::HttpRequest& request) -> std::optional<io::HttpResponse> {
                  if (request.captured("word") == "b") return std::nullopt;
                  return echo(request);
                }});
  REQUIRE(server.start({port}));
  const std::string host = " HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto answer =
      talk(port, "GET /quick/a" + host + "GET /slow/%2Fx" + host + "GET /quick/b" + host + get("/quick/c"));
  const auto a = answer.find("<a>"), x = answer.find("</x>"), b = answer.find("<b>"), c = answer.find("<c>");
  CHECK(a < x);
  CHECK(x < b);
  CHECK(b < c);
  CHECK(c != std::string::npos);
}

TEST_CASE("a request in two pieces is one request") {
  const auto port = free_port();
  io::HttpServer server({.address = "127.0.0.1"});
  server.route("POST", "/", [](const io::HttpRequest& request) {
    return io::HttpResponse{.body = std::string(request.body) + "|" + std::string(request.header("x-a"))};
  });
  REQUIRE(server.start({port}));
  const std::string body(100'000, 'b');
  const auto answer = talk(
      port,
      "POST / HTTP/1.1\r\nHost: x\r\nX-A: one\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" + body);
  CHECK(answer.ends_with(body + "|one"));
  const auto chunked =
      talk(port,
           "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
           "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(chunked.ends_with("abcde|"));
}

TEST_CASE("what is no HTTP is 400, a folded header too, and a header over the limit is 431") {
  const auto port = free_port();
  io::HttpServer server({.address = "127.0.0.1", .max_header_bytes = 1000});
  server.route("GET", "/", [](const io::HttpRequest&) { return io::HttpResponse{}; });
  REQUIRE(server.start({port}));
  CHECK(talk(port, "nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(talk(port, "GET / HTTP/1.1\r\nHost: x\r\nX-A: one\r\n two\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(talk(port, "GET / HTTP/1.1\r\nX-A: " + std::string(2000, 'a') + "\r\n\r\n")
            .starts_with("HTTP/1.1 431"));
}

TEST_CASE("a header line of an answer cannot be ended by its value") {
  io::HttpResponse response;
  response.header("X-A", "one\r\nX-B: two");
  CHECK(response.head == "X-A: oneX-B: two\r\n");
}

TEST_CASE("an error tells error, message, details and timestamp") {
  const auto error = io::http_error(404, "not_found", "no \"x\"");
  CHECK(error.body.starts_with(R"({"error":"not_found","message":"no \"x\"","details":{},"timestamp":")"));
}
