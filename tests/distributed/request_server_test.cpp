// SPDX-License-Identifier: MIT
// Every rank asks at once: each question is answered once, and the teams' own collectives go on meanwhile.
#include "framework/distributed/request_server.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "tests/distributed/session.h"

namespace irmae::distributed {
namespace {

using std::chrono::seconds;

TEST(RequestServer, IsACounterThatAllRanksShare) {
  MpiSession& session = *tests::session;
  int next = 0;
  const auto server = open_request_server(
      &session, [&](int, const std::string&) { return std::to_string(next++); }, seconds(60));
  torch::Tensor taken = torch::zeros({40 * session.size()}, torch::kInt64);
  for (int i = 0; i < 40; ++i) taken[std::stoi(server->ask("next"))] += 1;
  server->wait_for_all();
  session.world(seconds(60))->sum(taken, "sum");

  EXPECT_TRUE(taken.eq(1).all().item<bool>()) << taken;
}

TEST(RequestServer, SaysWhoAsksAndTakesLongQuestions) {
  MpiSession& session = *tests::session;
  const auto server = open_request_server(
      &session, [](int from, const std::string& question) { return std::to_string(from) + question; }, seconds(60));
  const std::string text(100'000, 'x');

  EXPECT_EQ(server->ask(text), std::to_string(session.rank()) + text);
  server->wait_for_all();
}

TEST(RequestServer, AnswersWhileATeamReduces) {
  MpiSession& session = *tests::session;
  const auto server = open_request_server(
      &session, [](int, const std::string&) { return std::string("yes"); }, seconds(60));
  const auto world = session.world(seconds(60));
  const torch::Tensor ones = torch::ones({1000});
  for (int i = 0; i < 20; ++i) {
    const auto work = world->all_reduce(ones, "test");
    EXPECT_EQ(server->ask("?"), "yes");
    work->wait();
  }
  EXPECT_FLOAT_EQ(ones[0].item<float>(), std::pow(static_cast<float>(session.size()), 20.0F));
  server->wait_for_all();
}

TEST(RequestServer, LetsWhoWaitsForTheOthersAskMeanwhile) {
  MpiSession& session = *tests::session;
  if (session.size() == 1) GTEST_SKIP() << "for several ranks";
  int told = 0;
  const auto server = open_request_server(
      &session,
      [&](int, const std::string& question) {
        if (question == "I wait") ++told;
        return std::to_string(told);
      },
      seconds(60));
  const int others = session.size() - 1;
  if (session.rank() < others) {
    server->wait_for_all([&, asked = false]() mutable {
      if (!std::exchange(asked, true)) server->ask("I wait");
    });
    return;
  }
  int heard = 0;  // by the last rank, for which they wait
  for (int i = 0; i < 10'000 && heard < others; ++i) heard = std::stoi(server->ask("how many wait?"));
  server->wait_for_all();

  EXPECT_EQ(heard, others);
}

TEST(Team, ReducesAmongItsOwnRanksAlone) {
  MpiSession& session = *tests::session;
  const int first = session.rank() / 2 * 2, count = std::min(2, session.size() - first);
  const auto team = session.team(first, count, seconds(60));
  const torch::Tensor rank = torch::full({1}, session.rank(), torch::kInt64);
  team->sum(rank, "sum");

  EXPECT_EQ(team->size(), count);
  EXPECT_EQ(team->rank(), session.rank() - first);
  EXPECT_EQ(rank.item<std::int64_t>(), count == 2 ? 2 * first + 1 : first);
}

}  // namespace
}  // namespace irmae::distributed
