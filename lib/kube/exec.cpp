// lib/kube/exec.cpp: runs a command in a container.
//
// The subprotocol v5.channel.k8s.io puts a channel number before the bytes of each binary message: 0 standard
// input, 1 output, 2 errors, 3 the command's fate as a Status, 255 "this channel is closed"
// (k8s.io/apimachinery pkg/util/remotecommand). v5 is what lets us close standard input; with v4 a command
// that reads to the end of its input would wait for ever.
#include <nlohmann/json.hpp>

#include <thread>

#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"
#include "lib/kube/cluster_state.hpp"
#include "lib/net/websocket.hpp"

namespace dpctl::kube {
namespace {

constexpr char kInput = 0;
constexpr char kOutput = 1;
constexpr char kErrors = 2;
constexpr char kFate = 3;
constexpr char kClose = static_cast<char>(255);
constexpr std::size_t kPiece = 32U << 10U;
constexpr std::string_view kV5 = "v5.channel.k8s.io";

Result<void> send_input(net::WebSocket& socket, std::string_view input, Deadline deadline,
                        const StopToken& stop) {
  for (std::size_t from = 0; from < input.size(); from += kPiece) {
    std::string message(1, kInput);
    message += input.substr(from, kPiece);
    DPCTL_CHECK(socket.send(message, true, deadline, stop));
  }
  return socket.send(std::string{kClose, kInput}, true, deadline, stop);
}

/// The refusal to open a WebSocket carries the server's answer as its cause; when that is a Status, it says
/// more than the rest.
Error refusal(Error error, const std::string& subject, const Connection& connection) {
  if (error.cause) {
    const auto status = parse_json(trim(error.cause->what), subject, {.depth = 64});
    if (status && string_at(*status, "kind") == "Status") return status_error(*status, subject, connection);
  }
  const Code code = error.code;
  return fail(code, "cannot run a command").because(std::move(error)).at(Place{.subject = subject}).take();
}

/// The exit code that the Status on channel 3 tells; an Error when the command never ran.
Result<int> exit_code_of(const std::string& fate, const std::string& subject, const Connection& connection) {
  if (fate.empty())
    return fail(Code::failed, "the connection closed before the command's exit code came")
        .at(Place{.subject = subject});
  DPCTL_TRY(const Json status, parse_json(fate, subject, {.depth = 64}));
  if (string_at(status, "status") == "Success") return 0;
  if (string_at(status, "reason") == "NonZeroExitCode") {
    for (const auto& cause : array_at(status, "details.causes")) {
      if (string_at(cause, "reason") != "ExitCode") continue;
      int code = 0;
      if (read_number(string_at(cause, "message"), code)) return code;
    }
  }
  return fail(status_error(status, subject, connection));
}

}  // namespace

Result<Cluster::ExecResult> Cluster::exec(std::string_view ns, std::string_view pod,
                                          std::string_view container, std::span<const std::string> command,
                                          std::string_view input, Deadline deadline, StopToken stop,
                                          std::size_t max_output) {
  const ObjectRef ref{{"", "v1", "Pod"}, std::string(ns), std::string(pod)};
  const std::string subject = state_->subject("exec", ref);
  ResourceType pods;
  pods.gvk = ref.gvk;
  pods.plural = "pods";
  DPCTL_TRY(std::string path, state_->path(pods, ref, "exec"));
  Query query;
  query.add("container", container)
      .add("stdout", "true")
      .add("stderr", "true")
      .add("stdin", input.empty() ? "" : "true");
  for (const auto& word : command) query.add("command", word);
  std::unique_ptr<net::WebSocket> socket;
  for (bool again = false;; again = true) {
    DPCTL_TRY(const Requests::Raw raw, state_->requests.raw(deadline, stop));
    auto opened =
        net::WebSocket::connect(connection().server + path + query.text(), raw.headers,
                                {std::string(kV5), "v4.channel.k8s.io"}, raw.options, deadline, stop);
    if (!opened && opened.error().code == Code::denied && !again && state_->requests.refused(raw.grant))
      continue;
    if (!opened) return fail(refusal(std::move(opened).error(), subject, connection()));
    socket = *std::move(opened);
    break;
  }
  if (!input.empty() && socket->protocol() != kV5) {
    return fail(Code::failed, "the server cannot end a command's input ({}, not {})", socket->protocol(), kV5)
        .at(Place{.subject = subject})
        .hint("Kubernetes 1.30 and newer can");
  }
  // The command may write before it has read all of its input, so both directions run at once.
  StopSource done;
  std::optional<std::stop_callback<std::function<void()>>> forward;
  forward.emplace(stop, [&] { done.request_stop(); });
  std::jthread writer;
  if (!input.empty())
    writer = std::jthread([&] { (void)send_input(*socket, input, deadline, done.get_token()); });

  ExecResult result;
  std::string fate;
  Result<void> failed;
  while (failed) {
    auto message = socket->receive(deadline, stop);
    if (!message) {
      // A connection that breaks after the fate arrived has nothing more to tell.
      if (fate.empty()) failed = fail(std::move(message).error());
      break;
    }
    if (!*message) break;
    const std::string& data = (*message)->data;
    if (data.empty() || data[0] == kClose) continue;
    std::string* into = data[0] == kOutput   ? &result.out
                        : data[0] == kErrors ? &result.err
                        : data[0] == kFate   ? &fate
                                             : nullptr;
    if (into == nullptr) continue;
    if (into->size() + data.size() > max_output) {
      failed = fail(Code::failed, "the command wrote more than {} bytes", max_output)
                   .at(Place{.subject = subject});
      break;
    }
    into->append(data, 1);
  }
  done.request_stop();
  writer = {};
  socket->close();
  if (!failed) return fail(std::move(failed).error());
  DPCTL_TRY(result.exit_code, exit_code_of(fate, subject, connection()));
  return result;
}

}  // namespace dpctl::kube
