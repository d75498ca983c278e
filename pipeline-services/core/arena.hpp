#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dpctl::pipeline {

/// Keeps bytes alive for one batch. clear() keeps the memory, so a warm arena does not allocate.
class Arena {
 public:
  /// A copy that lives until clear().
  std::string_view keep(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* place = room(bytes.size());
    std::memcpy(place, bytes.data(), bytes.size());
    return {place, bytes.size()};
  }
  /// As keep(), with `padding` blanks behind it that belong to the arena too.
  std::string_view keep_padded(std::string_view bytes, std::size_t padding) {
    char* place = room(bytes.size() + padding);
    std::memcpy(place, bytes.data(), bytes.size());
    std::memset(place + bytes.size(), ' ', padding);
    return {place, bytes.size()};
  }
  /// `size` bytes that hold nothing yet and live until clear().
  char* room(std::size_t size) {
    while (block_ < blocks_.size() && used_ + size > blocks_[block_].size) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) {
      const std::size_t capacity = size > kBlock ? size : kBlock;
      blocks_.push_back({std::make_unique<char[]>(capacity), capacity});
      used_ = 0;
    }
    char* place = blocks_[block_].bytes.get() + used_;
    used_ += size;
    return place;
  }
  void clear() {
    block_ = 0;
    used_ = 0;
  }

 private:
  static constexpr std::size_t kBlock = 64U << 10U;
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
};

/// Messages on their way out, in one growing buffer. Views are valid until the next add() or clear().
class OutMessages {
 public:
  /// Appends one message; `write` appends its value to the string it gets.
  template <class Write>
  void add(std::string_view key, Write&& write) {
    bytes_.resize(used_);
    bytes_ += key;
    const std::size_t value_at = bytes_.size();
    write(bytes_);
    close(used_, value_at, bytes_.size());
  }
  /// Appends one message whose value has at most `most` bytes: `write(at)` writes it and returns its end.
  template <class Write>
  void add_bounded(std::string_view key, std::size_t most, Write&& write) {
    const std::size_t value_at = used_ + key.size();
    if (value_at + most > bytes_.size()) bytes_.resize(2 * (value_at + most));
    std::memcpy(bytes_.data() + used_, key.data(), key.size());
    const char* end = write(bytes_.data() + value_at);
    close(used_, value_at, static_cast<std::size_t>(end - bytes_.data()));
  }
  [[nodiscard]] std::size_t size() const { return spans_.size(); }
  [[nodiscard]] bool empty() const { return spans_.empty(); }
  [[nodiscard]] std::string_view key(std::size_t i) const { return view(spans_[i].key, spans_[i].value); }
  [[nodiscard]] std::string_view value(std::size_t i) const { return view(spans_[i].value, spans_[i].end); }
  void clear() {
    used_ = 0;
    spans_.clear();
  }

 private:
  struct Span {
    std::size_t key, value, end;
  };
  [[nodiscard]] std::string_view view(std::size_t from, std::size_t to) const {
    return std::string_view(bytes_).substr(from, to - from);
  }
  void close(std::size_t key, std::size_t value, std::size_t end) {
    spans_.push_back({key, value, end});
    used_ = end;
  }
  std::string bytes_;  ///< as large as it was ever needed
  std::size_t used_ = 0;
  std::vector<Span> spans_;
};

}  // namespace dpctl::pipeline
