#include "lib/image/layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/base/strings.hpp"

namespace dpctl::image {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kLargestOctal = 077777777777ULL;  // eleven digits

void pad(std::string& tar) { tar.append((kBlock - tar.size() % kBlock) % kBlock, '\0'); }

void put(std::array<char, kBlock>& header, std::size_t at, std::size_t room, std::string_view text) {
  std::memcpy(header.data() + at, text.data(), std::min(room, text.size()));
}

/// One 512-byte header (POSIX ustar). Name and link are cut to their fields; a PAX header before it has them
/// whole.
void append_header(std::string& tar, char type, std::string_view path, std::string_view link, unsigned mode,
                   std::uint64_t size) {
  std::array<char, kBlock> header{};
  put(header, 0, 100, path);
  put(header, 100, 8, fmt::format("{:07o}", mode));
  put(header, 108, 8, "0000000");
  put(header, 116, 8, "0000000");
  put(header, 124, 12, fmt::format("{:011o}", std::min(size, kLargestOctal)));
  put(header, 136, 12, "00000000000");
  put(header, 148, 8, "        ");
  header[156] = type;
  put(header, 157, 100, link);
  put(header, 257, 8,
      std::string_view("ustar\0"
                       "00",
                       8));
  put(header, 265, 32, "root");
  put(header, 297, 32, "root");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, 8, fmt::format("{:06o}", sum));
  header[154] = '\0';
  header[155] = ' ';
  tar.append(header.data(), header.size());
}

/// "LEN key=value\n", where LEN counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (fmt::formatted_size("{}", length) + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

void append_entry(std::string& tar, std::string_view path, const Entry& entry) {
  const bool is_link = entry.kind == Entry::Kind::link;
  const std::string_view link = is_link ? std::string_view(entry.content) : std::string_view();
  const std::uint64_t size = entry.kind == Entry::Kind::file ? entry.content.size() : 0;
  std::string pax;
  if (path.size() > 100) pax += pax_record("path", path);
  if (link.size() > 100) pax += pax_record("linkpath", link);
  if (size > kLargestOctal) pax += pax_record("size", fmt::format("{}", size));
  if (!pax.empty()) {
    append_header(tar, 'x', "pax", "", 0644, pax.size());
    tar += pax;
    pad(tar);
  }
  const char type = is_link ? '2' : entry.kind == Entry::Kind::directory ? '5' : '0';
  append_header(tar, type, path, link, entry.mode, size);
  if (size == 0) return;
  tar += entry.content;
  pad(tar);
}

bool same(const Entry& a, const Entry& b) {
  return a.kind == b.kind && a.mode == b.mode && a.content == b.content;
}

}  // namespace

Result<void> Tree::add(std::string_view path, Entry entry) {
  if (path.size() < 2 || path.front() != '/')
    return fail(Code::usage, "'{}' is not an absolute path in an image", path);
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  std::string parent;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos)
      return fail(Code::usage, "'/{}' is not a clean path: no empty part, '.' or '..' may be in it", path);
    if (!parent.empty()) {
      entries_.try_emplace(parent + "/", Entry{.kind = Entry::Kind::directory, .mode = 0755});
      if (entries_.contains(parent))
        return fail(Code::usage, "'/{}' is below '/{}', which is a file", path, parent);
    }
    parent += parent.empty() ? std::string(part) : "/" + std::string(part);
  }
  std::string key = parent;
  if (entry.kind == Entry::Kind::directory) {
    key += '/';
    entries_.insert_or_assign(key, std::move(entry));
    return {};
  }
  if (entries_.contains(key + "/"))
    return fail(Code::usage, "'/{}' is both a directory and a file of the image", key);
  const auto [it, added] = entries_.try_emplace(key, entry);
  if (!added && !same(it->second, entry))
    return fail(Code::usage, "two different files want the place '/{}' in the image", key);
  return {};
}

std::string Tree::tar() const {
  std::size_t size = 2 * kBlock;
  for (const auto& [path, entry] : entries_) size += entry.content.size() + 4 * kBlock;
  std::string tar;
  tar.reserve(size);
  for (const auto& [path, entry] : entries_) append_entry(tar, path, entry);
  append_tar_end(tar);
  return tar;
}

void append_tar_file(std::string& tar, std::string_view path, std::string_view bytes, unsigned mode) {
  append_entry(tar, path, Entry{.kind = Entry::Kind::file, .mode = mode, .content = std::string(bytes)});
}

void append_tar_end(std::string& tar) { tar.append(2 * kBlock, '\0'); }

}  // namespace dpctl::image
