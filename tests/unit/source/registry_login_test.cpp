#include "lib/source/registry_login.hpp"

#include <doctest/doctest.h>

using namespace dpctl;
using namespace dpctl::source;

TEST_CASE("a login is found under the names that Docker and Helm give a host") {
  for (const auto* key : {"h:5000", "https://h:5000", "https://h:5000/v1/"}) {
    const auto login = find_login(
        std::string(R"({"auths":{"other":{},")") + key + R"(":{"auth":"bWU6YTpi"}}})", "f", "h:5000");
    REQUIRE(login);
    REQUIRE(*login);
    CHECK((*login)->username == "me");
    CHECK((*login)->password == "a:b");  // only the first colon divides
  }
  CHECK_FALSE(*find_login(R"({"auths":{"h":{"auth":"bWU6YTpi"}}})", "f", "h:5000"));
  CHECK_FALSE(*find_login("", "f", "h"));
}

TEST_CASE("a login that is no base64 of name and password names the file") {
  const auto login = find_login(R"({"auths":{"h":{"auth":"!"}}})", "/x/config.json", "h");
  REQUIRE_FALSE(login);
  CHECK(login.error().what.find("/x/config.json") != std::string::npos);
}

TEST_CASE("adding and removing a login leaves the rest of the file as it was") {
  const auto added = add_login(R"({"auths":{"a":{"auth":"x"}},"credsStore":"s"})", "f", "h", {"me", "pw"});
  REQUIRE(added);
  CHECK(added->find("credsStore") != std::string::npos);
  CHECK((*find_login(*added, "f", "h"))->password == "pw");
  const auto removed = remove_login(*added, "f", "h");
  REQUIRE(removed);
  CHECK_FALSE(*find_login(*removed, "f", "h"));
  CHECK(removed->find("\"a\"") != std::string::npos);
  CHECK(remove_login(*removed, "f", "h").error().code == Code::not_found);
}
