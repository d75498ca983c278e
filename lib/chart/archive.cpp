#include "lib/chart/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <set>

#include "lib/chart/functions/path.hpp"

namespace dpctl::chart {
namespace {

struct Close {
  void operator()(archive* a) const { archive_read_free(a); }
};

/// Why libarchive failed; it does not always say.
std::string_view reason(archive* reader) {
  const char* text = archive_error_string(reader);
  return text == nullptr ? "the archive is damaged" : text;
}

/// The path below the archive's top folder; an error when it leads elsewhere. An archive that was made on
/// Windows may have backslashes for slashes.
Result<std::string> inner_path(std::string_view path, std::string_view archive_name) {
  const auto end = path.find(path.find('\\') == std::string_view::npos ? '/' : '\\');
  if (end == std::string_view::npos) return std::string();
  if (end == 0) return fail(Code::usage, "{}: the path {} is absolute", archive_name, path);
  std::string inner(path.substr(end + 1));
  std::replace(inner.begin(), inner.end(), '\\', '/');
  const auto clean = clean_path(inner);
  if (clean == "." || clean.starts_with("..") || clean.starts_with('/') || path.starts_with("..") ||
      path.starts_with('/'))
    return fail(Code::usage, "chart illegally references parent directory")
        .at({.subject = std::string(archive_name)});
  if (clean.size() > 1 && clean[1] == ':')
    return fail(Code::usage, "chart contains illegally named files")
        .at({.subject = std::string(archive_name)});
  return clean;
}

Result<std::string> read_entry(archive* reader, std::string_view path, const LoadLimits& limits,
                               ArchiveBudget& budget) {
  std::string data;
  for (;;) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int code = archive_read_data_block(reader, &block, &size, &offset);
    if (code == ARCHIVE_EOF) return data;
    if (code != ARCHIVE_OK) return fail(Code::usage, "{}: {}", path, reason(reader));
    // A hole in a sparse file would cost nothing in the archive and all it spans in memory.
    if (static_cast<std::size_t>(offset) != data.size())
      return fail(Code::usage, "{} is a sparse file; a chart holds plain files only", path);
    if (data.size() + size > limits.file)
      return fail(Code::usage, "{} is larger than the {} bytes that a chart's file may have", path,
                  limits.file);
    if (!budget.take_bytes(size))
      return fail(Code::usage, "the archive unpacks to more than the {} bytes that a chart may have",
                  limits.total);
    data.append(static_cast<const char*>(block), size);
  }
}

}  // namespace

Result<std::vector<File>> read_archive(std::string_view bytes, std::string_view name,
                                       const LoadLimits& limits, ArchiveBudget& budget) {
  if (bytes.size() < 2 || bytes[0] != '\x1f' || bytes[1] != '\x8b')
    return fail(Code::usage, "{} does not appear to be a gzipped archive", name);
  const std::unique_ptr<archive, Close> reader(archive_read_new());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return fail(Code::usage, "{}: {}", name, reason(reader.get()));
  std::vector<File> files;
  std::set<std::string> names;
  for (;;) {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(reader.get(), &entry);
    if (code == ARCHIVE_EOF) break;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
      return fail(Code::usage, "{}: {}", name, reason(reader.get()));
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr || archive_entry_filetype(entry) == AE_IFDIR) continue;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr)
      return fail(Code::usage, "{}: {} is a link or a device; a chart holds plain files only", name, path);
    DPCTL_TRY(auto inner, inner_path(path, name));
    if (inner.empty()) {
      if (std::string_view(path) == "Chart.yaml")
        return fail(Code::usage, "chart yaml not in base directory").at({.subject = std::string(name)});
      continue;
    }
    if (!budget.take_file())
      return fail(Code::usage, "{} holds more than the {} files that a chart may have", name, limits.files);
    // Which of the two a reader takes is chance: what was looked at need not be what is used.
    if (!names.insert(inner).second) return fail(Code::usage, "{} holds {} twice", name, inner);
    DPCTL_TRY(auto data, read_entry(reader.get(), path, limits, budget));
    files.push_back({std::move(inner), std::move(data)});
  }
  if (files.empty()) return fail(Code::usage, "no files in chart archive {}", name);
  return files;
}

Result<std::vector<File>> read_archive(std::string_view bytes, std::string_view name,
                                       const LoadLimits& limits) {
  ArchiveBudget budget(limits);
  return read_archive(bytes, name, limits, budget);
}

}  // namespace dpctl::chart
