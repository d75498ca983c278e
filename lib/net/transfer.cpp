// transfer.cpp: one request as a libcurl easy handle.
//
// What is not obvious: libcurl by itself reads proxies from the environment, sends a request again when a
// reused connection turns out to be dead (also a POST), waits a second for "100 Continue", and adds a
// Content-Type to every body. Each is switched off here.
#include "lib/net/transfer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "lib/base/strings.hpp"
#include "lib/net/http_error.hpp"
#include "lib/net/redact.hpp"
#include "lib/net/url.hpp"

namespace dpctl::net {
namespace {

constexpr std::size_t kMostHeaderBytes = 1U << 20U;
constexpr std::size_t kStreamBuffer = 1U << 20U;
constexpr std::size_t kMostReserved = 64U << 20U;
constexpr long kStalledSeconds = 5;  // libcurl 7.88 can forget a transfer of a shared connection that was cut

curl_blob blob_of(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

Transfer::Transfer(const CurlApi& api, Request request, std::shared_ptr<const ClientOptions> options,
                   Kind kind, std::shared_ptr<Mailbox> mailbox, std::size_t index)
    : api_(api),
      request_(std::move(request)),
      options_(std::move(options)),
      kind_(kind),
      mailbox_(std::move(mailbox)),
      index_(index) {}

Transfer::~Transfer() {
  if (easy_ != nullptr) api_.easy_cleanup(easy_);
  api_.slist_free_all(header_list_);
  api_.slist_free_all(connect_to_);
}

CURL* Transfer::start() {
  easy_ = api_.easy_init();
  if (easy_ == nullptr) {
    finish(Error{.code = Code::failed, .what = "libcurl has no memory for a request"});
    return nullptr;
  }
  if (auto usable = set_options(); !usable) {
    finish(std::move(usable).error());
    return nullptr;
  }
  phase_ = Phase::connecting;
  return easy_;
}

Result<void> Transfer::set_options() {
  DPCTL_TRY(const auto url, Url::parse(request_.url));
  if (url.scheme != "http" && url.scheme != "https")
    return fail(Code::usage, "cannot send a request to a {} URL", url.scheme);
  target_ = url.authority();
  if (!options_->proxy.empty()) {
    DPCTL_TRY(const auto proxy, Url::parse(options_->proxy));
    proxy_ = proxy.authority();
  }
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_ERRORBUFFER, detail_);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a hanging name server does not hold up the end of the program
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_TCP_KEEPIDLE, 30L);
  set(CURLOPT_TCP_KEEPINTVL, 10L);
  set(CURLOPT_SOCKOPTFUNCTION, &Transfer::on_socket);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_->connect_timeout.count()));
  set(CURLOPT_PROXY, options_->proxy.c_str());  // also when empty: libcurl would ask the environment
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (kind_ == Kind::connection) set(CURLOPT_CONNECT_ONLY, 1L);
  const bool http1 = options_->http1_only || kind_ != Kind::call;
  set(CURLOPT_HTTP_VERSION, static_cast<long>(http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_PIPEWAIT, http1 ? 0L : 1L);
  if (request_.max_redirects > 0) {
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, static_cast<long>(request_.max_redirects));
    set(CURLOPT_REDIR_PROTOCOLS_STR, url.scheme == "https" ? "https" : "http,https");
  }
  set(CURLOPT_PREREQFUNCTION, &Transfer::on_dispatch);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, this);
  set_tls();
  set_body();

  std::string host_header;
  auto effective = url;
  if (!options_->tls.server_name.empty() && url.scheme == "https") {
    // The name for SNI and the check goes into the URL; where to connect and what Host says stay.
    effective.host = options_->tls.server_name;
    connect_to_ = api_.slist_append(nullptr, ("::" + url.authority()).c_str());
    set(CURLOPT_CONNECT_TO, connect_to_);
    host_header = url.authority();
  }
  auto text = effective.to_string();
  if (!url.userinfo.empty()) text.insert(text.find("://") + 3, url.userinfo + "@");
  set(CURLOPT_URL, text.c_str());
  return set_headers(host_header);
}

Result<void> Transfer::set_headers(const std::string& host_header) {
  const auto append = [this](const std::string& line) {
    header_list_ = api_.slist_append(header_list_, line.c_str());
  };
  if (has_line_break(request_.method) || request_.method.empty())
    return fail(Code::usage, "the method of a request is not usable");
  for (const auto& [name, value] : request_.headers.fields()) {
    if (name.empty() || has_line_break(name) || has_line_break(value) ||
        name.find(':') != std::string::npos) {
      return fail(Code::usage, "the value for header \"{}\" has a line break or a NUL in it",
                  name.substr(0, name.find_first_of("\r\n:")))
          .hint("a token read from a file may end in a line break that does not belong to it");
    }
    if (to_lower(name) == "accept-encoding") {
      set(CURLOPT_ACCEPT_ENCODING, value.c_str());  // so that libcurl also decodes it
      continue;
    }
    append(value.empty() ? name + ";" : name + ": " + value);
  }
  if (request_.headers.find("Content-Type") == nullptr) append("Content-Type:");
  if (request_.headers.find("Expect") == nullptr) append("Expect:");
  if (request_.headers.find("User-Agent") == nullptr) set(CURLOPT_USERAGENT, options_->user_agent.c_str());
  if (!host_header.empty() && request_.headers.find("Host") == nullptr) append("Host: " + host_header);
  set(CURLOPT_HTTPHEADER, header_list_);
  return {};
}

void Transfer::set_body() {
  const auto& method = request_.method;
  if (request_.upload) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &Transfer::on_upload);
    set(CURLOPT_READDATA, this);
    if (request_.upload_bytes) set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(*request_.upload_bytes));
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else {
    set(CURLOPT_HTTPGET, 1L);
    if (method != "GET") set(CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

void Transfer::set_tls() {
  const auto& tls = options_->tls;
  set(CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const auto set_blob = [this](CURLoption option, const std::string& text) {
    if (text.empty()) return;
    auto blob = blob_of(text);
    set(option, &blob);
  };
  set_blob(CURLOPT_CAINFO_BLOB, tls.ca_pem);
  set_blob(CURLOPT_SSLCERT_BLOB, tls.client_cert_pem);
  set_blob(CURLOPT_SSLKEY_BLOB, tls.client_key_pem);
  if (!tls.client_cert_pem.empty()) {
    set(CURLOPT_SSLCERTTYPE, "PEM");
    set(CURLOPT_SSLKEYTYPE, "PEM");
  }
}

int Transfer::on_socket(void*, curl_socket_t socket, curlsocktype) {
  // Unanswered bytes end the connection after half a minute, not after the kernel's quarter of an hour.
  const unsigned milliseconds = 30'000;
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
  return CURL_SOCKOPT_OK;
}

int Transfer::on_dispatch(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.phase_ = Phase::waiting;
  const bool again = transfer.dispatches_++ > 0;
  // libcurl repeats on a fresh connection what it sent on a dead one; only the caller's retry policy may do
  // that. A redirect is no repetition: its answer has been read.
  const bool answered = transfer.response.status >= 300 && transfer.response.status < 400;
  if (again && !answered && !is_idempotent(transfer.request_)) return CURL_PREREQFUNC_ABORT;
  return CURL_PREREQFUNC_OK;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.read_header({data, size * count}) ? size * count : 0;
}

bool Transfer::read_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) {
    callback_error_ = Error{.code = Code::failed,
                            .what = fmt::format("the header of the answer of {} is too large", target_)};
    return false;
  }
  if (line.starts_with("HTTP/")) {
    if (header_done_ && kind_ == Kind::stream && reported_) return true;
    response = {};
    header_done_ = false;
    const auto blank = line.find(' ');
    if (blank != std::string_view::npos)
      std::from_chars(line.data() + blank + 1, line.data() + line.size(), response.status);
    return true;
  }
  if (header_done_) return true;  // trailers
  const auto text = trim(line);
  if (text.empty()) {
    if (response.status >= 200) header_complete();
    return true;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return true;
  response.headers.add(std::string(text.substr(0, colon)), std::string(trim(text.substr(colon + 1))));
  return true;
}

void Transfer::header_complete() {
  const bool moves_on = request_.max_redirects > 0 && response.status >= 300 && response.status < 400 &&
                        response.headers.find("Location") != nullptr;
  header_done_ = true;
  if (moves_on) return;
  phase_ = Phase::reading;
  if (kind_ == Kind::stream) {
    report();
    return;
  }
  // A call's body that stands still belongs to a connection that is broken without saying so.
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, kStalledSeconds);
  const auto* length = response.headers.find("Content-Length");
  std::size_t bytes = 0;
  if (length == nullptr || request_.method == "HEAD") return;
  std::from_chars(length->data(), length->data() + length->size(), bytes);
  if (bytes > request_.max_response_bytes)
    too_large_ = true;
  else
    response.body.reserve(std::min(bytes, kMostReserved));
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_body({data, size * count});
}

std::size_t Transfer::take_body(std::string_view piece) {
  constexpr std::size_t kRefuse = 0;
  if (kind_ == Kind::call) {
    if (too_large_ || response.body.size() + piece.size() > request_.max_response_bytes) {
      too_large_ = true;
      return piece.empty() ? piece.size() : kRefuse;
    }
    response.body.append(piece);
    return piece.size();
  }
  if (!reported_) return piece.size();  // the body of a redirect
  const std::lock_guard lock(mailbox_->mutex);
  if (stream.buffered >= kStreamBuffer) {
    stream.paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  stream.buffered += piece.size();
  stream.pieces.emplace_back(piece);
  mailbox_->changed.notify_all();
  return piece.size();
}

std::size_t Transfer::on_upload(char* out, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->give_upload(out, size * count);
}

std::size_t Transfer::give_upload(char* out, std::size_t room) {
  if (upload_rest_.empty()) {
    const std::lock_guard lock(upload_mutex_);
    if (abandoned_) return CURL_READFUNC_ABORT;
    auto piece = request_.upload();
    if (!piece) {
      callback_error_ = std::move(piece).error();
      return CURL_READFUNC_ABORT;
    }
    upload_rest_ = *std::move(piece);
  }
  const auto bytes = std::min(room, upload_rest_.size());
  std::memcpy(out, upload_rest_.data(), bytes);
  upload_rest_.erase(0, bytes);
  return bytes;
}

void Transfer::resume() {
  {
    const std::lock_guard lock(mailbox_->mutex);
    if (!stream.paused) return;
    stream.paused = false;
  }
  api_.easy_pause(easy_, CURLPAUSE_CONT);
}

void Transfer::abandon() {
  const std::lock_guard lock(upload_mutex_);
  abandoned_ = true;
}

std::string Transfer::describe_wait() const {
  switch (phase_.load()) {
    case Phase::queued: return "waiting for its turn";
    case Phase::connecting: return "connecting";
    case Phase::waiting: return "waiting for the answer";
    case Phase::reading: return "reading the answer";
  }
  return {};
}

void Transfer::report() {
  const std::lock_guard lock(mailbox_->mutex);
  reported_ = true;
  mailbox_->done.push_back(index_);
  mailbox_->changed.notify_all();
}

void Transfer::finish(CURLcode code) {
  if (code == CURLE_OK && header_done_ && !too_large_) {
    if (!reported_) report();
    end_stream(std::nullopt);
    return;
  }
  if (callback_error_) {
    finish(*std::exchange(callback_error_, std::nullopt));
    return;
  }
  const auto failure = failure_of(code);
  auto described = describe(failure);
  described.where = Place{.subject = request_.method + " " + redact_url(request_.url)};
  fail_with(std::move(described), how_broken(failure), spoils_connection(failure));
}

void Transfer::finish(Error why) { fail_with(std::move(why), Broken::final, false); }

void Transfer::fail_with(Error why, Broken how, bool spoiled) {
  if (reported_) {  // a stream whose header the caller has: what it reads without a lock stays as it is
    end_stream(std::move(why));
    return;
  }
  error = std::move(why);
  broken = how;
  spoiled_connection = spoiled;
  report();
}

void Transfer::end_stream(std::optional<Error> why) {
  const std::lock_guard lock(mailbox_->mutex);
  stream.failed = std::move(why);
  stream.ended = true;
  mailbox_->changed.notify_all();
}

TransferFailure Transfer::failure_of(CURLcode code) const {
  TransferFailure failure{.code = code,
                          .target = target_,
                          .proxy = proxy_,
                          .dispatched = dispatches_ > 0,
                          .max_bytes = request_.max_response_bytes};
  if (too_large_) failure.code = CURLE_FILESIZE_EXCEEDED;
  if (code == CURLE_OK && !header_done_) failure.code = CURLE_GOT_NOTHING;
  failure.detail = detail_[0] != '\0' ? detail_ : api_.easy_strerror(failure.code);
  if (code == CURLE_ABORTED_BY_CALLBACK) {  // our own refusal to let libcurl repeat: the connection had
                                            // broken after the request was sent
    failure.code = CURLE_RECV_ERROR;
    failure.detail = "the server closed it";
  }
  long os_errno = 0;
  long proxy_status = 0;
  api_.easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_errno);
  api_.easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
  api_.easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  failure.os_errno = static_cast<int>(os_errno);
  failure.proxy_status = static_cast<int>(proxy_status);
  return failure;
}

}  // namespace dpctl::net
