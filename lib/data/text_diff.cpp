#include "lib/data/text_diff.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace dpctl {
namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

struct Edit {
  char kind;  // ' ', '-' or '+'
  std::size_t before;
  std::size_t after;
};

// Myers' greedy algorithm ("An O(ND) Difference Algorithm", 1986) with the furthest points of each round kept
// for the way back.
class Myers {
 public:
  Myers(const Lines& a, const Lines& b, std::size_t begin, std::size_t end_a, std::size_t end_b,
        std::size_t most)
      : a_(a),
        b_(b),
        begin_(begin),
        n_(static_cast<std::ptrdiff_t>(end_a - begin)),
        m_(static_cast<std::ptrdiff_t>(end_b - begin)),
        most_(std::min(static_cast<std::ptrdiff_t>(most), n_ + m_)) {}

  std::vector<Edit> run() {
    std::vector<std::ptrdiff_t> furthest(static_cast<std::size_t>(2 * most_ + 3));
    const auto at = [&](std::ptrdiff_t k) -> std::ptrdiff_t& {
      return furthest[static_cast<std::size_t>(k + most_ + 1)];
    };
    for (std::ptrdiff_t d = 0; d <= most_; ++d) {
      for (std::ptrdiff_t k = -d; k <= d; k += 2) {
        std::ptrdiff_t x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
        while (x < n_ && x - k < m_ && same(x, x - k)) ++x;
        at(k) = x;
        if (x >= n_ && x - k >= m_) return way_back(d);
      }
      std::vector<std::ptrdiff_t> round(static_cast<std::size_t>(2 * d + 1));
      for (std::ptrdiff_t k = -d; k <= d; ++k) round[static_cast<std::size_t>(k + d)] = at(k);
      rounds_.push_back(std::move(round));
    }
    return replaced();
  }

 private:
  [[nodiscard]] bool same(std::ptrdiff_t x, std::ptrdiff_t y) const {
    return a_[begin_ + static_cast<std::size_t>(x)] == b_[begin_ + static_cast<std::size_t>(y)];
  }
  [[nodiscard]] Edit edit(char kind, std::ptrdiff_t x, std::ptrdiff_t y) const {
    return {kind, begin_ + static_cast<std::size_t>(x), begin_ + static_cast<std::size_t>(y)};
  }

  std::vector<Edit> way_back(std::ptrdiff_t d) const {
    std::vector<Edit> edits;
    std::ptrdiff_t x = n_, y = m_;
    for (; d > 0; --d) {
      const auto& round = rounds_[static_cast<std::size_t>(d - 1)];
      const auto at = [&](std::ptrdiff_t k) {
        return k < -(d - 1) || k > d - 1 ? -1 : round[static_cast<std::size_t>(k + d - 1)];
      };
      const std::ptrdiff_t k = x - y;
      const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
      const std::ptrdiff_t from_x = down ? at(k + 1) : at(k - 1), from_y = from_x - (down ? k + 1 : k - 1);
      for (const std::ptrdiff_t start_x = from_x + (down ? 0 : 1); x > start_x;) {
        --x;
        --y;
        edits.push_back(edit(' ', x, y));
      }
      x = from_x;
      y = from_y;
      edits.push_back(down ? edit('+', x, y) : edit('-', x, y));
    }
    while (x > 0 && y > 0) {
      --x;
      --y;
      edits.push_back(edit(' ', x, y));
    }
    std::reverse(edits.begin(), edits.end());
    return edits;
  }

  [[nodiscard]] std::vector<Edit> replaced() const {
    std::vector<Edit> edits;
    for (std::ptrdiff_t x = 0; x < n_; ++x) edits.push_back(edit('-', x, 0));
    for (std::ptrdiff_t y = 0; y < m_; ++y) edits.push_back(edit('+', n_, y));
    return edits;
  }

  const Lines& a_;
  const Lines& b_;
  std::size_t begin_;
  std::ptrdiff_t n_, m_, most_;
  std::vector<std::vector<std::ptrdiff_t>> rounds_;
};

std::string range_of(std::size_t first, std::size_t count) {
  if (count == 1) return std::to_string(first + 1);
  return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

void write_hunk(std::string& out, const std::vector<Edit>& edits, std::size_t from, std::size_t to,
                const Lines& a, const Lines& b) {
  std::size_t removed = 0, added = 0;
  for (std::size_t i = from; i < to; ++i) {
    removed += edits[i].kind != '+' ? 1 : 0;
    added += edits[i].kind != '-' ? 1 : 0;
  }
  out += fmt::format("@@ -{} +{} @@\n", range_of(edits[from].before, removed),
                     range_of(edits[from].after, added));
  for (std::size_t i = from; i < to; ++i) {
    const std::string_view line = edits[i].kind == '+' ? b[edits[i].after] : a[edits[i].before];
    out += edits[i].kind;
    out += line;
    if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
  }
}

}  // namespace

std::string text_diff(std::string_view before, std::string_view after, const TextDiffOptions& options) {
  if (before == after) return "";
  const Lines a = lines_of(before), b = lines_of(after);
  std::size_t prefix = 0, end_a = a.size(), end_b = b.size();
  while (prefix < std::min(end_a, end_b) && a[prefix] == b[prefix]) ++prefix;
  while (end_a > prefix && end_b > prefix && a[end_a - 1] == b[end_b - 1]) {
    --end_a;
    --end_b;
  }
  std::vector<Edit> edits;
  for (std::size_t i = prefix - std::min(prefix, options.context); i < prefix; ++i)
    edits.push_back({' ', i, i});
  const auto middle = Myers(a, b, prefix, end_a, end_b, options.most_edits).run();
  edits.insert(edits.end(), middle.begin(), middle.end());
  for (std::size_t i = 0; i < options.context && end_a + i < a.size(); ++i)
    edits.push_back({' ', end_a + i, end_b + i});

  std::string out = fmt::format("--- {}\n+++ {}\n", options.before_name, options.after_name);
  const auto is_change = [](const Edit& edit) { return edit.kind != ' '; };
  for (auto change = std::find_if(edits.begin(), edits.end(), is_change); change != edits.end();) {
    const auto context = static_cast<std::ptrdiff_t>(options.context);
    const auto from = change - std::min(context, change - edits.begin());
    auto last = change;
    for (auto next = change; next != edits.end() && next - last <= 2 * context + 1;
         next = std::find_if(next + 1, edits.end(), is_change))
      last = next;
    const auto to = last + 1 + std::min(context, edits.end() - last - 1);
    write_hunk(out, edits, static_cast<std::size_t>(from - edits.begin()),
               static_cast<std::size_t>(to - edits.begin()), a, b);
    change = std::find_if(last + 1, edits.end(), is_change);
  }
  return out;
}

}  // namespace dpctl
