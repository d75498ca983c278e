// lib/kube/exec_plugin.cpp: runs a kubeconfig exec plugin, the one subprocess there is.
//
// The plugin is told about itself in KUBERNETES_EXEC_INFO (an ExecCredential), answers with an ExecCredential
// on standard output, and may talk to the terminal on standard error and input when there is one. It runs in
// a process group of its own when it may not talk to the terminal, so that a plugin that hangs can be ended
// with its children; every byte and every second it takes is bounded.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include <nlohmann/json.hpp>

#include "lib/base/strings.hpp"
#include "lib/kube/credentials.hpp"
#include "lib/kube/time.hpp"

namespace dpctl::kube {
namespace {

constexpr std::size_t kMaxOutput = 1U << 20U;
constexpr std::size_t kMaxErrors = 64U << 10U;

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

struct Finished {
  int status = 0;  ///< as waitpid gives it
  std::string out, err;
};

std::filesystem::path program_of(const ExecPlugin& plugin) {
  const std::string& name = plugin.command.native();
  if (plugin.command.is_absolute()) return plugin.command;
  if (name.find('/') != std::string::npos) return plugin.base / plugin.command;
  const auto path = plugin.environment.find("PATH");
  if (path == plugin.environment.end()) return {};
  for (const auto folder : split(path->second, ':')) {
    if (folder.empty()) continue;
    auto candidate = std::filesystem::path(folder) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

Json exec_info(const ExecPlugin& plugin, bool interactive) {
  Json spec = Json::object();
  spec["interactive"] = interactive;
  if (plugin.cluster) spec["cluster"] = *plugin.cluster;
  Json info = Json::object();
  info["kind"] = "ExecCredential";
  info["apiVersion"] = plugin.api_version;
  info["spec"] = std::move(spec);
  return info;
}

void close_pipes(std::array<int, 2>& a, std::array<int, 2>& b) {
  for (const int fd : {a[0], a[1], b[0], b[1]}) {
    if (fd >= 0) ::close(fd);
  }
}

/// Starts the program; the ends to read from go to `out` and, unless it talks to the terminal, `err`.
Result<pid_t> start(const std::filesystem::path& program, std::vector<std::string> words,
                    std::vector<std::string> environment, bool interactive, Fd& out, Fd& err) {
  std::array<int, 2> out_pipe{-1, -1};
  std::array<int, 2> err_pipe{-1, -1};
  if (::pipe2(out_pipe.data(), O_CLOEXEC) != 0 || ::pipe2(err_pipe.data(), O_CLOEXEC) != 0) {
    close_pipes(out_pipe, err_pipe);
    return fail(Code::failed, "cannot make a pipe: {}", std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out_pipe[1], 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (!interactive) {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, err_pipe[1], 2);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (auto& entry : environment) envp.push_back(entry.data());
  envp.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    close_pipes(out_pipe, err_pipe);
    return fail(Code::failed, "cannot start {}: {}", program.string(), std::strerror(failed));
  }
  ::close(out_pipe[1]);
  ::close(err_pipe[1]);
  out.reset(out_pipe[0]);
  err.reset(err_pipe[0]);
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

Result<Finished> wait_for(pid_t pid, bool own_group, Fd& out, Fd& err, Deadline deadline,
                          const StopToken& stop) {
  Finished done;
  bool out_open = true;
  bool err_open = true;
  bool reaped = false;
  while (out_open || err_open) {
    if (!reaped && (stop.stop_requested() || deadline.passed())) {
      end(pid, own_group);
      if (stop.stop_requested()) return fail(Code::interrupted, "interrupted while the plugin was running");
      return fail(Code::timed_out, "the plugin did not answer in time");
    }
    std::array<pollfd, 2> fds{pollfd{out_open ? out.get() : -1, POLLIN, 0},
                              pollfd{err_open ? err.get() : -1, POLLIN, 0}};
    const auto wait =
        std::min<std::chrono::milliseconds>(deadline.left(), std::chrono::milliseconds(reaped ? 0 : 50));
    if (::poll(fds.data(), fds.size(), static_cast<int>(wait.count())) <= 0) {
      // A child of the plugin may keep the pipe open after the plugin itself has ended: take what is there,
      // then go.
      if (reaped) return done;
      reaped = ::waitpid(pid, &done.status, WNOHANG) == pid;
      continue;
    }
    if (fds[0].revents != 0) out_open = drain(out.get(), done.out, kMaxOutput + 1);
    if (fds[1].revents != 0) err_open = drain(err.get(), done.err, kMaxErrors);
  }
  while (!reaped && ::waitpid(pid, &done.status, WNOHANG) == 0) {
    if (stop.stop_requested() || deadline.passed()) {
      end(pid, own_group);
      return fail(Code::timed_out, "the plugin closed its output but did not end");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return done;
}

std::string last_lines(std::string_view text) {
  const auto trimmed = trim(text);
  const auto lines = split(trimmed, '\n');
  const std::size_t from = lines.size() > 3 ? lines.size() - 3 : 0;
  std::string last;
  for (std::size_t i = from; i < lines.size(); ++i) {
    if (!last.empty()) last += " | ";
    last += trim(lines[i]);
  }
  return last;
}

Failure plugin_failed(const ExecPlugin& plugin, Error cause) {
  const Code code =
      cause.code == Code::interrupted || cause.code == Code::timed_out ? cause.code : Code::denied;
  auto failure = fail(code, "no credentials for user \"{}\": the exec plugin {} failed", plugin.user,
                      plugin.command.string())
                     .because(std::move(cause));
  const auto hint = trim(plugin.install_hint);
  if (!hint.empty()) return std::move(failure).hint("{}", hint);
  return std::move(failure).hint("run it by hand to see what it says: {} {}", plugin.command.string(),
                                 join(plugin.args, " "));
}

using Answer = std::pair<Grant, std::chrono::system_clock::time_point>;

Result<Answer> read_answer(const ExecPlugin& plugin, const std::string& text) {
  if (text.size() > kMaxOutput) return fail(Code::denied, "its answer is over {} bytes", kMaxOutput);
  DPCTL_TRY(const Json answer, parse_json(text, "the output of " + plugin.command.filename().string(),
                                          {.depth = 32, .bytes = kMaxOutput}));
  if (string_at(answer, "kind") != "ExecCredential")
    return fail(Code::denied, "its answer is not an ExecCredential");
  if (string_at(answer, "apiVersion") != plugin.api_version) {
    return fail(Code::denied, "it answered in {}, the kubeconfig says {}", string_at(answer, "apiVersion"),
                plugin.api_version);
  }
  Grant grant;
  const std::string token = string_at(answer, "status.token");
  if (!token.empty()) grant.authorization = "Bearer " + token;
  grant.client_cert_pem = string_at(answer, "status.clientCertificateData");
  grant.client_key_pem = string_at(answer, "status.clientKeyData");
  if (grant.client_cert_pem.empty() != grant.client_key_pem.empty()) {
    return fail(Code::denied, "its answer has only one of clientCertificateData and clientKeyData");
  }
  if (grant == Grant{}) return fail(Code::denied, "its answer has neither a token nor a client certificate");
  if (!grant.client_cert_pem.empty()) {
    DPCTL_CHECK(check_client_certificate(grant.client_cert_pem, grant.client_key_pem, plugin.user));
  }
  auto expires = std::chrono::system_clock::time_point::max();
  const std::string expiry = string_at(answer, "status.expirationTimestamp");
  if (!expiry.empty()) {
    const auto time = parse_time(expiry);
    if (!time) return fail(Code::denied, "its expirationTimestamp \"{}\" is not a time", expiry);
    expires = *time;
  }
  return Answer{std::move(grant), expires};
}

}  // namespace

Result<Answer> run_exec_plugin(const ExecPlugin& plugin, Deadline deadline, StopToken stop) {
  if (plugin.interactive_mode == ExecPlugin::Interactive::always && !plugin.terminal) {
    return plugin_failed(plugin, fail(Code::denied, "it needs a terminal, and there is none").take());
  }
  const bool interactive = plugin.terminal && plugin.interactive_mode != ExecPlugin::Interactive::never;
  const auto program = program_of(plugin);
  if (program.empty())
    return plugin_failed(plugin, fail(Code::denied, "{} is not in PATH", plugin.command.string()).take());

  std::vector<std::string> words{plugin.command.string()};
  words.insert(words.end(), plugin.args.begin(), plugin.args.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : plugin.environment) {
    if (name != "KUBERNETES_EXEC_INFO") environment.push_back(name + "=" + value);
  }
  environment.push_back("KUBERNETES_EXEC_INFO=" + dump_json(exec_info(plugin, interactive)));

  Fd out;
  Fd err;
  auto pid = start(program, std::move(words), std::move(environment), interactive, out, err);
  if (!pid) return plugin_failed(plugin, std::move(pid).error());
  auto done = wait_for(*pid, !interactive, out, err, deadline.at_most(plugin.timeout), stop);
  if (!done) return plugin_failed(plugin, std::move(done).error());
  if (!WIFEXITED(done->status) || WEXITSTATUS(done->status) != 0) {
    const std::string how = WIFEXITED(done->status)
                                ? fmt::format("it ended with exit code {}", WEXITSTATUS(done->status))
                                : fmt::format("it was ended by signal {}", WTERMSIG(done->status));
    const std::string said = last_lines(done->err);
    return plugin_failed(plugin, fail(Code::denied, "{}{}{}", how, said.empty() ? "" : ": ", said).take());
  }
  auto answer = read_answer(plugin, done->out);
  if (!answer) return plugin_failed(plugin, std::move(answer).error());
  return answer;
}

}  // namespace dpctl::kube
