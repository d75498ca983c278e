#include "pipeline-services/tools/dead_letters.hpp"

#include <algorithm>

#include "pipeline-services/core/contract/topics.hpp"

namespace dpctl::pipeline {

bool LetterFilter::matches(const DeadLetter& letter, std::int64_t offset) const {
  const auto same = [](const std::string& wanted, const std::string& has) {
    return wanted.empty() || wanted == has;
  };
  return same(issue, letter.issue) && same(code, letter.code) && same(topic, letter.topic) &&
         same(key, letter.key) && (!since || letter.occurred_at >= *since) &&
         (!until || letter.occurred_at < *until) &&
         (offsets.empty() || std::find(offsets.begin(), offsets.end(), offset) != offsets.end()) &&
         (!most_retries || letter.retry_count <= *most_retries);
}

bool LetterFilter::empty() const {
  return issue.empty() && code.empty() && topic.empty() && key.empty() && !since && !until && offsets.empty();
}

std::vector<std::pair<std::string, std::string>> replay_headers(const DeadLetter& letter) {
  auto headers = letter.headers;
  std::erase_if(headers, [](const auto& header) { return header.first == contract::kHeaderRetryCount; });
  headers.emplace_back(contract::kHeaderRetryCount, std::to_string(letter.retry_count + 1));
  return headers;
}

}  // namespace dpctl::pipeline
