// format.cpp: fmt.Sprintf: reads the directives of a format, with widths and precisions that may be operands
// themselves, explicit operand numbers, and Go's own marks for mistakes ("%!s(MISSING)"), which charts'
// output may contain.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "lib/chart/value/format_spec.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

constexpr std::int64_t kMaxNumber = 1'000'000;  // Go's own bound of a width, a precision, an operand's number

class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> operands)
      : format_(format), operands_(operands) {}

  std::string run() {
    while (at_ < format_.size()) {
      const auto percent = format_.find('%', at_);
      out_ += format_.substr(at_, percent - at_);
      if (percent == std::string_view::npos) break;
      at_ = percent + 1;
      directive();
    }
    if (!numbered_ && next_ < operands_.size()) extra();
    return std::move(out_);
  }

 private:
  void directive() {
    FormatSpec spec;
    good_number_ = true;
    read_flags(spec);
    bool after_number = operand_number();
    after_number = read_width(spec, after_number);
    // A point that ends the format is a verb.
    if (at_ + 1 < format_.size() && format_[at_] == '.') {
      ++at_;
      if (after_number) good_number_ = false;
      after_number = read_precision(spec);
    }
    if (!after_number) operand_number();
    if (at_ >= format_.size()) {
      out_ += "%!(NOVERB)";
      return;
    }
    spec.verb = next_rune(format_, at_);
    write(spec);
  }

  void write(FormatSpec& spec) {
    if (spec.verb == '%') {
      out_ += '%';
    } else if (!good_number_) {
      mark(spec.verb, "(BADINDEX)");
    } else if (next_ >= operands_.size()) {
      mark(spec.verb, "(MISSING)");
    } else {
      operand(spec, operands_[next_++]);
    }
  }

  void mark(char32_t verb, std::string_view what) {
    out_ += "%!";
    append_rune(out_, verb);
    out_ += what;
  }

  void operand(FormatSpec& spec, const Value& value) {
    if (spec.verb == 'T') {
      auto type = value.is_nil() ? "<nil>" : type_name(value);
      if (!value.is_nil() && spec.precision)
        type.resize(std::min(type.size(), static_cast<std::size_t>(*spec.precision)));
      return pad_text(out_, spec, type);
    }
    if (spec.verb == 'v' || spec.verb == 'w') {
      spec.go_syntax = std::exchange(spec.sharp, false);
      spec.plus = false;
    }
    format_operand(out_, spec, value);
  }

  void read_flags(FormatSpec& spec) {
    for (; at_ < format_.size(); ++at_) {
      switch (format_[at_]) {
        case '+': spec.plus = true; break;
        case '-': spec.minus = true; break;
        case '#': spec.sharp = true; break;
        case ' ': spec.space = true; break;
        case '0': spec.zero = true; break;
        default: return;
      }
    }
  }

  /// Both return whether a number of an operand was the last thing read.
  bool read_width(FormatSpec& spec, bool after_number) {
    if (take('*')) {
      spec.width = star();
      if (!spec.width) out_ += "%!(BADWIDTH)";
      if (spec.width.value_or(0) < 0) {
        spec.width = -*spec.width;
        spec.minus = true;
        spec.zero = false;
      }
      return false;
    }
    spec.width = number(format_.size());
    if (after_number && spec.width) good_number_ = false;
    return after_number;
  }
  bool read_precision(FormatSpec& spec) {
    const bool after_number = operand_number();
    if (take('*')) {
      spec.precision = star();
      if (spec.precision.value_or(0) < 0) spec.precision.reset();
      if (!spec.precision) out_ += "%!(BADPREC)";
      return false;
    }
    spec.precision = number(format_.size()).value_or(0);
    return after_number;
  }

  /// `[3]`: which operand comes next. False when none is written, or it is no number.
  bool operand_number() {
    if (at_ >= format_.size() || format_[at_] != '[') return false;
    numbered_ = true;
    const auto close = format_.find(']', at_ + 1);
    if (format_.size() - at_ < 3 || close == std::string_view::npos) {
      good_number_ = false;
      ++at_;
      return false;
    }
    ++at_;
    const auto index = number(close);
    const bool is_number = index && at_ == close;
    at_ = close + 1;
    if (is_number && *index >= 1 && static_cast<std::size_t>(*index) <= operands_.size()) {
      next_ = static_cast<std::size_t>(*index) - 1;
    } else {
      good_number_ = false;
    }
    return is_number;
  }

  bool take(char wanted) {
    if (at_ >= format_.size() || format_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  /// Digits up to `end`. A number that is too large takes all of it, and is none.
  std::optional<int> number(std::size_t end) {
    std::optional<int> value;
    for (; at_ < end && format_[at_] >= '0' && format_[at_] <= '9'; ++at_) {
      if (value.value_or(0) > kMaxNumber) {
        at_ = end;
        return std::nullopt;
      }
      value = value.value_or(0) * 10 + (format_[at_] - '0');
    }
    return value;
  }

  std::optional<int> star() {
    if (next_ >= operands_.size()) return std::nullopt;
    const Value& value = operands_[next_++];
    if (!value.is_integer() || value.as_int() > kMaxNumber || value.as_int() < -kMaxNumber)
      return std::nullopt;
    return static_cast<int>(value.as_int());
  }

  void extra() {
    out_ += "%!(EXTRA ";
    for (auto i = next_; i < operands_.size(); ++i) {
      if (i > next_) out_ += ", ";
      out_ += operands_[i].is_nil() ? "<nil>" : type_name(operands_[i]) + "=" + print(operands_[i]);
    }
    out_ += ')';
  }

  std::string_view format_;
  std::span<const Value> operands_;
  std::size_t at_ = 0;    ///< in the format
  std::size_t next_ = 0;  ///< operand
  bool numbered_ = false, good_number_ = true;
  std::string out_;
};

}  // namespace

std::string format_go(std::string_view format, std::span<const Value> args) {
  return Formatter(format, args).run();
}

}  // namespace dpctl::chart
