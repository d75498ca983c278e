#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <vector>

namespace dpctl::chart {

/// Memory for the nodes of one text, given back all at once. Its pieces have one size: those of
/// std::pmr::monotonic_buffer_resource grow by half each time, and a chart of many small files leaves a third
/// of them unused.
class PieceArena final : public std::pmr::memory_resource {
 public:
  /// `piece` in bytes.
  explicit PieceArena(std::size_t piece) : piece_(piece) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    std::size_t at = (used_ + alignment - 1) / alignment * alignment;
    if (at + bytes > size_) {
      size_ = std::max(piece_, bytes);
      pieces_.emplace_back(new std::byte[size_]);
      at = 0;
    }
    used_ = at + bytes;
    return pieces_.back().get() + at;
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::size_t piece_;
  std::size_t size_ = 0, used_ = 0;  // of the last piece
  std::vector<std::unique_ptr<std::byte[]>> pieces_;
};

}  // namespace dpctl::chart
