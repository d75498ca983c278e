#include "lib/base/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>

namespace dpctl {
namespace {

std::string reason(int number) { return std::generic_category().message(number); }

Code code_of(int number) {
  return number == ENOENT                      ? Code::not_found
         : number == EACCES || number == EPERM ? Code::denied
                                               : Code::failed;
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

using Kind = FolderEntry::Kind;

Result<Kind> kind_of(const std::string& folder, const dirent& entry) {
  if (entry.d_type == DT_DIR) return Kind::folder;
  if (entry.d_type == DT_REG) return Kind::file;
  const auto path = folder + "/" + entry.d_name;
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0)
    return fail(code_of(errno), "cannot read {}: {}", path, reason(errno));
  return S_ISDIR(info.st_mode) ? Kind::folder : S_ISREG(info.st_mode) ? Kind::file : Kind::other;
}

Result<void> write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(code_of(errno), "cannot write {}: {}", path.string(), reason(errno));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<std::vector<FolderEntry>> read_folder(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (folder == nullptr) return fail(code_of(errno), "cannot read {}: {}", path, reason(errno));
  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(folder.get());
    if (entry == nullptr && errno != 0)
      return fail(code_of(errno), "cannot read {}: {}", path, reason(errno));
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    DPCTL_TRY(const auto kind, kind_of(path, *entry));
    entries.push_back({std::string(name), kind});
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return fail(code_of(errno), "cannot read {}: {}", path.string(), reason(errno));
  struct stat info{};
  if (::fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode))
    return fail(Code::failed, "cannot read {}: it is a directory", path.string());
  std::string bytes;
  const std::size_t size =
      S_ISREG(info.st_mode) && info.st_size > 0 ? static_cast<std::size_t>(info.st_size) : 0;
  bytes.reserve(std::min(limit, size) + 1);
  char buffer[1U << 16U];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(code_of(errno), "cannot read {}: {}", path.string(), reason(errno));
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
    if (bytes.size() > limit)
      return fail(Code::failed, "cannot read {}: it is larger than {} bytes", path.string(), limit);
    // A file that ends where it said it would is not asked again.
    if (bytes.size() == size && static_cast<std::size_t>(count) < sizeof buffer) return bytes;
  }
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  std::string beside = path.string() + ".XXXXXX";
  {
    const FileDescriptor file(::mkostemp(beside.data(), O_CLOEXEC));
    if (file.get() < 0) return fail(code_of(errno), "cannot write {}: {}", path.string(), reason(errno));
    auto written = write_all(file.get(), bytes, path);
    if (!written) {
      ::unlink(beside.c_str());
      return written;
    }
    ::fchmod(file.get(), mode);
  }
  if (::rename(beside.c_str(), path.c_str()) == 0) return {};
  const int number = errno;
  ::unlink(beside.c_str());
  return fail(code_of(number), "cannot write {}: {}", path.string(), reason(number));
}

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dpctl-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace dpctl
