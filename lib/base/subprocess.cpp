#include "lib/base/subprocess.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "lib/base/strings.hpp"

namespace dpctl {
namespace {

constexpr std::size_t kMostErrors = 64U << 10U;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

struct Pipe {
  Fd read, write;
  Result<void> open() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      return fail(Code::failed, "cannot make a pipe: {}", std::strerror(errno));
    read.reset(ends[0]);
    write.reset(ends[1]);
    return {};
  }
};

/// The whole input as a file in memory: nothing has to be written beside the reading, and a program that ends
/// early breaks no pipe.
Result<void> put_input(const std::string& input, Fd& file) {
  file.reset(::memfd_create("input", MFD_CLOEXEC));
  std::size_t written = 0;
  while (file.get() >= 0 && written < input.size()) {
    const auto count = ::write(file.get(), input.data() + written, input.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  if (written < input.size() || file.get() < 0 || ::lseek(file.get(), 0, SEEK_SET) != 0)
    return fail(Code::failed, "cannot hold its input: {}", std::strerror(errno));
  return {};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

Result<pid_t> start(const Subprocess& process, int input, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (!process.terminal) {
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  auto words = process.words, environment = process.environment;
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, process.program.c_str(), &actions, &attributes,
                                   pointers(words).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return fail(Code::failed, "cannot start {}: {}", process.program.string(), std::strerror(failed));
  return pid;
}

void end(pid_t pid, bool own_group) {
  ::kill(own_group ? -pid : pid, SIGTERM);
  for (int i = 0; i < 20; ++i) {
    if (::waitpid(pid, nullptr, WNOHANG) == pid) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  ::kill(own_group ? -pid : pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

/// Reads what there is; false at the end of the stream.
bool drain(int fd, std::string& into, std::size_t limit) {
  std::array<char, 8192> piece{};
  const ssize_t got = ::read(fd, piece.data(), piece.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  const auto room = limit - std::min(limit, into.size());
  into.append(piece.data(), std::min(room, static_cast<std::size_t>(got)));
  return true;
}

/// Reads to the end of both streams and takes the status of the process.
Result<int> wait_for(const Subprocess& process, pid_t pid, int out, int err, SubprocessOutput& done,
                     Deadline deadline, const StopToken& stop) {
  const bool own_group = !process.terminal;
  int status = 0;
  bool out_open = true, err_open = true, reaped = false;
  while (out_open || err_open) {
    if (!reaped && (stop.stop_requested() || deadline.passed())) {
      end(pid, own_group);
      if (stop.stop_requested()) return fail(Code::interrupted, "interrupted while it was running");
      return fail(Code::timed_out, "it did not answer in time");
    }
    std::array<pollfd, 2> fds{pollfd{out_open ? out : -1, POLLIN, 0}, pollfd{err_open ? err : -1, POLLIN, 0}};
    const auto wait =
        std::min<std::chrono::milliseconds>(deadline.left(), std::chrono::milliseconds(reaped ? 0 : 50));
    if (::poll(fds.data(), fds.size(), static_cast<int>(wait.count())) <= 0) {
      // A child of it may keep the pipe open after it has ended itself: what is there is taken, no more.
      if (reaped) return status;
      reaped = ::waitpid(pid, &status, WNOHANG) == pid;
      continue;
    }
    if (fds[0].revents != 0) out_open = drain(out, done.out, process.most_output + 1);
    if (fds[1].revents != 0) err_open = drain(err, done.err, kMostErrors);
  }
  while (!reaped && ::waitpid(pid, &status, WNOHANG) == 0) {
    if (stop.stop_requested() || deadline.passed()) {
      end(pid, own_group);
      return fail(Code::timed_out, "it closed its output but did not end");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return status;
}

std::string last_lines(std::string_view text) {
  const auto lines = split(trim(text), '\n');
  std::string last;
  for (std::size_t i = lines.size() > 3 ? lines.size() - 3 : 0; i < lines.size(); ++i) {
    if (!last.empty()) last += " | ";
    last += trim(lines[i]);
  }
  return last;
}

}  // namespace

Result<SubprocessOutput> run(const Subprocess& process, Deadline deadline, const StopToken& stop) {
  Pipe out, err;
  Fd input;
  DPCTL_CHECK(out.open());
  DPCTL_CHECK(err.open());
  if (!process.terminal) DPCTL_CHECK(put_input(process.input, input));
  DPCTL_TRY(const auto pid, start(process, input.get(), out.write.get(), err.write.get()));
  out.write.reset();
  err.write.reset();
  SubprocessOutput done;
  DPCTL_TRY(const auto status, wait_for(process, pid, out.read.get(), err.read.get(), done, deadline, stop));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return done;
  const auto how = WIFEXITED(status) ? fmt::format("it ended with exit code {}", WEXITSTATUS(status))
                                     : fmt::format("it was ended by signal {}", WTERMSIG(status));
  const auto said = last_lines(done.err);
  return fail(Code::failed, "{}{}{}", how, said.empty() ? "" : ": ", said);
}

std::filesystem::path find_program(const std::filesystem::path& name, std::string_view path,
                                   const std::filesystem::path& base) {
  if (name.is_absolute()) return name;
  if (name.native().find('/') != std::string::npos) return base / name;
  for (const auto folder : split(path, ':')) {
    if (folder.empty()) continue;
    auto candidate = std::filesystem::path(folder) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace dpctl
