// SPDX-License-Identifier: MIT
// Every rank runs every test; the program fails when one rank does.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/distributed/session.h"
#include "tests/run_all.h"

namespace irmae::tests {
distributed::MpiSession* session = nullptr;

namespace {

/// What fails on a rank whose other output, the same as rank 0's, is not shown.
class FailuresOfRank : public ::testing::EmptyTestEventListener {
 public:
  explicit FailuresOfRank(int rank) : rank_(rank) {}

  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (!result.failed()) return;
    const char* file = result.file_name();
    std::fprintf(stderr, "rank %d: %s:%d: %s\n", rank_, file ? file : "somewhere", result.line_number(), result.summary());
  }

 private:
  int rank_;
};

}  // namespace

}  // namespace irmae::tests

int main(int count, char** arguments) {
  irmae::distributed::MpiSession session;
  irmae::tests::session = &session;
  ::testing::InitGoogleTest(&count, arguments);
  auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
  if (session.rank() != 0) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new irmae::tests::FailuresOfRank(session.rank()));
  }
  const int mine = irmae::tests::run_all();
  const auto world = session.world(std::chrono::seconds(60));
  // One exit status: of different ones mpirun tells the first that comes.
  if (world->any(mine == 1, "agreement whether a rank's test failed")) return 1;
  return world->any(mine == 0, "agreement whether a rank's test passed") ? 0 : mine;
}
