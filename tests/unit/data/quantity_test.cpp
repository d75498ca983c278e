#include "lib/data/quantity.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

TEST_CASE("quantities are read and printed in canonical form as Kubernetes does") {
  struct Row {
    const char* text;
    const char* canonical;
  };
  const Row rows[] = {{"500m", "500m"},
                      {"0.5", "500m"},
                      {"1", "1"},
                      {"1000m", "1"},
                      {"1500m", "1500m"},
                      {"1000k", "1M"},
                      {"512Mi", "512Mi"},
                      {"1024Mi", "1Gi"},
                      {"1.5Gi", "1536Mi"},
                      {"1e3", "1e3"},
                      {"12E6", "12e6"},
                      {"100e-3", "100e-3"},
                      {"0", "0"},
                      {"0Mi", "0"},
                      {"-1Gi", "-1Gi"},
                      {"1000Ki", "1000Ki"},
                      {"1E", "1E"},
                      {"1.000", "1"},
                      {"0.1n", "1n"},
                      {"+5", "5"},
                      {".5", "500m"},
                      {"5.", "5"},
                      {"9999999999999999999", "9223372036854775807"}};
  for (const auto& row : rows) {
    const auto quantity = Quantity::parse(row.text);
    REQUIRE_MESSAGE(quantity, row.text);
    CHECK_MESSAGE(quantity->text() == row.canonical, row.text);
  }
}

TEST_CASE("quantities compare by value whatever their spelling") {
  CHECK(Quantity::parse("1Gi").value() == Quantity::parse("1024Mi").value());
  CHECK(Quantity::parse("0.5").value() == Quantity::parse("500m").value());
  CHECK(Quantity::parse("1G").value() < Quantity::parse("1Gi").value());
  CHECK(Quantity::parse("1500m").value().units() == 2);
  CHECK(Quantity::parse("1.5").value().milli() == 1500);
  CHECK(Quantity::parse("1Ki").value().as_double() == 1024.0);
}

TEST_CASE("what is no quantity is refused with a reason") {
  for (const char* text :
       {"", "m", "1x", "1mi", "1.2.3", "1 Gi", "e3", "1e", "--1", "1Mi2", "1e999", "123456789012345678901"})
    CHECK_MESSAGE(!Quantity::parse(text), text);
  CHECK(one_line(Quantity::parse("1x").error()) == "'1x' is no quantity: 'x' is no suffix");
}
