// SPDX-License-Identifier: MIT
#include "launchers/grid/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "storage/text/number_in.h"
#include "storage/text/words_of.h"

namespace irmae::launchers::message {

namespace {

constexpr auto kOutcomes =
    storage::words_of<Outcome::taken_elsewhere>({"trained", "complete", "stopped", "failed", "misused", "taken"});

/// Takes a text apart from its front: words with one blank between, then maybe a rest that is any text.
class Words {
 public:
  explicit Words(std::string_view text) : left_(text) {}

  std::string_view word() {
    const std::size_t end = std::min(left_.find(' '), left_.size());
    const std::string_view word = left_.substr(0, end);
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return word;
  }
  template <class Number>
  Number number() {
    const auto number = storage::number_in<Number>(word());
    if (!number) wrong_ = true;
    return number.value_or(0);
  }
  Outcome outcome() {
    const auto outcome = kOutcomes.from(word());
    if (!outcome) wrong_ = true;
    return outcome.value_or(Outcome::failed);
  }
  std::string rest() { return std::string(std::exchange(left_, {})); }

  /// Everything was what was asked for, and nothing is left.
  bool fit() const { return !wrong_ && left_.empty(); }

 private:
  std::string_view left_;
  bool wrong_ = false;
};

// What stands behind a message's own word.
std::string written(const Live& live) { return fmt::format(" {} {}", live.samples, live.line); }
std::string written(const TrainedBefore& before) { return fmt::format(" {}", before.samples); }
std::string written(const Say& say) { return " " + say.line; }
std::string written(const CellEnds& ends) {
  return fmt::format(" {} {} {} {}", ends.cell, kOutcomes.of(ends.outcome), ends.number, ends.text);
}
std::string written(const Train& train) { return fmt::format(" {} {}", train.cell, train.number); }
std::string written(const SplitUp& split) { return fmt::format(" {}", split.ranks); }
template <class NoMore>
std::string written(const NoMore&) {
  return "";
}

std::optional<Question::What> what_from(std::string_view word, Words& words) {
  if (word == NextCell::kWord) return NextCell{};
  if (word == Live::kWord) return Live{words.number<double>(), words.rest()};
  if (word == TrainedBefore::kWord) return TrainedBefore{words.number<double>()};
  if (word == Say::kWord) return Say{words.rest()};
  if (word == CellEnds::kWord)
    return CellEnds{words.number<std::size_t>(), words.outcome(), words.number<std::size_t>(), words.rest()};
  if (word == Stopped::kWord) return Stopped{};
  return std::nullopt;
}

std::optional<Answer> answer_from(std::string_view word, Words& words) {
  if (word == Train::kWord) return Train{words.number<std::size_t>(), words.number<std::size_t>()};
  if (word == SplitUp::kWord) return SplitUp{words.number<int>()};
  if (word == NoneLeft::kWord) return NoneLeft{};
  if (word == GoOn::kWord) return GoOn{};
  if (word == Halt::kWord) return Halt{};
  return std::nullopt;
}

}  // namespace

std::string to_text(const Question& question) {
  return std::visit(
      [&](const auto& what) {
        return fmt::format("{} {} {}{}", what.kWord, question.team.first, question.team.count, written(what));
      },
      question.what);
}

std::string to_text(const Answer& answer) {
  return std::visit([](const auto& what) { return std::string(what.kWord) + written(what); }, answer);
}

std::optional<Question> question_from_text(std::string_view text) {
  Words words(text);
  const std::string_view word = words.word();
  const TeamRanks team{words.number<int>(), words.number<int>()};
  auto what = what_from(word, words);
  if (!what || !words.fit()) return std::nullopt;
  return Question{team, std::move(*what)};
}

std::optional<Answer> answer_from_text(std::string_view text) {
  Words words(text);
  auto answer = answer_from(words.word(), words);
  return words.fit() ? answer : std::nullopt;
}

}  // namespace irmae::launchers::message
