// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>

#include "storage/text/number_in.h"

namespace irmae::analysis {

/// Whether `a` comes before `b` where numbers within names count as numbers: l=9 before l=10.
inline bool comes_before(const std::string& a, const std::string& b) { return strverscmp(a.c_str(), b.c_str()) < 0; }

/// A word of a label: "IRMAE", "penalty=1e-05".
struct LabelWord {
  explicit LabelWord(const std::string& word) : name(word.substr(0, word.find('='))), value(word.substr(name.size())) {
    if (value.empty()) return;
    const auto read = storage::number_in<double>(std::string_view(value).substr(1));
    is_number = read && !std::isnan(*read);
    if (is_number) number = *read;
  }

  /// Compares two words: < 0 where this one comes first, 0 where they are equal, > 0 where it comes last. Among words of one
  /// name numbers go by their size, before all other values.
  int compare(const LabelWord& other) const {
    if (const int order = strverscmp(name.c_str(), other.name.c_str()); order != 0) return order;
    if (is_number != other.is_number) return is_number ? -1 : 1;
    if (is_number && number != other.number) return number < other.number ? -1 : 1;
    return strverscmp(value.c_str(), other.value.c_str());
  }

  std::string name, value;
  bool is_number = false;
  double number = 0;
};

/// Whether one label comes before another, word by word. Their values may have fractions and powers of ten: penalty=1e-05
/// before penalty=0.0001.
inline bool label_comes_before(const std::string& a, const std::string& b) {
  std::istringstream words_a(a), words_b(b);
  for (std::string word_a, word_b;;) {
    const bool more_a = static_cast<bool>(words_a >> word_a), more_b = static_cast<bool>(words_b >> word_b);
    if (!more_a || !more_b) return !more_a && more_b;
    if (const int order = LabelWord(word_a).compare(LabelWord(word_b)); order != 0) return order < 0;
  }
}

}  // namespace irmae::analysis
