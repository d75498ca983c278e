// split.cpp: cuts a script into statements. It knows just enough of each lexical grammar to tell where a
// semicolon is not the end:
//   ClickHouse  'a\'b''c'  "name" `name` with backslashes, -- and # ! comments, /* */ that do not nest, $tag$
//   … $tag$ heredocs PostgreSQL  'a''b', E'a\'b', "name", -- comments, /* */ that nest, $tag$ … $tag$ quotes
#include <cctype>

#include "lib/migrate/migrate.hpp"

namespace dpctl::migrate {
namespace {

constexpr std::size_t kMostBytes = 1U << 20U;
constexpr std::size_t kMostStatements = 10'000;

class Splitter {
 public:
  Splitter(std::string_view sql, std::string_view file, Engine engine)
      : sql_(sql), file_(file), engine_(engine) {}

  Result<std::vector<Statement>> run() {
    while (at_ < sql_.size()) {
      DPCTL_TRY(const bool comment, skip_comment());
      if (comment) continue;
      const char c = sql_[at_];
      if (c == ';') {
        DPCTL_CHECK(end_statement());
        ++at_;
        continue;
      }
      if (std::isspace(static_cast<unsigned char>(c)) == 0 && begin_ == std::string_view::npos) begin_ = at_;
      if (c == '\'' || c == '"' || c == '`') {
        DPCTL_CHECK(skip_quoted(c));
      } else if (c == '$') {
        DPCTL_CHECK(skip_dollar());
      } else {
        ++at_;
      }
    }
    DPCTL_CHECK(end_statement());
    return std::move(statements_);
  }

 private:
  Failure unclosed(std::size_t from, std::string_view what) const {
    const auto place = place_of(from);
    return fail(Code::usage, "{} is not closed", what)
        .at({.subject = std::string(file_),
             .line = place.line,
             .column = place.column,
             .source_line = line_text(from)});
  }

  Statement place_of(std::size_t at) const {
    Statement place;
    for (std::size_t i = 0; i < at; ++i) {
      if (sql_[i] == '\n')
        ++place.line, place.column = 1;
      else
        ++place.column;
    }
    return place;
  }

  std::string line_text(std::size_t at) const {
    const auto begin = at == 0 ? std::string_view::npos : sql_.rfind('\n', at - 1);
    const auto from = begin == std::string_view::npos ? 0 : begin + 1;
    return std::string(sql_.substr(from, sql_.find('\n', at) - from));
  }

  bool ahead(std::string_view text) const { return sql_.substr(at_).starts_with(text); }

  /// Steps over one comment; says whether there was one.
  Result<bool> skip_comment() {
    const bool hash = engine_ == Engine::clickhouse && (ahead("# ") || ahead("#!"));
    if (ahead("--") || hash) {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
      return true;
    }
    if (!ahead("/*")) return false;
    const auto from = at_;
    std::size_t depth = 0;
    while (at_ < sql_.size()) {
      if (ahead("/*") && (depth == 0 || engine_ == Engine::postgres)) {
        ++depth;
        at_ += 2;
      } else if (ahead("*/")) {
        at_ += 2;
        if (--depth == 0) return true;
      } else {
        ++at_;
      }
    }
    return unclosed(from, "this comment");
  }

  bool backslash_escapes(char quote) const {
    if (engine_ == Engine::clickhouse) return true;
    // PostgreSQL: only in E'…'.
    return quote == '\'' && at_ > 0 && (sql_[at_ - 1] == 'E' || sql_[at_ - 1] == 'e') &&
           (at_ < 2 ||
            (std::isalnum(static_cast<unsigned char>(sql_[at_ - 2])) == 0 && sql_[at_ - 2] != '_'));
  }

  Result<void> skip_quoted(char quote) {
    const auto from = at_;
    const bool escapes = backslash_escapes(quote);
    for (++at_; at_ < sql_.size(); ++at_) {
      if (escapes && sql_[at_] == '\\') {
        ++at_;
      } else if (sql_[at_] == quote) {
        if (at_ + 1 >= sql_.size() || sql_[at_ + 1] != quote) {
          ++at_;
          return {};
        }
        ++at_;  // a doubled quote
      }
    }
    return unclosed(from, quote == '\'' ? "this string" : "this quoted name");
  }

  Result<void> skip_dollar() {
    const auto from = at_;
    auto end = at_ + 1;
    const auto in_tag = [&](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    const bool after_name = at_ > 0 && in_tag(sql_[at_ - 1]);
    while (end < sql_.size() && in_tag(sql_[end])) ++end;
    const bool parameter = end > at_ + 1 && std::isdigit(static_cast<unsigned char>(sql_[at_ + 1])) != 0;
    if (after_name || parameter || end >= sql_.size() || sql_[end] != '$') {
      ++at_;
      return {};
    }
    const auto tag = sql_.substr(at_, end + 1 - at_);
    const auto close = sql_.find(tag, end + 1);
    if (close == std::string_view::npos) return unclosed(from, "this dollar quote");
    at_ = close + tag.size();
    return {};
  }

  Result<void> end_statement() {
    if (begin_ == std::string_view::npos) return {};
    if (statements_.size() >= kMostStatements)
      return fail(Code::usage, "{} has more than {} statements", file_, kMostStatements);
    auto statement = place_of(begin_);
    statement.text = sql_.substr(begin_, at_ - begin_);
    while (!statement.text.empty() && std::isspace(static_cast<unsigned char>(statement.text.back())) != 0)
      statement.text.pop_back();
    statements_.push_back(std::move(statement));
    begin_ = std::string_view::npos;
    return {};
  }

  std::string_view sql_, file_;
  Engine engine_;
  std::size_t at_ = 0;
  std::size_t begin_ = std::string_view::npos;
  std::vector<Statement> statements_;
};

}  // namespace

Result<std::vector<Statement>> split_statements(std::string_view sql, std::string_view file, Engine engine) {
  if (sql.size() > kMostBytes) return fail(Code::usage, "{} is larger than {} bytes", file, kMostBytes);
  return Splitter(sql, file, engine).run();
}

}  // namespace dpctl::migrate
