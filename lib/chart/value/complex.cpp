#include "lib/chart/value/complex.hpp"

#include <memory>

#include "lib/chart/text/error.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

class Complex final : public Object {
 public:
  Complex(double real, double imaginary) : parts_{real, imaginary} {}
  [[nodiscard]] ComplexParts parts() const { return parts_; }
  std::string_view type_name() const override { return "complex128"; }
  std::string_view kind_name() const override { return "complex128"; }
  Value field(std::string_view) const override { return {}; }
  std::string print() const override {
    const auto imaginary = format_real(parts_.imaginary);
    return "(" + format_real(parts_.real) + (imaginary[0] == '-' || imaginary[0] == '+' ? "" : "+") +
           imaginary + "i)";
  }
  Value plain() const override { throw_error("json: unsupported type: complex128"); }
  bool truth() const override { return parts_.real != 0 || parts_.imaginary != 0; }

 private:
  ComplexParts parts_;
};

}  // namespace

Value complex_number(double real, double imaginary) {
  return Value::object(std::make_shared<Complex>(real, imaginary));
}

std::optional<ComplexParts> complex_parts(const Value& value) {
  if (value.kind() != Kind::object) return std::nullopt;
  const auto* number = dynamic_cast<const Complex*>(&value.as_object());
  return number == nullptr ? std::nullopt : std::optional(number->parts());
}

}  // namespace dpctl::chart
