// The JSON walker against simdjson's own parser: both accept the same documents and read the same values.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "pipeline-services/core/json_reader.hpp"

using namespace dpctl::pipeline;

namespace {

std::string number_text(double number) {
  char text[40];
  if (number == 0) number = 0;  // DOM reads -0 as an integer
  return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.17g,", number))};
}

/// Everything a value says, in one text.
bool walk(JsonValue& item, std::string& out) {
  if (item.is_object()) {
    out += '{';
    const bool ok = JsonReader::object(item, [&](std::string_view name, JsonValue& inner) {
      out += std::string(name) + ":";
      return walk(inner, out);
    });
    out += '}';
    return ok;
  }
  Scalar scalar;
  if (!JsonReader::scalar(item, scalar)) return false;
  switch (scalar.kind) {
    case Scalar::Kind::container: {
      out += '[';
      const bool ok = JsonReader::array(item, [&](JsonValue& inner) { return walk(inner, out); });
      out += ']';
      return ok;
    }
    case Scalar::Kind::number:
      out += number_text(std::strtod(std::string(scalar.text).c_str(), nullptr));
      break;
    case Scalar::Kind::null: out += "null,"; break;
    default: out += std::string(scalar.text) + ",";
  }
  return true;
}

/// "" when the document is refused.
std::string walked(JsonReader& reader, std::string_view document) {
  std::string out = "{";
  const bool ok = reader.read(document, [&](std::string_view name, JsonValue& item) {
    out += std::string(name) + ":";
    return walk(item, out);
  });
  return ok ? out + "}" : "";
}

std::string parsed(const simdjson::dom::element& element) {
  using Type = simdjson::dom::element_type;
  switch (element.type()) {
    case Type::OBJECT: {
      std::string out = "{";
      for (const auto [name, inner] : simdjson::dom::object(element))
        out += std::string(name) + ":" + parsed(inner);
      return out + "}";
    }
    case Type::ARRAY: {
      std::string out = "[";
      for (const auto inner : simdjson::dom::array(element)) out += parsed(inner);
      return out + "]";
    }
    case Type::STRING: return std::string(std::string_view(element)) + ",";
    case Type::NULL_VALUE: return "null,";
    case Type::BOOL: return bool(element) ? "true," : "false,";
    default: return number_text(double(element));
  }
}

constexpr std::string_view kSeed =
    R"({ "a" : "x\u00e9\n\"y" , "b":[1,-2,3,{"c":null}], "d" :{"e":true,"f":false,"g":""},"h":"\ud83d\ude00" , "i" :-0,"j":120 })";

}  // namespace

TEST_CASE("mutated documents are accepted and read as simdjson's parser does") {
  std::mt19937 random(4);
  JsonReader reader;
  simdjson::dom::parser parser;
  int accepted = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string document(kSeed);
    for (auto left = random() % 4; left > 0; --left) {
      constexpr std::string_view kBytes = "{}[]:,\"\\ \t\n0123456789.eE+-truefalsn\x01\xC3\xA9/u";
      const auto at = random() % document.size();
      const char byte = kBytes[random() % kBytes.size()];
      if (random() % 3 == 0)
        document.erase(at, 1 + random() % 3);
      else if (random() % 2 == 0)
        document[at] = byte;
      else
        document.insert(at, 1, byte);
    }
    simdjson::dom::element root;
    const bool fine = parser.parse(document).get(root) == simdjson::SUCCESS && root.is_object();
    const auto text = walked(reader, document);
    CAPTURE(document);
    // A number too large for a double is JSON all the same; prices are judged later.
    if (!fine && text.find("inf") != text.npos) continue;
    REQUIRE(text.empty() != fine);
    if (!fine) continue;
    ++accepted;
    REQUIRE(text == parsed(root));
  }
  CHECK(accepted > 5000);
}

TEST_CASE("texts outlive the reader's next document when they are read into an arena") {
  JsonReader reader;
  Arena arena;
  std::string_view kept;
  const auto keep = [&](std::string_view, JsonValue& item) {
    Scalar scalar;
    const bool ok = JsonReader::scalar(item, scalar);
    if (kept.empty()) kept = scalar.text;
    return ok;
  };
  REQUIRE(reader.read_in(arena, R"({"a":"first\nline"})", keep));
  REQUIRE(reader.read_in(arena, R"({"a":"something else"})", keep));
  CHECK(kept == "first\nline");
}

TEST_CASE("objects and arrays have a bound to their depth") {
  JsonReader reader;
  const auto nested = [](unsigned depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  const auto ignore = [](std::string_view, JsonValue&) { return true; };
  CHECK(reader.read(nested(JsonReader::kDeepest - 1), ignore));
  CHECK_FALSE(reader.read(nested(JsonReader::kDeepest), ignore));
}
