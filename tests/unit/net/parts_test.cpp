// The parts of the client that need no server: URLs, retry rules, redaction.
#include <doctest/doctest.h>

#include "lib/net/redact.hpp"
#include "lib/net/retry.hpp"
#include "lib/net/url.hpp"

using namespace dpctl;
using namespace dpctl::net;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("a URL comes apart") {
  const auto url = Url::parse("HTTPS://user:p%40ss@[2001:DB8::1]:6443/api/v1?watch=1&x=a?b#part").value();
  CHECK(url.scheme == "https");
  CHECK(url.userinfo == "user:p%40ss");
  CHECK(url.host == "2001:db8::1");
  CHECK(url.port == 6443);
  CHECK(url.path == "/api/v1");
  CHECK(url.query == "watch=1&x=a?b");
  CHECK(url.authority() == "[2001:db8::1]:6443");
  CHECK(url.to_string() == "https://[2001:db8::1]:6443/api/v1?watch=1&x=a?b");
  CHECK(Url::parse("http://host").value().to_string() == "http://host");
  CHECK(Url::parse("https://host:443/").value().to_string() == "https://host/");
}

TEST_CASE("what is no URL is refused") {
  for (const auto* text :
       {"", "host", "//host/", "https://", "https://:80/", "https://h:x/", "https://h:0/", "https://h:65536/",
        "https://[::1", "https://h/a b", "https://h/\n", "gopher://h/"}) {
    CAPTURE(text);
    CHECK_FALSE(Url::parse(text));
  }
}

TEST_CASE("a reference resolves as RFC 3986 5.4 says") {
  const std::string base = "http://a/b/c/d?q";
  const std::pair<const char*, const char*> cases[] = {
      {"g", "http://a/b/c/g"},       {"./g", "http://a/b/c/g"},    {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},          {"//g", "http://g"},          {"?y", "http://a/b/c/d?y"},
      {"g?y", "http://a/b/c/g?y"},   {"..", "http://a/b/"},        {"../g", "http://a/b/g"},
      {"../../g", "http://a/g"},     {"../../../g", "http://a/g"}, {"", "http://a/b/c/d?q"},
      {"https://x/y", "https://x/y"}};
  for (const auto& [reference, expected] : cases) {
    CAPTURE(reference);
    CHECK(resolve_url(base, reference).value() == expected);
  }
}

TEST_CASE("joining puts exactly one slash between") {
  CHECK(join_url("https://h/charts", "index.yaml") == "https://h/charts/index.yaml");
  CHECK(join_url("https://h/charts//", "/index.yaml") == "https://h/charts/index.yaml");
}

TEST_CASE("a query goes out and comes back") {
  const Query query = {{"labelSelector", "a in (b,c)"}, {"x", ""}, {"é", "+&="}};
  CHECK(encode_query(query) == "labelSelector=a%20in%20%28b%2Cc%29&x=&%C3%A9=%2B%26%3D");
  CHECK(decode_query(encode_query(query)) == query);
  CHECK(decode_query("a=1+2&b&%zz=%4") == Query{{"a", "1 2"}, {"b", ""}, {"%zz", "%4"}});
}

TEST_CASE("Retry-After is seconds or a date") {
  const auto after = [](const char* value) { return retry_after({{"Retry-After", value}}, 1'000'000'000); };
  CHECK(after("3") == seconds(3));
  CHECK(after("-3") == seconds(0));
  CHECK(after("Sun, 09 Sep 2001 01:46:50 GMT") == seconds(10));
  CHECK(after("Sun, 09 Sep 2001 01:46:30 GMT") == seconds(0));
  CHECK_FALSE(after("soon"));
  CHECK_FALSE(retry_after({}, 0));
}

TEST_CASE("methods are idempotent as RFC 9110 says unless the request says otherwise") {
  for (const auto* method : {"GET", "HEAD", "PUT", "DELETE"}) CHECK(is_idempotent({.method = method}));
  for (const auto* method : {"POST", "PATCH"}) CHECK_FALSE(is_idempotent({.method = method}));
  CHECK(is_idempotent({.method = "PATCH", .idempotent = true}));
  CHECK_FALSE(is_idempotent({.method = "DELETE", .idempotent = false}));
}

TEST_CASE("back-off doubles to five seconds and is never less than half of that") {
  CHECK(back_off(0, 0) == milliseconds(50));
  CHECK(back_off(0, 1023) == milliseconds(100));
  CHECK(back_off(3, 1023) == milliseconds(800));
  CHECK(back_off(60, 0) == milliseconds(2500));
  CHECK(back_off(60, 1023) == milliseconds(5000));
}

TEST_CASE("secrets are struck out of headers and URLs") {
  CHECK(redact_header("authorization", "Bearer abc") == "authorization: Bearer ***");
  CHECK(redact_header("Authorization", "abc") == "Authorization: ***");
  CHECK(redact_header("Proxy-Authorization", "Basic abc") == "Proxy-Authorization: Basic ***");
  CHECK(redact_header("Cookie", "a=b; c=d") == "Cookie: ***");
  CHECK(redact_header("X-API-Key", "abc") == "X-API-Key: ***");
  CHECK(redact_header("X-Amz-Security-Token", "abc") == "X-Amz-Security-Token: ***");
  CHECK(redact_header("Accept", "application/json") == "Accept: application/json");
  CHECK(redact_url("https://u:p@h/p?X-Amz-Signature=abc&limit=5&access_token=x") ==
        "https://h/p?X-Amz-Signature=***&limit=5&access_token=***");
}
