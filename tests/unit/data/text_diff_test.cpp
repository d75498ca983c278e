#include "lib/data/text_diff.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

TEST_CASE("equal texts have no difference") { CHECK(text_diff("a\nb\n", "a\nb\n") == ""); }

TEST_CASE("a change is shown with three lines around it") {
  CHECK(text_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
                  {.before_name = "a", .after_name = "b"}) ==
        "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST_CASE("changes far from each other are hunks of their own") {
  std::string before, after;
  for (int i = 0; i < 30; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 3 || i == 25 ? "x" : "") + std::to_string(i) + "\n";
  }
  CHECK(text_diff(before, after, {.context = 1}) ==
        "--- before\n+++ after\n@@ -3,3 +3,3 @@\n 2\n-3\n+x3\n 4\n@@ -25,3 +25,3 @@\n 24\n-25\n+x25\n 26\n");
}

TEST_CASE("lines are only added or removed where they differ") {
  CHECK(text_diff("a\nb\nc\nd\n", "a\nc\nx\nd\n", {.context = 0}) ==
        "--- before\n+++ after\n@@ -2 +1,0 @@\n-b\n@@ -3,0 +3 @@\n+x\n");
  CHECK(text_diff("", "a\n") == "--- before\n+++ after\n@@ -0,0 +1 @@\n+a\n");
}

TEST_CASE("a missing line break at the end is told") {
  CHECK(text_diff("a\n", "a") ==
        "--- before\n+++ after\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
}

TEST_CASE("beyond the bound the middle is replaced as a whole") {
  CHECK(text_diff("a\nk\nb\n", "c\nk\nd\n", {.context = 0, .most_edits = 1}) ==
        "--- before\n+++ after\n@@ -1,3 +1,3 @@\n-a\n-k\n-b\n+c\n+k\n+d\n");
}
