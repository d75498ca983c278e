#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/kube/payload.hpp"

using namespace dpctl;
using namespace dpctl::kube;

namespace {

/// A field with bytes, as protobuf writes it.
std::string field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number * 8 + 2));
  for (auto size = bytes.size();; size >>= 7U) {
    if (size < 0x80) return out + static_cast<char>(size) + bytes;
    out += static_cast<char>((size & 0x7FU) | 0x80U);
  }
}

std::string entry(const std::string& key, const std::string& value) { return field(1, key) + field(2, value); }

std::string secret(const std::string& name) {
  const auto metadata = field(1, name) + field(3, "shop") + field(5, "uid") + field(11, entry("owner", "helm")) +
                        std::string("\x38\x05") /* generation: a number is passed over */ + field(12, entry("a", "b"));
  return field(1, metadata) + field(2, entry("release", std::string(300, 'x'))) + field(3, "helm.sh/release.v1");
}

std::string enveloped(const std::string& kind, const std::string& raw) {
  return std::string("k8s\0", 4) + field(1, field(1, "v1") + field(2, kind)) + field(2, raw) + field(4, "");
}

}  // namespace

TEST_CASE("Secrets are read out of the server's protobuf") {
  const auto list = read_payloads(enveloped("SecretList", field(1, "") + field(2, secret("a")) + field(2, secret("b"))));
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  CHECK(list->at(1).name == "b");
  CHECK(list->at(1).ns == "shop");
  CHECK(list->at(1).labels.at("owner") == "helm");
  CHECK(list->at(1).annotations.at("a") == "b");
  CHECK(list->at(1).data.at("release") == std::string(300, 'x'));
  const auto one = read_payloads(enveloped("Secret", secret("c")));
  REQUIRE(one);
  CHECK(one->front().name == "c");
}

TEST_CASE("a protobuf that is cut short anywhere is an error or shorter, never a crash") {
  const auto whole = enveloped("SecretList", field(2, secret("a")));
  for (std::size_t size = 0; size < whole.size(); ++size) static_cast<void>(read_payloads(whole.substr(0, size)));
  CHECK_FALSE(read_payloads(whole.substr(0, whole.size() - 40)));
  CHECK_FALSE(read_payloads(enveloped("PodList", "")));
  CHECK_FALSE(read_payloads("{}"));
}

TEST_CASE("a server that answers in JSON is understood too") {
  const auto tree = Json::parse(
      R"({"kind":"ConfigMapList","items":[{"metadata":{"name":"a","namespace":"n","labels":{"x":"y"}},"data":{"t":"text"},"binaryData":{"b":"AAE="}}]})");
  const auto list = read_payloads(tree, PayloadKind::config_map);
  REQUIRE(list);
  CHECK(list->front().data.at("t") == "text");
  CHECK(list->front().data.at("b") == std::string("\0\1", 2));
}

TEST_CASE("what an error in protobuf says is found") {
  CHECK(message_of_status(enveloped("Status", field(2, "Failure") + field(3, "no such thing"))) == "no such thing");
  CHECK_FALSE(message_of_status("{}"));
}
