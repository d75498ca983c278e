#include "lib/kube/requests.hpp"

#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/kube/conflict.hpp"
#include "lib/kube/payload.hpp"

namespace dpctl::kube {
namespace {

constexpr std::size_t kMaxErrorBody = 1U << 20U;
constexpr std::string_view kGoneHint = "list again: the resource version is too old";

Code code_of(int status) {
  switch (status) {
    case 401:
    case 403: return Code::denied;
    case 404: return Code::not_found;
    case 409: return Code::conflict;
    case 504: return Code::timed_out;
    default: return Code::failed;
  }
}

/// The text of `Warning: 299 - "text"` (RFC 7234 5.5), unescaped; "" for anything else.
std::string warning_text(std::string_view value) {
  if (value.substr(0, 4) != "299 ") return "";
  const auto open = value.find('"');
  if (open == std::string_view::npos) return "";
  std::string text;
  for (std::size_t i = open + 1; i < value.size() && value[i] != '"'; ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    text += value[i];
  }
  return text;
}

/// The start of a body that is not what was expected, on one line.
std::string excerpt(std::string_view body) {
  std::string text(trim(body.substr(0, 200)));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

/// "Operation cannot be fulfilled …" becomes part of a sentence; "Deployment.apps …" and
/// "PersistentVolumeClaim …" are names.
std::string lower_first(std::string text) {
  const auto word = text.substr(0, text.find(' '));
  const bool one_capital = word.find_first_of(".ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1) == std::string::npos;
  if (word.size() > 1 && word[0] >= 'A' && word[0] <= 'Z' && one_capital)
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::vector<std::string> hints_for(int status, const Json& answer, const Connection& connection) {
  if (status == 401) {
    const std::string context =
        connection.context.empty() ? "" : " of context \"" + connection.context + "\"";
    return {"the server does not accept the credentials" + context +
            "; log in again or choose another --context"};
  }
  if (status == 403) return {"ask for a Role or ClusterRole with this verb on this resource"};
  if (status == 410) return {std::string(kGoneHint)};
  std::vector<std::string> hints;
  for (const auto& conflict : conflicts_in(answer)) hints.push_back(hint_of(conflict));
  return hints;
}

Error make_error(int status, std::string what, const std::string& subject, std::vector<std::string> hints) {
  Error error{.code = code_of(status), .what = std::move(what)};
  error.where = Place{.subject = subject};
  error.hints = std::move(hints);
  error.retryable = status == 429 || status >= 500;
  return error;
}

}  // namespace

Query& Query::add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += text_.empty() ? '?' : '&';
  text_ += percent_encode(name) + "=" + percent_encode(value);
  return *this;
}

Error status_error(const Json& status, const std::string& subject, const Connection& connection) {
  const int code = static_cast<int>(int_at(status, "code", 500));
  std::string message = lower_first(string_at(status, "message"));
  if (message.empty()) message = fmt::format("the server answered {} {}", code, string_at(status, "reason"));
  return make_error(code, std::move(message), subject, hints_for(code, status, connection));
}

Error status_error(int status, std::string_view body, const std::string& subject,
                   const Connection& connection) {
  if (const auto message = message_of_status(body))
    return status_error(Json{{"code", status}, {"message", *message}}, subject, connection);
  if (body.size() <= kMaxErrorBody) {
    auto answer = parse_json(body, subject, {.depth = 64, .bytes = kMaxErrorBody});
    if (answer && answer->is_object() && string_at(*answer, "kind") == "Status") {
      (*answer)["code"] = status;
      return status_error(*answer, subject, connection);
    }
  }
  const std::string said = excerpt(body);
  return make_error(status, fmt::format("the server answered {}{}{}", status, said.empty() ? "" : ": ", said),
                    subject, hints_for(status, Json::object(), connection));
}

bool is_gone(const Error& error) { return !error.hints.empty() && error.hints.front() == kGoneHint; }

Requests::Requests(Connection connection, std::function<void(std::string_view)> on_warning,
                   std::function<void(std::string_view)> trace)
    : connection_(std::move(connection)), on_warning_(std::move(on_warning)) {
  if (trace) connection_.http.trace = std::move(trace);
  if (!connection_.credentials) connection_.credentials = fixed_credentials("");
}

Result<Grant> Requests::grant(Deadline deadline, const StopToken& stop) {
  return connection_.credentials->grant(deadline, stop);
}

net::HttpClient& Requests::http() { return client(Grant{}); }

net::HttpClient& Requests::client(const Grant& grant) {
  const std::lock_guard lock(mutex_);
  if (!clients_.empty() &&
      (grant.client_cert_pem.empty() || clients_.back().cert_pem == grant.client_cert_pem)) {
    return *clients_.back().http;
  }
  net::ClientOptions options = connection_.http;
  if (!grant.client_cert_pem.empty()) {
    options.tls.client_cert_pem = grant.client_cert_pem;
    options.tls.client_key_pem = grant.client_key_pem;
  }
  clients_.push_back({grant.client_cert_pem, std::make_unique<net::HttpClient>(std::move(options))});
  return *clients_.back().http;
}

net::Headers Requests::identity(const Grant& grant) const {
  net::Headers headers;
  if (!grant.authorization.empty()) headers.add("Authorization", grant.authorization);
  for (const auto& [name, value] : connection_.impersonation.fields()) headers.add(name, value);
  return headers;
}

net::Request Requests::request(const Call& call, const Grant& grant) const {
  net::Request request;
  request.method = call.method;
  request.url = connection_.server + call.path;
  request.headers = identity(grant);
  request.headers.add("Accept", call.accept);
  if (!call.content_type.empty()) request.headers.add("Content-Type", call.content_type);
  if (connection_.disable_compression) request.headers.add("Accept-Encoding", "identity");
  request.body = call.body;
  request.idempotent = call.idempotent;
  return request;
}

void Requests::warn(const std::string& text) {
  if (!on_warning_ || text.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (warned_.size() > 1000 || !warned_.insert(text).second) return;
  }
  on_warning_(text);
}

void Requests::warn_of(const net::Headers& headers) {
  for (const auto& [name, value] : headers.fields()) {
    if (to_lower(name) == "warning") warn(warning_text(value));
  }
}

Result<net::Response> Requests::judge(Result<net::Response> answer, const Call& call) {
  if (!answer) {
    const Code code = answer.error().code;
    auto failure = fail(code, "no answer from the API server {}", connection_.server)
                       .because(std::move(answer).error())
                       .at(Place{.subject = call.subject});
    if (code == Code::interrupted || code == Code::timed_out) return failure;
    return std::move(failure).hint("is the server up, and is it the right context{}?",
                                   connection_.context.empty() ? "" : " (\"" + connection_.context + "\")");
  }
  warn_of(answer->headers);
  if (answer->status >= 200 && answer->status < 300) return answer;
  return fail(status_error(answer->status, answer->body, call.subject, connection_));
}

Result<net::Response> Requests::send(const Call& call, Deadline deadline, const StopToken& stop) {
  for (bool again = false;; again = true) {
    DPCTL_TRY(const Grant grant, this->grant(deadline, stop));
    auto answer = client(grant).send(request(call, grant), deadline, stop);
    if (answer && answer->status == 401 && !again && refused(grant)) continue;
    return judge(std::move(answer), call);
  }
}

namespace {

Result<Json> tree_of(const Result<net::Response>& answer, const Call& call) {
  if (!answer) return fail(answer.error());
  const std::string* type = answer->headers.find("Content-Type");
  if (type != nullptr && type->find("json") == std::string::npos) {
    return fail(Code::failed, "the server answered {}, not JSON: {}", *type, excerpt(answer->body))
        .at(Place{.subject = call.subject})
        .hint("is it a Kubernetes API server, or a proxy in front of one?");
  }
  auto tree = parse_json(answer->body, call.subject);
  if (!tree) {
    return fail(Code::failed, "the server's answer is not JSON")
        .because(std::move(tree).error())
        .at(Place{.subject = call.subject});
  }
  return tree;
}

}  // namespace

Result<Json> Requests::json(const Call& call, Deadline deadline, const StopToken& stop) {
  return tree_of(send(call, deadline, stop), call);
}

std::vector<Result<net::Response>> Requests::send_all(std::span<const Call> calls, Deadline deadline,
                                                      const StopToken& stop,
                                                      const std::function<void(std::size_t)>& on_done) {
  std::vector<Result<net::Response>> answers;
  if (calls.empty()) return answers;
  auto grant = this->grant(deadline, stop);
  if (!grant) {
    answers.assign(calls.size(), tl::make_unexpected(grant.error()));
    return answers;
  }
  std::vector<net::Request> requests;
  requests.reserve(calls.size());
  for (const auto& call : calls) requests.push_back(request(call, *grant));
  answers = client(*grant).send_all(requests, deadline, stop, on_done);

  std::vector<std::size_t> denied;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i] && answers[i]->status == 401) denied.push_back(i);
  }
  if (!denied.empty() && refused(*grant)) {
    if (auto fresh = this->grant(deadline, stop)) {
      std::vector<net::Request> again;
      for (const std::size_t i : denied) again.push_back(request(calls[i], *fresh));
      auto second = client(*fresh).send_all(again, deadline, stop);
      for (std::size_t i = 0; i < denied.size(); ++i) answers[denied[i]] = std::move(second[i]);
    }
  }
  for (std::size_t i = 0; i < answers.size(); ++i) answers[i] = judge(std::move(answers[i]), calls[i]);
  return answers;
}

std::vector<Result<Json>> Requests::json_all(std::span<const Call> calls, Deadline deadline,
                                             const StopToken& stop,
                                             const std::function<void(std::size_t)>& on_done) {
  const auto answers = send_all(calls, deadline, stop, on_done);
  std::vector<Result<Json>> trees;
  trees.reserve(answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) trees.push_back(tree_of(answers[i], calls[i]));
  return trees;
}

Result<std::unique_ptr<net::BodyStream>> Requests::stream(const Call& call, Deadline deadline,
                                                          const StopToken& stop) {
  for (bool again = false;; again = true) {
    DPCTL_TRY(const Grant grant, this->grant(deadline, stop));
    auto body = client(grant).stream(request(call, grant), deadline, stop);
    if (!body)
      return judge(fail(std::move(body).error()), call).map([](auto&&) {
        return std::unique_ptr<net::BodyStream>();
      });
    if ((*body)->status() == 401 && !again && refused(grant)) continue;
    warn_of((*body)->headers());
    if ((*body)->status() == 200) return body;
    std::string text;
    while (text.size() < kMaxErrorBody) {
      auto piece = (*body)->next(deadline, stop);
      if (!piece || !*piece) break;
      text += **piece;
    }
    return fail(status_error((*body)->status(), text, call.subject, connection_));
  }
}

Result<Requests::Raw> Requests::raw(Deadline deadline, const StopToken& stop) {
  DPCTL_TRY(Grant grant, this->grant(deadline, stop));
  Raw raw{identity(grant), connection_.http, grant};
  if (!grant.client_cert_pem.empty()) {
    raw.options.tls.client_cert_pem = grant.client_cert_pem;
    raw.options.tls.client_key_pem = grant.client_key_pem;
  }
  return raw;
}

}  // namespace dpctl::kube
