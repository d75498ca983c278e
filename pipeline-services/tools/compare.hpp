#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dpctl::pipeline {

/// The value without what differs between two runs of the same work: fields of these names at any depth. The
/// rest is left as it is, byte for byte. A value that is no JSON object is returned whole.
std::string without_fields(std::string_view json, const std::vector<std::string>& names);

/// Two bags of records, compared whatever their order and partition.
class Comparison {
 public:
  void add(bool second, std::string_view key, std::string_view value) {
    auto& count = records_[std::string(key) + '\0' + std::string(value)];
    ++(second ? count.second : count.first);
  }
  struct Difference {
    std::string key, value;
    std::uint64_t in_first = 0, in_second = 0;
  };
  [[nodiscard]] std::vector<Difference> differences() const;

 private:
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> records_;
};

}  // namespace dpctl::pipeline
