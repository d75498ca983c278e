#include "lib/base/encoding.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

TEST_CASE("sha256 of a text is the published digest") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("base64 round-trips every length and matches RFC 4648") {
  CHECK(base64_encode("foobar") == "Zm9vYmFy");
  CHECK(base64_encode("fooba") == "Zm9vYmE=");
  CHECK(base64url_encode("\xfb\xff") == "-_8");
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(*base64_decode(base64_encode(bytes)) == bytes);
    bytes += static_cast<char>(i);
  }
  CHECK(*base64_decode("Zm9v\nYmFy") == "foobar");
}

TEST_CASE("broken base64 is refused with the byte where it breaks") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zm9v*", "=AAA", "Zg==Zg=="})
    CHECK_MESSAGE(!base64_decode(text), text);
  CHECK(base64_decode("Zm9v*").error().what == "illegal base64 data at input byte 4");
}

TEST_CASE("percent encoding keeps the unreserved characters") {
  CHECK(percent_encode("a b/~é") == "a%20b%2F~%C3%A9");
}
