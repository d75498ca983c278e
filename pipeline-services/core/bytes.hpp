#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace dpctl::pipeline {

/// Writes state as little-endian integers and length-prefixed strings.
class ByteWriter {
 public:
  void number(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    for (unsigned shift = 0; shift < 64; shift += 8) out_ += static_cast<char>((bits >> shift) & 0xFFU);
  }
  void text(std::string_view value) {
    number(static_cast<std::int64_t>(value.size()));
    out_ += value;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads them back; after the first short read ok() is false and every value is zero or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  std::int64_t number() {
    if (rest_.size() < 8) {
      ok_ = false;
      return 0;
    }
    std::uint64_t bits = 0;
    for (unsigned i = 0; i < 8; ++i)
      bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    rest_.remove_prefix(8);
    return static_cast<std::int64_t>(bits);
  }
  /// A count of items that each take at least `least` bytes; 0 when more are claimed than can be there.
  std::int64_t count(std::size_t least) {
    const auto value = number();
    if (value < 0 || static_cast<std::uint64_t>(value) > rest_.size() / least) {
      ok_ = false;
      return 0;
    }
    return value;
  }
  std::string_view text() {
    const auto size = static_cast<std::size_t>(count(1));
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace dpctl::pipeline
