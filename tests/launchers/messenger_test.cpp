// SPDX-License-Identifier: MIT
#include "launchers/grid/messenger.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "storage/error.h"
#include "tests/message_of.h"

namespace irmae::launchers {
namespace {

using message::Answer;
using message::GoOn;
using message::Halt;
using message::Live;
using message::Say;
using What = message::Question::What;

TEST(Messenger, TellsInOrderWhileNobodyWaitsForTheAnswers) {
  std::vector<What> heard;
  std::promise<void> answer;
  Messenger messenger(
      [&](const What& what) -> Answer {
        if (heard.empty()) answer.get_future().wait();
        heard.push_back(what);
        return GoOn{};
      },
      [] { FAIL() << "nobody said halt"; });

  messenger.tell(Live{32, "epoch 1"});
  messenger.tell(Say{"a line"});
  answer.set_value();  // is never reached by a messenger that waits for the first answer
  messenger.finish();

  EXPECT_EQ(heard, (std::vector<What>{Live{32, "epoch 1"}, Say{"a line"}}));
}

TEST(Messenger, PassesOnThatAllAreToStop) {
  bool halted = false;
  Messenger messenger([](const What&) -> Answer { return Halt{}; }, [&] { halted = true; });

  messenger.tell(Live{1, ""});
  messenger.finish();

  EXPECT_TRUE(halted);
}

TEST(Messenger, ThrowsAtItsEndAndAtTheNextMessageWhatCouldNotBeTold) {
  Messenger messenger([](const What&) -> Answer { throw Error("no answer of rank 0"); }, [] {});

  messenger.tell(Say{"first"});

  EXPECT_EQ(tests::message_of<Error>([&] { messenger.finish(); }), "no answer of rank 0");
  EXPECT_EQ(tests::message_of<Error>([&] { messenger.tell(Say{"second"}); }), "no answer of rank 0");
}

TEST(Messenger, HasToldAllWhenItIsGone) {
  int heard = 0;
  {
    Messenger messenger([&](const What&) -> Answer { return ++heard, GoOn{}; }, [] {});
    for (int i = 0; i < 100; ++i) messenger.tell(Live{1, ""});
  }
  EXPECT_EQ(heard, 100);
}

}  // namespace
}  // namespace irmae::launchers
