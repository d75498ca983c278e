// Settings are sent with each request, because their defaults differ between the releases in use (23.8
// and 26.7): async_insert is on in the newer one, and deduplication in dependent views off in the older.
#include "pipeline-services/io/clickhouse.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::io {
namespace {

constexpr std::string_view kInsertSettings =
    "&async_insert=0&wait_end_of_query=1&insert_deduplicate=1"
    "&deduplicate_blocks_in_dependent_materialized_views=1"
    "&date_time_input_format=best_effort&input_format_skip_unknown_fields=0";
constexpr std::size_t kMaxAnswer = 64U << 20U;

struct Answer {
  long status = 0;
  int exception = 0;
  std::string body;
};

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* opaque) {
  auto& body = static_cast<Answer*>(opaque)->body;
  if (body.size() + size * count > kMaxAnswer) return 0;
  body.append(bytes, size * count);
  return size * count;
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* opaque) {
  const std::string line = to_lower({bytes, size * count});
  constexpr std::string_view kName = "x-clickhouse-exception-code:";
  if (line.starts_with(kName))
    static_cast<Answer*>(opaque)->exception = std::atoi(line.c_str() + kName.size());
  return size * count;
}

// Timeouts, overload, memory, too many parts, too many queries, shutting down, network, Keeper.
bool passes_by_itself(int exception) {
  constexpr std::array kCodes{159, 160, 202, 203, 209, 210, 241, 242, 252, 319, 394, 425, 439, 745, 999};
  return std::find(kCodes.begin(), kCodes.end(), exception) != kCodes.end();
}

void init_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string first_line(std::string_view text) {
  const auto line = split(text, '\n').front();
  return std::string(trim(line.substr(0, 600)));
}

}  // namespace

struct ClickHouse::State {
  ClickHouseOptions options;
  CURL* curl = nullptr;

  explicit State(ClickHouseOptions given) : options(std::move(given)) {
    init_curl_once();
    while (options.url.ends_with('/')) options.url.pop_back();
    curl = curl_easy_init();
  }
  ~State() { curl_easy_cleanup(curl); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<Answer> send(const std::string& path, const std::string_view* body,
                      std::chrono::milliseconds timeout) {
    Answer answer;
    const std::string url = options.url + path;
    curl_slist* headers = curl_slist_append(nullptr, ("X-ClickHouse-User: " + options.user).c_str());
    if (!options.password.empty())
      headers = curl_slist_append(headers, ("X-ClickHouse-Key: " + options.password).c_str());
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
    if (body != nullptr) {
      curl_easy_setopt(curl, CURLOPT_POST, 1L);
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    }
    const auto code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    if (code != CURLE_OK)
      return fail(code == CURLE_OPERATION_TIMEDOUT ? Code::timed_out : Code::failed, "clickhouse at {}: {}",
                  options.url, curl_easy_strerror(code))
          .retryable();
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }

  /// The answer's body when the server said yes.
  Result<std::string> checked(Result<Answer> answer, std::string_view what) {
    if (!answer) return fail(std::move(answer).error());
    if (answer->status == 200 && answer->exception == 0) return std::move(answer->body);
    const int code = answer->exception;
    const bool again = code == 0 ? answer->status >= 500 : passes_by_itself(code);
    const auto ours = code == 516 || code == 497 ? Code::denied
                      : code == 60 || code == 81 ? Code::not_found
                                                 : Code::failed;
    Error error{.code = ours,
                .what = fmt::format("clickhouse refused {}: {} (HTTP {})", what, first_line(answer->body),
                                    answer->status)};
    error.retryable = again;
    if (ours == Code::not_found) error.hints.emplace_back("dpctl migrate apply clickhouse");
    return fail(std::move(error));
  }
};

ClickHouse::ClickHouse(ClickHouseOptions options) : state_(std::make_unique<State>(std::move(options))) {}
ClickHouse::~ClickHouse() = default;
ClickHouse::ClickHouse(ClickHouse&&) noexcept = default;
ClickHouse& ClickHouse::operator=(ClickHouse&&) noexcept = default;

Result<void> ClickHouse::insert(std::string_view table, std::string_view columns, std::string_view native,
                                std::string_view token) {
  const std::string sql =
      fmt::format("INSERT INTO {}.{} ({}) FORMAT Native", state_->options.database, table, columns);
  const std::string path = fmt::format("/?query={}&insert_deduplication_token={}{}", percent_encode(sql),
                                       percent_encode(token), kInsertSettings);
  DPCTL_TRY(const auto body, state_->checked(state_->send(path, &native, state_->options.timeout),
                                             fmt::format("rows of {}", table)));
  static_cast<void>(body);
  return {};
}

Result<std::string> ClickHouse::query(std::string_view sql,
                                      const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string path =
      fmt::format("/?database={}&wait_end_of_query=1&output_format_json_quote_64bit_integers=0",
                  percent_encode(state_->options.database));
  for (const auto& [name, value] : parameters)
    path += fmt::format("&param_{}={}", name, percent_encode(value));
  return state_->checked(state_->send(path, &sql, state_->options.timeout), "a query");
}

Result<void> ClickHouse::ping() {
  DPCTL_TRY(const auto answer, state_->send("/ping", nullptr, std::chrono::milliseconds(2000)));
  if (answer.status == 200) return {};
  return fail(Code::unhealthy, "clickhouse at {} answers ping with HTTP {}", state_->options.url,
              answer.status)
      .retryable();
}

}  // namespace dpctl::io
