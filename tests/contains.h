// SPDX-License-Identifier: MIT
// Whether a text contains a part. A failure shows both.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace irmae::tests {

/// Of a page with its figures in it only the beginning: a message is read by somebody.
inline std::string beginning_of(std::string_view text) {
  constexpr std::size_t kMost = 20'000;
  if (text.size() <= kMost) return std::string(text);
  std::string beginning(text, 0, kMost);
  beginning.append("\n... and ").append(std::to_string(text.size() - kMost)).append(" more characters");
  return beginning;
}

inline ::testing::AssertionResult contains(const char* name, const char*, std::string_view text, std::string_view part) {
  if (text.find(part) != std::string_view::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << name << " does not contain \"" << part << "\":\n" << beginning_of(text);
}

inline ::testing::AssertionResult lacks(const char* name, const char*, std::string_view text, std::string_view part) {
  if (text.find(part) == std::string_view::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << name << " contains \"" << part << "\":\n" << beginning_of(text);
}

}  // namespace irmae::tests

#define EXPECT_CONTAINS(text, part) EXPECT_PRED_FORMAT2(::irmae::tests::contains, text, part)
#define ASSERT_CONTAINS(text, part) ASSERT_PRED_FORMAT2(::irmae::tests::contains, text, part)
#define EXPECT_LACKS(text, part) EXPECT_PRED_FORMAT2(::irmae::tests::lacks, text, part)
