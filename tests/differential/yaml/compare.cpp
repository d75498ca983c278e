// Reads the stream of generator/main.go on standard input and holds lib/data against it: both read a document
// to the same value or both refuse it, and both write a value to the same bytes. Any difference fails the
// test; what cannot be compared is counted (README.md).
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/base/encoding.hpp"
#include "lib/data/json.hpp"
#include "lib/data/yaml.hpp"
#include "lib/data/yaml_writer.hpp"

namespace {

using dpctl::Json;

struct Counts {
  std::size_t cases = 0, read_equal = 0, both_refuse = 0, ambiguous = 0, written_equal = 0, spoiled = 0,
              unordered = 0, stricter = 0, different = 0;
};

bool same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number() && (a.is_number_float() || b.is_number_float()))
    return a.get<double>() == b.get<double>();
  if (a.is_array() && b.is_array()) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!same(a[i], b[i])) return false;
    return true;
  }
  if (a.is_object() && b.is_object()) {
    if (a.size() != b.size()) return false;
    for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y)
      if (x.key() != y.key() || !same(*x, *y)) return false;
    return true;
  }
  return a == b;
}

// The order of keys has cycles ("3" < "12e" < "1e+3" < "3"); such a map comes out in an order that varies
// from call to call.
bool has_cycle(const Json& value) {
  if (value.is_array() || value.is_object())
    for (const Json& child : value)
      if (has_cycle(child)) return true;
  if (!value.is_object()) return false;
  std::vector<std::string> keys;
  for (auto entry = value.begin(); entry != value.end(); ++entry) keys.push_back(entry.key());
  std::make_heap(keys.begin(), keys.end(), dpctl::yaml::natural_less);
  std::sort_heap(keys.begin(), keys.end(), dpctl::yaml::natural_less);
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (std::size_t k = i + 1; k < keys.size(); ++k)
      if (!dpctl::yaml::natural_less(keys[i], keys[k])) return true;
  return false;
}

// Marshal writes the key "<<" plain, which reads back as a merge.
bool has_merge_key(const Json& value) {
  if (value.is_object() && value.contains("<<")) return true;
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), [](const Json& child) { return has_merge_key(child); });
}

std::string text_of(const Json& record, std::string_view field) {
  return dpctl::base64_decode(dpctl::string_at(record, field)).value_or("");
}

void report(Counts& counts, std::string_view what, const std::string& input, const std::string& theirs,
            const std::string& ours) {
  constexpr std::size_t kShown = 20;
  if (++counts.different > kShown) return;
  const auto quoted = [](const std::string& text) { return dpctl::dump_json(Json(text)); };
  std::printf("DIFFERENT %s (case %zu)\n  input:  %s\n  theirs: %s\n  ours:   %s\n",
              std::string(what).c_str(), counts.cases, quoted(input).c_str(), quoted(theirs).c_str(),
              quoted(ours).c_str());
}

void compare_writing(const Json& record, const std::string& input, const Json& value, Counts& counts) {
  const std::string written = dpctl::yaml::encode(value);
  if (!dpctl::bool_at(record, "spoiled")) {
    const std::string expected = text_of(record, "yaml");
    if (written == expected) {
      ++counts.written_equal;
      return;
    }
    if (!has_cycle(value)) return report(counts, "writing", input, expected, written);
    ++counts.unordered;
  } else {
    ++counts.spoiled;
  }
  // Where the library itself fails or wavers there is nothing to equal, but what was written must read back.
  if (has_merge_key(value)) return;
  const auto back = dpctl::yaml::decode(written, "written");
  if (!back || !same(*back, value)) report(counts, "reading back", input, dpctl::dump_json(value), written);
}

void compare(const Json& record, Counts& counts) {
  ++counts.cases;
  const std::string input = text_of(record, "input"), expected = text_of(record, "json");
  const bool ok = dpctl::bool_at(record, "ok");
  if (dpctl::string_at(record, "kind") == "json")
    return compare_writing(record, input, dpctl::parse_json(input, "input").value(), counts);
  const auto value = dpctl::yaml::decode(
      input, "input", {.duplicate_keys = dpctl::yaml::DuplicateKeys::last_wins, .first_document_only = true});
  if (!value || !ok) {
    if (!value && !ok) {
      ++counts.both_refuse;
      return;
    }
    if (ok && dpctl::bool_at(record, "repeated") &&
        value.error().what.find("cannot be a key") != std::string::npos) {
      ++counts.stricter;
      return;
    }
    return report(counts, "verdict", input, ok ? expected : dpctl::string_at(record, "error"),
                  value ? dpctl::dump_json(*value) : dpctl::one_line(value.error()));
  }
  if (dpctl::bool_at(record, "ambiguous")) {
    ++counts.ambiguous;
    return;
  }
  const auto theirs = dpctl::parse_json(expected, "theirs");
  if (!theirs || !same(*value, *theirs)) {
    return report(counts, "reading", input, expected, dpctl::dump_json(*value));
  }
  ++counts.read_equal;
  compare_writing(record, input, *value, counts);
}

}  // namespace

int main() {
  Counts counts;
  for (std::string line; std::getline(std::cin, line);) {
    const auto record = dpctl::parse_json(line, "stream");
    if (!record) {
      std::fprintf(stderr, "%s\n", dpctl::one_line(record.error()).c_str());
      return 1;
    }
    compare(*record, counts);
  }
  std::printf(
      "%zu cases: %zu read equal, %zu refused by both, %zu written equal; not comparable: %zu ambiguous, %zu "
      "spoiled and %zu unordered "
      "(read back), %zu bad keys under a replaced key; %zu DIFFERENT\n",
      counts.cases, counts.read_equal, counts.both_refuse, counts.written_equal, counts.ambiguous,
      counts.spoiled, counts.unordered, counts.stricter, counts.different);
  return counts.cases == 0 || counts.different > 0 ? 1 : 0;
}
