#include "lib/chart/value/complex.hpp"

#include <memory>

#include "lib/chart/text/error.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

class Complex final : public Object {
 public:
  Complex(double real, double imaginary) : real_(real), imaginary_(imaginary) {}
  std::string_view type_name() const override { return "complex128"; }
  std::string_view kind_name() const override { return "complex128"; }
  Value field(std::string_view) const override { return {}; }
  std::string print() const override {
    const auto imaginary = format_real(imaginary_);
    return "(" + format_real(real_) + (imaginary[0] == '-' || imaginary[0] == '+' ? "" : "+") + imaginary + "i)";
  }
  Value plain() const override { throw_error("json: unsupported type: complex128"); }
  bool truth() const override { return real_ != 0 || imaginary_ != 0; }

 private:
  double real_, imaginary_;
};

}  // namespace

Value complex_number(double real, double imaginary) {
  return Value::object(std::make_shared<Complex>(real, imaginary));
}

}  // namespace dpctl::chart
