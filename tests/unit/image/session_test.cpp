#include "lib/image/session.hpp"

#include <doctest/doctest.h>

#include "http_peer.hpp"
#include "lib/base/encoding.hpp"

using namespace dpctl;
using namespace dpctl::image;
using test::HttpPeer;

namespace {
Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }
}  // namespace

TEST_CASE("a challenge comes apart, quotes and escapes included") {
  const auto challenge = parse_challenge(
      R"(Bearer realm="https://auth.test/token?a=b,c",service="reg \"x\"", scope="repository:a/b:pull,push")");
  CHECK(challenge.scheme == "bearer");
  CHECK(challenge.parameters.at("realm") == "https://auth.test/token?a=b,c");
  CHECK(challenge.parameters.at("service") == "reg \"x\"");
  CHECK(challenge.parameters.at("scope") == "repository:a/b:pull,push");
  CHECK(parse_challenge("Basic realm=lab").parameters.at("realm") == "lab");
  CHECK(parse_challenge("").scheme.empty());
  CHECK(parse_challenge("Bearer realm=\"open").parameters.at("realm") == "open");
}

TEST_CASE("locations are taken as the server meant them") {
  CHECK(absolute("https://a.test:5000/v2/x/", "/v2/y") == "https://a.test:5000/v2/y");
  CHECK(absolute("https://a.test/v2/x/up?s=1", "next?s=2") == "https://a.test/v2/x/next?s=2");
  CHECK(absolute("https://a.test/v2/", "https://b.test/z") == "https://b.test/z");
  CHECK(absolute("https://a.test/v2/", "//b.test/z") == "https://b.test/z");
}

TEST_CASE(
    "a bearer challenge is answered with a token of the realm, for its service and scope, and the token is "
    "kept") {
  HttpPeer tokens([](const HttpPeer::Request& request) -> HttpPeer::Reply {
    CHECK(request.headers.at("authorization") == "Basic " + base64_encode("ada:secret"));
    CHECK(request.query == "service=lab&scope=repository%3Aa%3Apull%2Cpush");
    return {.body = R"({"token":"t0k3n"})"};
  });
  HttpPeer registry([&](const HttpPeer::Request& request) -> HttpPeer::Reply {
    const auto it = request.headers.find("authorization");
    if (it != request.headers.end() && it->second == "Bearer t0k3n") return {.body = "{}"};
    return {
        .status = 401,
        .headers = {{"WWW-Authenticate", "Bearer realm=\"http://" + tokens.host() +
                                             "/token\",service=\"lab\",scope=\"repository:a:pull,push\""}}};
  });
  Session session(registry.host(), {.username = "ada", .password = "secret"});
  CHECK(session.send({.url = "/v2/"}, soon(), {})->status == 200);
  CHECK(session.send({.url = "/v2/"}, soon(), {})->status == 200);
  CHECK(tokens.count("GET /token") == 1);
  CHECK(registry.count("GET /v2/") == 3);
}

TEST_CASE("a wrong password is denied, with the registry's own words") {
  HttpPeer tokens([](const HttpPeer::Request&) -> HttpPeer::Reply {
    return {.status = 401, .body = R"({"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]})"};
  });
  HttpPeer registry([&](const HttpPeer::Request&) -> HttpPeer::Reply {
    return {.status = 401,
            .headers = {{"WWW-Authenticate", "Bearer realm=\"http://" + tokens.host() + "/token\""}}};
  });
  Session session(registry.host(), {.username = "ada", .password = "wrong"});
  const auto answer = session.send({.url = "/v2/"}, soon(), {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Code::denied);
  CHECK(one_line(answer.error()).find("UNAUTHORIZED: who are you") != std::string::npos);
  CHECK(one_line(answer.error()).find("wrong") == std::string::npos);
}

TEST_CASE("a basic challenge without a user name says what to give") {
  HttpPeer registry([&](const HttpPeer::Request&) -> HttpPeer::Reply {
    return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"lab\""}}};
  });
  Session session(registry.host(), {});
  const auto answer = session.send({.url = "/v2/"}, soon(), {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Code::denied);
  CHECK(answer.error().hints.size() == 1);
}

TEST_CASE("a redirect of a download is followed, and the token stays with the registry") {
  std::map<std::string, std::string> seen;
  HttpPeer storage([&](const HttpPeer::Request& request) -> HttpPeer::Reply {
    seen = request.headers;
    return {.body = "bytes"};
  });
  HttpPeer registry([&](const HttpPeer::Request& request) -> HttpPeer::Reply {
    if (!request.headers.contains("authorization"))
      return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"lab\""}}};
    return {.status = 307, .headers = {{"Location", "http://" + storage.host() + "/object"}}};
  });
  Session session(registry.host(), {.username = "ada", .password = "secret"});
  const auto answer = session.send({.url = "/v2/a/blobs/x"}, soon(), {});
  REQUIRE(answer);
  CHECK(answer->body == "bytes");
  CHECK_FALSE(seen.contains("authorization"));
}
