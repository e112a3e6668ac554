// SPDX-License-Identifier: MIT
#include "launchers/grid/messages.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace irmae::launchers::message {
namespace {

TEST(Messages, AreTheSameBehindTheirText) {
  std::vector<Question::What> questions = {NextCell{},      Live{0.1 + 0.2, "[3/48] a  epoch 1/2, loss 0.5"},
                                           Live{1e300, ""}, TrainedBefore{2750},
                                           Stopped{},       Say{"two lines\nand  blanks "},
                                           Say{""}};
  for (const Outcome outcome : {Outcome::trained, Outcome::complete_before, Outcome::stopped, Outcome::failed, Outcome::misused,
                                Outcome::taken_elsewhere})
    questions.emplace_back(CellEnds{std::numeric_limits<std::size_t>::max(), outcome, 12, "cell a: it broke\n at 7"});
  for (const Question::What& what : questions) {
    const Question question{{24, 8}, what};
    EXPECT_EQ(question_from_text(to_text(question)), question) << to_text(question);
  }
  for (const Answer& answer : std::vector<Answer>{Train{17, 3}, SplitUp{4}, NoneLeft{}, GoOn{}, Halt{}})
    EXPECT_EQ(answer_from_text(to_text(answer)), answer) << to_text(answer);
}

TEST(Messages, OfAnyOtherTextAreNone) {
  for (const char* text : {"", " ", "next", "next 0", "next 0 1 2", "next 0 one", "next 0 1x", "live 0 1", "live 0 1 many a",
                           "live a b 3 c", "trained-before 0 1 5 6", "ends 0 1 7 trained", "ends 0 1 7 lost 3 text",
                           "ends 0 1 -7 trained 3 text", "stop 0 1", "stopped 0 1 now", "Next 0 1", "train 3 4"})
    EXPECT_FALSE(question_from_text(text)) << text;
  for (const char* text : {"", " ", "train", "train 3", "train 3 4 5", "train three 4", "split", "split 2.5", "split 4 4",
                           "ends", "end 1", "halted", "next 0 1", "train 99999999999999999999999 1"})
    EXPECT_EQ(answer_from_text(text), std::nullopt) << text;
}

}  // namespace
}  // namespace irmae::launchers::message
