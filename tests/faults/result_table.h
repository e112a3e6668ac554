// SPDX-License-Identifier: MIT
// A table in Markdown whose long entries become notes below it.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace irmae::tests {

class ResultTable {
 public:
  explicit ResultTable(std::string corner) : corner_(std::move(corner)) {}

  bool empty() const { return entries_.empty(); }
  std::string& at(const std::string& row, const std::string& column) { return entries_[{row, column}]; }

  /// "n/a: reason" and "WRONG: reason" are shown with a number; equal reasons have one.
  std::string markdown(const std::vector<std::string>& rows, const std::vector<std::string>& columns) const {
    std::string text = "| " + corner_ + " |", line = "|---|";
    std::vector<std::string> notes;
    for (const std::string& column : columns) text += " " + column + " |", line += "---|";
    text += "\n" + line + "\n";
    for (const std::string& row : rows) {
      text += "| " + row + " |";
      for (const std::string& column : columns) text += " " + shown(row, column, notes) + " |";
      text += "\n";
    }
    for (std::size_t i = 0; i < notes.size(); ++i) text += "\n(" + std::to_string(i + 1) + ") " + notes[i] + "\n";
    return text;
  }

 private:
  std::string shown(const std::string& row, const std::string& column, std::vector<std::string>& notes) const {
    const auto found = entries_.find({row, column});
    if (found == entries_.end()) return "";
    const std::size_t colon = found->second.find(": ");
    if (colon == std::string::npos) return found->second;
    const std::string note = found->second.substr(colon + 2);
    auto place = std::find(notes.begin(), notes.end(), note);
    if (place == notes.end()) place = notes.insert(notes.end(), note);
    return found->second.substr(0, colon) + " (" + std::to_string(place - notes.begin() + 1) + ")";
  }

  std::string corner_;
  std::map<std::pair<std::string, std::string>, std::string> entries_;
};

}  // namespace irmae::tests
