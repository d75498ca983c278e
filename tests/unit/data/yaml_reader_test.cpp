#include "lib/data/yaml_reader.hpp"

#include <doctest/doctest.h>

#include "lib/data/yaml_writer.hpp"

using namespace dpctl;

namespace {

// Writes down what it hears.
class Listener final : public yaml::Handler {
 public:
  void on_scalar(const yaml::Scalar& scalar, const yaml::Mark&) override {
    switch (scalar.kind) {
      case yaml::Scalar::Kind::null: heard += "null "; break;
      case yaml::Scalar::Kind::boolean: heard += scalar.boolean ? "true " : "false "; break;
      case yaml::Scalar::Kind::integer: heard += "int:" + std::to_string(scalar.integer) + " "; break;
      case yaml::Scalar::Kind::natural: heard += "uint:" + std::to_string(scalar.natural) + " "; break;
      case yaml::Scalar::Kind::real: heard += "real:" + std::string(scalar.text) + " "; break;
      case yaml::Scalar::Kind::string: heard += "'" + std::string(scalar.text) + "' "; break;
    }
  }
  void on_list_begin(const yaml::Mark&) override { heard += "[ "; }
  void on_list_end() override { heard += "] "; }
  void on_map_begin(const yaml::Mark&) override { heard += "{ "; }
  void on_key(std::string_view key, const yaml::Mark&) override { heard += std::string(key) + "= "; }
  void on_map_end() override { heard += "} "; }

  std::string heard;
};

}  // namespace

TEST_CASE("a handler hears the resolved values of each document in order") {
  yaml::Reader reader("a: 1.0\nb: [yes, 18446744073709551615, x, ]\n--- 7\n", "f.yaml");
  Listener listener;
  CHECK(reader.next(listener).value());
  CHECK(listener.heard == "{ a= real:1.0 b= [ true uint:18446744073709551615 'x' ] } ");
  listener.heard.clear();
  CHECK(reader.next(listener).value());
  CHECK(listener.heard == "int:7 ");
  CHECK(!reader.next(listener).value());
}

TEST_CASE("a merge is heard as ordinary keys at its place") {
  yaml::Reader reader("- &b {x: 1}\n- {w: 0, <<: *b, x: 2}\n", "f.yaml");
  Listener listener;
  CHECK(reader.next(listener).value());
  CHECK(listener.heard == "[ { x= int:1 } { w= int:0 x= int:1 x= int:2 } ] ");
}

TEST_CASE("a writer takes values one by one without a tree") {
  std::string text;
  yaml::Writer writer(text);
  writer.begin_map();
  writer.key("list");
  writer.begin_list();
  writer.integer(1);
  writer.real(2.5);
  writer.begin_map();
  writer.key("a");
  writer.string("yes");
  writer.end_map();
  writer.end_list();
  writer.key("none");
  writer.begin_list();
  writer.end_list();
  writer.end_map();
  writer.finish();
  CHECK(text == "list:\n- 1\n- 2.5\n- a: \"yes\"\nnone: []\n");
}
