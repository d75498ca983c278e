#pragma once

#include <map>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl::image {

/// What stands at one path of a layer. Owner is always root, time always 0.
struct Entry {
  enum class Kind { file, directory, link } kind = Kind::file;
  unsigned mode = 0644;
  std::string content{};  ///< bytes of a file, target of a symbolic link
};

/// A tree of files that becomes a tar: paths without leading slash, in byte order, parents before children.
class Tree {
 public:
  /// Adds missing parent directories (0755). `path` is absolute; "..", "." and empty parts are refused, as is
  /// a second, different entry at the same place.
  Result<void> add(std::string_view path, Entry entry);
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// POSIX ustar; a path or link that does not fit gets a PAX header (POSIX.1-2001, pax interchange format).
  [[nodiscard]] std::string tar() const;

 private:
  std::map<std::string, Entry> entries_;
};

/// One tar entry outside a tree, for archives that fix their order (image layouts). `tar_end` closes the
/// archive.
void append_tar_file(std::string& tar, std::string_view path, std::string_view bytes, unsigned mode = 0644);
void append_tar_end(std::string& tar);

}  // namespace dpctl::image
