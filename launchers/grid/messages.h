// SPDX-License-Identifier: MIT
// What a team's first rank asks rank 0, and what it is told: each one text to the request server.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace irmae::launchers::message {

/// Ranks first ... first + count - 1 of the program, each lane counted as a rank.
struct TeamRanks {
  int first = 0, count = 1;
  bool operator==(const TeamRanks&) const = default;
};

/// How a cell ended for a team. taken_elsewhere: another run trains the cell now.
enum class Outcome { trained, complete_before, stopped, failed, misused, taken_elsewhere };

/// Question: the team has no cell, which is the next? Answered by Train, SplitUp or NoneLeft; all other questions by GoOn or
/// Halt.
struct NextCell {
  static constexpr std::string_view kWord = "next";
  bool operator==(const NextCell&) const = default;
};

/// Tells how the team's cell comes along.
struct Live {
  static constexpr std::string_view kWord = "live";
  double samples = 0;  ///< trained since the last one
  std::string line{};  ///< for now; empty: there is nothing to be said
  bool operator==(const Live&) const = default;
};

/// Tells how many samples of the team's cell an earlier session has trained.
struct TrainedBefore {
  static constexpr std::string_view kWord = "trained-before";
  double samples = 0;
  bool operator==(const TrainedBefore&) const = default;
};

/// Hands over a line for the user that stays.
struct Say {
  static constexpr std::string_view kWord = "say";
  std::string line{};
  bool operator==(const Say&) const = default;
};

/// Tells that the team's cell has come to its end.
struct CellEnds {
  static constexpr std::string_view kWord = "ends";
  std::size_t cell = 0;  ///< its index in the plan
  Outcome outcome = Outcome::trained;
  std::size_t number = 0;  ///< as Train gave it
  std::string text{};      ///< what is to be said of it
  bool operator==(const CellEnds&) const = default;
};

/// Tells that the team was told to stop by a signal, between two cells or after its last one.
struct Stopped {
  static constexpr std::string_view kWord = "stopped";
  bool operator==(const Stopped&) const = default;
};

struct Question {
  using What = std::variant<NextCell, Live, TrainedBefore, Say, CellEnds, Stopped>;
  TeamRanks team{};
  What what{};
  bool operator==(const Question&) const = default;
};

struct Train {
  static constexpr std::string_view kWord = "train";
  std::size_t cell = 0;    ///< its index in the plan
  std::size_t number = 0;  ///< among all that were begun, from 1
  bool operator==(const Train&) const = default;
};

/// Answer: the team becomes teams of so many ranks, and a smaller rest.
struct SplitUp {
  static constexpr std::string_view kWord = "split";
  int ranks = 1;
  bool operator==(const SplitUp&) const = default;
};

struct NoneLeft {
  static constexpr std::string_view kWord = "end";
  bool operator==(const NoneLeft&) const = default;
};

struct GoOn {
  static constexpr std::string_view kWord = "go-on";
  bool operator==(const GoOn&) const = default;
};

/// Answer: the team has to stop at its next step.
struct Halt {
  static constexpr std::string_view kWord = "halt";
  bool operator==(const Halt&) const = default;
};

using Answer = std::variant<Train, SplitUp, NoneLeft, GoOn, Halt>;

std::string to_text(const Question& question);
std::string to_text(const Answer& answer);

/// The question that to_text() made this text of; nothing for any other text.
std::optional<Question> question_from_text(std::string_view text);
/// The answer that to_text() made this text of; nothing for any other text.
std::optional<Answer> answer_from_text(std::string_view text);

}  // namespace irmae::launchers::message
