// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer/reducer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "framework/distributed/gpu.h"
#include "framework/distributed/shared_memory.h"
#include "framework/distributed/stopped_early.h"
#include "storage/error.h"
#include "tests/contains.h"
#include "tests/distributed/flat.h"
#include "tests/distributed/session.h"
#include "tests/file_limit.h"
#include "tests/message_of.h"

namespace irmae::distributed {
namespace {

class Ranks : public ::testing::Test {
 protected:
  std::unique_ptr<Communicator> world = tests::session->world(std::chrono::seconds(60));
};

TEST_F(Ranks, LeaveADevicesTensorAloneWhereThereIsOne) {
  if (world->size() > 1) GTEST_SKIP() << "for one rank";
  const torch::Tensor tensor = torch::empty({5}, torch::TensorOptions(torch::kMeta));

  EXPECT_NO_THROW(world->sum(tensor, "test"));
  EXPECT_NO_THROW(world->broadcast(tensor, "test"));
}

TEST_F(Ranks, SumOverAll) {
  torch::Tensor tensor = torch::full({1000}, world->rank() + 1.0);

  world->sum(tensor, "test");

  EXPECT_EQ(tensor.min().item<double>(), world->size() * (world->size() + 1) / 2.0);
}

TEST_F(Ranks, SumPartsOfABufferAndNothingBesideThem) {
  for (const torch::ScalarType type : {torch::kFloat32, torch::kFloat64}) {
    const torch::Tensor buffer = world->make_buffer(10'001, type);
    EXPECT_EQ(buffer.abs().max().item<double>(), 0);
    for (int round = 1; round <= 3; ++round) {
      const torch::Tensor mine = (torch::arange(10'001, type) * 0.1 + world->rank()) / round;
      buffer.copy_(mine);

      world->sum(buffer.narrow(0, 5, 7'003), "test");

      torch::Tensor sum = torch::zeros_like(mine);
      for (int rank = 0; rank < world->size(); ++rank) sum += (torch::arange(10'001, type) * 0.1 + rank) / round;
      torch::Tensor wanted = mine.clone();
      wanted.narrow(0, 5, 7'003).copy_(sum.narrow(0, 5, 7'003));
      EXPECT_TRUE(torch::equal(buffer, wanted)) << "round " << round;  // bits: added in the order of ranks
    }
  }
}

TEST_F(Ranks, SumSeveralBuffersOneAfterTheOther) {
  const torch::Tensor first = world->make_buffer(100, torch::kFloat32), other = torch::ones({100});
  std::vector<std::shared_ptr<Work>> works;
  {
    const torch::Tensor second = world->make_buffer(50, torch::kFloat32);
    first.fill_(1);
    second.fill_(world->rank());
    for (const torch::Tensor& tensor : {first, other, second}) works.push_back(world->all_reduce(tensor, "test"));
    for (const auto& work : works) work->wait();
    EXPECT_EQ(second.max().item<float>(), world->size() * (world->size() - 1) / 2);
  }
  EXPECT_EQ(first.min().item<float>(), world->size());
  EXPECT_EQ(other.min().item<float>(), world->size());
}

TEST_F(Ranks, SeeTheSameCommonMemory) {
  const auto common = world->make_common(1000, torch::kFloat64);
  if (world->size() == 1) {
    EXPECT_EQ(common, nullptr) << "there is nobody to share it with";
    return;
  }
  ASSERT_NE(common, nullptr);
  EXPECT_EQ(common->tensor().abs().max().item<double>(), 0);
  common->meet("test");
  for (int round = 1; round <= 50; ++round) {
    common->tensor()[world->rank()] = 100 * round + world->rank();  // each its own place
    common->meet("test");
    for (int rank = 0; rank < world->size(); ++rank) EXPECT_EQ(common->tensor()[rank].item<double>(), 100 * round + rank);
    common->meet("test");  // before anybody writes again
  }
}

TEST_F(Ranks, AreNamedByWhatSumsOverThem) {
  const bool together = world->make_common(1, torch::kFloat32) != nullptr;

  EXPECT_EQ(world->name(), together ? "shared memory" : "mpi");
}

TEST_F(Ranks, AreNamedByMpiOnceOneOfThemGetsNoMemoryForABuffer) {
  std::optional<tests::FileLimit> small;
  if (world->rank() == world->size() - 1) small.emplace(1 << 20);
  const torch::Tensor buffer = world->make_buffer(1 << 20, torch::kFloat32);
  small.reset();
  buffer.fill_(1);
  world->sum(buffer, "test");

  EXPECT_EQ(buffer.min().item<float>(), world->size());
  EXPECT_EQ(world->name(), "mpi");
}

TEST_F(Ranks, GatherRowsInOrderAlsoOfDifferentNumbers) {
  const torch::Tensor mine = torch::full({world->rank(), 2}, world->rank(), torch::kInt64);

  const torch::Tensor all = world->gather_rows(mine, "test");

  if (!world->root()) return;
  ASSERT_EQ(all.size(0), world->size() * (world->size() - 1) / 2);
  std::int64_t row = 0;
  for (int rank = 0; rank < world->size(); ++rank)
    for (int i = 0; i < rank; ++i) EXPECT_EQ(all[row++][1].item<std::int64_t>(), rank);
}

TEST_F(Ranks, AllThrowWhatTheRootThrows) {
  try {
    world->on_root([] { throw UsageError("told by the root"); }, "test");
    FAIL() << "nothing was thrown";
  } catch (const SharedError& error) {
    EXPECT_STREQ(error.what(), "told by the root");
    EXPECT_EQ(error.kind(), Failure::use);
  }
}

TEST_F(Ranks, AllEndWhereOneIsLeftByWhatIsNoError) {
  const std::string told = "was left by an exception that is no error";

  EXPECT_CONTAINS(tests::message_of<SharedError>([&] { world->on_root([] { throw StoppedEarly(); }, "test"); }), told);
  const auto mine = world->rank() == world->size() - 1 ? std::make_exception_ptr(StoppedEarly()) : nullptr;
  EXPECT_CONTAINS(tests::message_of<SharedError>([&] { world->share_failure(mine, "test"); }), told);
}

TEST_F(Ranks, AllThrowWhatTheFirstThatFailedThrew) {
  const auto share = [&](int first) {
    std::exception_ptr failure;
    if (world->rank() >= first) failure = std::make_exception_ptr(UsageError("told by rank " + std::to_string(world->rank())));
    world->share_failure(failure, "test");
  };
  EXPECT_NO_THROW(share(world->size()));
  for (int first = 0; first < world->size(); ++first) {
    const std::string told = "told by rank " + std::to_string(first);
    try {
      share(first);
      FAIL() << "nothing was thrown where rank " << first << " failed";
    } catch (const SharedError& error) {
      EXPECT_EQ(error.what(), first == 0 ? told : "rank " + std::to_string(first) + ", test: " + told);
      EXPECT_EQ(error.kind(), Failure::use);
    }
  }
  EXPECT_NO_THROW(world->sum(torch::ones({1}), "the next collective")) << "they go on together";
}

TEST_F(Ranks, AllThrowWhatOneThatFailedAloneThrewWhicheverItIs) {
  if (world->size() == 1) GTEST_SKIP() << "for several ranks";
  for (int only = 0; only < world->size(); ++only) {
    std::exception_ptr failure;
    if (world->rank() == only) failure = std::make_exception_ptr(Error("alone"));
    try {
      world->share_failure(failure, "test");
      ADD_FAILURE() << "nothing was thrown where rank " << only << " failed";
    } catch (const SharedError& error) {
      EXPECT_EQ(error.what(), "rank " + std::to_string(only) + ", test: alone");
      EXPECT_EQ(error.kind(), Failure::work);
    }
  }
}

TEST(SharedMemory, OfAnotherIsNotTakenForTheOneThatWasMeant) {
  SharedMemory mine(100), other(100);
  EXPECT_TRUE(SharedMemory(100).open(std::vector{mine.address(), other.address()}, 0));
  // As where two containers count their processes alike: the number leads to something else.
  SharedMemory::Address wrong = other.address();
  wrong.descriptor = mine.address().descriptor;

  EXPECT_FALSE(SharedMemory(100).open(std::vector{mine.address(), wrong}, 0));
}

TEST_F(Ranks, FindTheOneThatDiffers) {
  EXPECT_EQ(world->first_different("same", "test"), -1);
  const int last = world->size() - 1;
  EXPECT_EQ(world->first_different(world->rank() == last ? "other" : "same", "test"), last == 0 ? -1 : last);
}

TEST_F(Ranks, AllGatherTheTextOfEach) {
  const auto text_of = [](int rank) { return std::string(static_cast<std::size_t>(3 * rank), static_cast<char>('a' + rank)); };
  const std::vector<std::string> texts = world->all_gather(text_of(world->rank()), "test");

  ASSERT_EQ(texts.size(), static_cast<std::size_t>(world->size()));
  for (int rank = 0; rank < world->size(); ++rank) EXPECT_EQ(texts[static_cast<std::size_t>(rank)], text_of(rank));
  EXPECT_EQ(world->all_gather("", "test"), std::vector<std::string>(static_cast<std::size_t>(world->size())));
}

TEST_F(Ranks, SumIntegersInTheirPlacesToTheLastOne) {
  const std::int64_t large = (std::int64_t{1} << 53) + 1;  // no float64
  std::vector<std::int64_t> numbers{world->rank(), large, -1}, none;

  world->sum(numbers, "test");
  world->sum(none, "test");

  const std::int64_t size = world->size();
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{size * (size - 1) / 2, size * large, -size}));
  EXPECT_TRUE(none.empty());
}

TEST_F(Ranks, TellEachOtherTheRootsIntegers) {
  std::vector<std::int64_t> numbers{7 + world->rank(), -3 - world->rank()}, none;
  std::int64_t one = 100 + world->rank();

  world->broadcast(numbers, "test");
  world->broadcast({&one, 1}, "test");
  world->broadcast(none, "test");

  EXPECT_EQ(numbers, (std::vector<std::int64_t>{7, -3}));
  EXPECT_EQ(one, 100);
}

TEST_F(Ranks, AllGatherTheIntegerOfEach) {
  std::vector<std::int64_t> wanted;
  for (int rank = 0; rank < world->size(); ++rank) wanted.push_back(5 - 3 * rank);

  EXPECT_EQ(world->all_gather(5 - 3 * world->rank(), "test"), wanted);
}

TEST_F(Ranks, ShareSamplesOneAfterTheOtherInNearlyEqualParts) {
  for (const std::int64_t count : {0, 1, 7, 12}) {
    const Share mine = world->share(count);
    const auto firsts = world->all_gather(mine.first, "test"), counts = world->all_gather(mine.count, "test");

    std::int64_t next = 0;
    for (std::size_t rank = 0; rank < counts.size(); ++rank) {
      EXPECT_EQ(firsts[rank], next) << count << " samples, rank " << rank;
      EXPECT_LE(std::abs(counts[rank] - counts[0]), 1) << count << " samples, rank " << rank;
      next += counts[rank];
    }
    EXPECT_EQ(next, count);
  }
}

/// Rank 0 sees none, rank 1 one, and so on.
TEST_F(Ranks, TellEachOtherWhichGpusTheySee) {
  const auto seen_by = [](int rank) {
    VisibleGpus gpus;
    for (int i = 0; i < rank; ++i) gpus.push_back("gpu" + std::to_string(rank) + std::to_string(i));
    return gpus;
  };
  const std::vector<VisibleGpus> all = visible_gpus_of_all(*world, [&] { return seen_by(world->rank()); });

  ASSERT_EQ(all.size(), static_cast<std::size_t>(world->size()));
  for (int rank = 0; rank < world->size(); ++rank) EXPECT_EQ(all[static_cast<std::size_t>(rank)], seen_by(rank));
}

TEST_F(Ranks, AllThrowWhereOneCannotAskItsGpus) {
  const int last = world->size() - 1;
  const auto look = [&]() -> VisibleGpus {
    if (world->rank() == last) throw Error("a GPU that does not answer");
    return {"gpu"};
  };
  try {
    visible_gpus_of_all(*world, look);
    FAIL() << "nothing was thrown";
  } catch (const SharedError& error) {
    EXPECT_EQ(error.what(), (last == 0 ? "" : "rank " + std::to_string(last) + ", listing of the visible GPUs: ") +
                                std::string("a GPU that does not answer"));
  }
  EXPECT_EQ(visible_gpus_of_all(*world, [] { return VisibleGpus{"gpu"}; }).size(), static_cast<std::size_t>(world->size()))
      << "they go on";
}

TEST_F(Ranks, RefuseToShareOneGpu) {
  EXPECT_NO_THROW(refuse_one_bus(*world, "host 0000:0" + std::to_string(world->rank())));
  EXPECT_NO_THROW(refuse_one_bus(*world, "host" + std::string(static_cast<std::size_t>(world->rank()), 's') + " 0000:00"));
  if (world->size() == 1) return;
  try {
    refuse_one_bus(*world, world->rank() == world->size() - 1 ? "host 0000:00" : "host 0000:0" + std::to_string(world->rank()));
    FAIL() << "ranks 0 and " << world->size() - 1 << " share a GPU";
  } catch (const SharedError& error) {
    EXPECT_EQ(error.kind(), Failure::use);
    EXPECT_CONTAINS(error.what(), "ranks 0 and " + std::to_string(world->size() - 1));
  }
}

TEST_F(Ranks, RefuseToTrainACellSomeWithAGpuAndSomeWithout) {
  EXPECT_NO_THROW(refuse_mixed_devices(*world, true));
  EXPECT_NO_THROW(refuse_mixed_devices(*world, false));
  if (world->size() == 1) return;
  std::string others;
  for (int rank = 0; rank + 1 < world->size(); ++rank) others += (rank > 0 ? ", " : "") + std::to_string(rank);
  try {
    refuse_mixed_devices(*world, world->rank() + 1 < world->size());
    FAIL() << "the last rank has no GPU";
  } catch (const SharedError& error) {
    EXPECT_EQ(error.kind(), Failure::use);
    EXPECT_CONTAINS(error.what(), others + " found a GPU and " + std::to_string(world->size() - 1) + " did not");
  }
}

/// Two linear layers and one parameter that the loss may leave out.
struct Net {
  torch::Tensor a = torch::full({300, 40}, 0.01, torch::requires_grad());
  torch::Tensor b = torch::full({40, 3}, 0.02, torch::requires_grad());
  FlatParameters::Named named() { return {{"a", a}, {"b", b}}; }
  torch::Tensor loss(const torch::Tensor& x) { return x.mm(a).mm(b).square().sum(); }
};

TEST_F(Ranks, ReduceGradientsToThoseOfOneRankWithAllSamples) {
  const torch::Tensor samples = torch::arange(3 * 300, torch::kFloat32).view({3, 300}) / 1000;  // of 4 ranks one has none
  for (const GradientStorage storage : {GradientStorage::in_buffer, GradientStorage::gathered}) {
    Net alone, shared;
    alone.loss(samples).backward();
    GradientBuffer gradients(tests::flat(shared.named(), {256, 4096}), *world);
    Reducer reducer(gradients, *world, {.storage = storage});
    const std::int64_t first = 3 * world->rank() / world->size(), end = 3 * (world->rank() + 1) / world->size();

    for (int step = 1; step <= 2; ++step) {
      std::array<double, kExtras> extras{};
      extras[0] = 1;
      reducer.begin(step, extras);
      if (end > first) shared.loss(samples.narrow(0, first, end - first)).backward();
      const auto summed = end > first ? reducer.finish() : reducer.finish_without_samples();

      EXPECT_EQ(summed[0], world->size());
      EXPECT_GT(gradients.plan().buckets.size(), 1U);
      for (const auto& [one, other] : {std::pair{shared.a, alone.a}, std::pair{shared.b, alone.b}}) {
        EXPECT_TRUE(torch::allclose(one.grad(), other.grad(), 1e-4)) << static_cast<int>(storage) << ", step " << step;
        EXPECT_GE(one.grad().data_ptr(), gradients.flat().data_ptr());  // it lies in the buffer
      }
    }
  }
}

const ReducerOptions kLeft{.storage = GradientStorage::left};

TEST_F(Ranks, LeaveGradientsWhereTheyWereMadeWhereThereIsOne) {
  const torch::Tensor samples = torch::arange(7 * 300, torch::kFloat32).view({7, 300}) / 1000;
  Net wanted, net;
  wanted.loss(samples).backward();
  GradientBuffer gradients(tests::flat(net.named()), *world);
  const Slot &b = gradients.plan().slots[0], &a = gradients.plan().slots[1];
  const auto make_reducer = [&] { return std::make_unique<Reducer>(gradients, *world, kLeft); };
  if (world->size() > 1) {
    EXPECT_THROW(make_reducer(), std::logic_error) << "there is a sum to be made";
    return;
  }
  const auto reducer = make_reducer();

  reducer->begin(1);
  net.b.mutable_grad() = torch::zeros({3, 40}).t();  // of another layout: to this one backward adds
  net.loss(samples).backward();
  const void* const made = net.a.grad().data_ptr();
  reducer->finish();
  const std::vector<GradientBuffer::Piece> pieces = gradients.take();

  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].first, b.first);
  EXPECT_EQ(pieces[0].gradient.data_ptr(), gradients.flat()[b.first].data_ptr());
  EXPECT_TRUE(torch::allclose(pieces[0].gradient.view({40, 3}), wanted.b.grad()));
  EXPECT_EQ(pieces[1].first, a.first);
  EXPECT_EQ(pieces[1].gradient.data_ptr(), made);
  EXPECT_TRUE(torch::allclose(pieces[1].gradient, wanted.a.grad()));
  EXPECT_EQ(gradients.flat().narrow(0, a.first, a.count).abs().max().item<float>(), 0) << "it was copied";
  EXPECT_FALSE(net.a.grad().defined());
}

TEST_F(Ranks, HandOverEachBucketWhileBackwardGoesOnToTheNext) {
  if (world->size() > 1) GTEST_SKIP() << "for one rank";
  const torch::Tensor samples = torch::arange(7 * 300, torch::kFloat32).view({7, 300}) / 1000;
  Net wanted, net;
  wanted.loss(samples).backward();
  GradientBuffer gradients(tests::flat(net.named(), {1, 1}), *world);
  std::vector<GradientBuffer::Piece> pieces;
  std::vector<bool> all_made;
  Reducer reducer(gradients, *world,
                  {.storage = GradientStorage::left, .bucket_sink = [&](const std::vector<GradientBuffer::Piece>& made) {
                     ASSERT_EQ(made.size(), 1U);
                     pieces.push_back(made.front());
                     all_made.push_back(net.a.grad().defined() || pieces.size() > 1);
                   }});

  for (int step = 0; step < 2; ++step) {
    pieces.clear();
    all_made.clear();
    reducer.begin(step);
    net.loss(samples).backward();
    ASSERT_EQ(pieces.size(), 2U) << "before anybody asks for them";
    reducer.finish();

    EXPECT_EQ(all_made, (std::vector<bool>{false, true}));
    EXPECT_EQ(pieces[0].first, gradients.plan().slots[0].first);
    EXPECT_TRUE(torch::allclose(pieces[0].gradient, wanted.b.grad()));
    EXPECT_EQ(pieces[1].first, gradients.plan().slots[1].first);
    EXPECT_TRUE(torch::allclose(pieces[1].gradient, wanted.a.grad()));
    EXPECT_FALSE(net.a.grad().defined() || net.b.grad().defined());
  }
}

TEST_F(Ranks, HandNothingOverThatLiesInTheBuffer) {
  Net net;
  GradientBuffer gradients(tests::flat(net.named()), *world);
  for (const GradientStorage storage : {GradientStorage::in_buffer, GradientStorage::gathered})
    EXPECT_THROW(Reducer(gradients, *world, {.storage = storage, .bucket_sink = [](const auto&) {}}), std::logic_error);
}

TEST_F(Ranks, CopyAGradientThatIsAPartOfAnother) {
  if (world->size() > 1) GTEST_SKIP() << "for one rank";
  torch::Tensor a = torch::ones({3}, torch::requires_grad()), b = torch::ones({5}, torch::requires_grad());
  GradientBuffer gradients(tests::flat({{"a", a}, {"b", b}}), *world);
  Reducer reducer(gradients, *world, kLeft);

  reducer.begin(1);
  torch::cat({a, b}).mul(torch::arange(8.0F)).sum().backward();  // b's gradient begins at the fourth number of one tensor
  reducer.finish();
  const std::vector<GradientBuffer::Piece> pieces = gradients.take();

  EXPECT_EQ(pieces[0].gradient.data_ptr(), gradients.flat()[gradients.plan().slots[0].first].data_ptr());
  EXPECT_TRUE(torch::equal(pieces[0].gradient, torch::arange(3.0F, 8.0F)));
}

TEST_F(Ranks, GiveGradientsThatLieTogetherAsOnePiece) {
  if (world->size() > 1) GTEST_SKIP() << "for one rank";
  Net net;
  GradientBuffer gradients(tests::flat(net.named()), *world);
  Reducer reducer(gradients, *world, kLeft);

  reducer.begin(1);
  reducer.finish_without_samples();
  const std::vector<GradientBuffer::Piece> pieces = gradients.take();

  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].first, kExtras);
  EXPECT_EQ(pieces[0].first + pieces[0].gradient.numel(), gradients.plan().elements);
}

TEST_F(Ranks, DropAStepThatFailedHalfWayAndPassesOutsideOfSteps) {
  const torch::Tensor samples = torch::arange(7 * 300, torch::kFloat32).view({7, 300}) / 1000;
  for (const GradientStorage storage : {GradientStorage::in_buffer, GradientStorage::gathered}) {
    const bool in_buffer = storage == GradientStorage::in_buffer;
    Net wanted, net;
    (wanted.loss(samples) * world->size()).backward();
    GradientBuffer gradients(tests::flat(net.named()), *world);
    Reducer reducer(gradients, *world, {.storage = storage});

    reducer.begin(1);
    net.b.sum().backward();  // a's never comes
    reducer.discard();
    EXPECT_EQ(net.b.grad().defined(), in_buffer);
    reducer.rehearse([&] { net.loss(samples).backward(); });
    EXPECT_EQ(net.a.grad().defined(), in_buffer);
    const auto fail = [&] {
      net.loss(samples).backward();
      throw std::runtime_error("out of memory");
    };
    EXPECT_EQ(tests::message_of<std::exception>([&] { reducer.rehearse(fail); }), "out of memory");
    EXPECT_EQ(net.a.grad().defined(), in_buffer);

    reducer.begin(2);
    net.loss(samples).backward();
    reducer.finish();
    EXPECT_TRUE(torch::allclose(net.a.grad(), wanted.a.grad(), 1e-4)) << in_buffer;
    EXPECT_TRUE(torch::allclose(net.b.grad(), wanted.b.grad(), 1e-4)) << in_buffer;
  }
}

/// As kernels do whose gradients lie in the buffer and are made later, all that wait at once.
TEST_F(Ranks, SumWhatDeferredWorkMakesAndDropThatOfAStepThatFailed) {
  Net net;
  GradientBuffer gradients(tests::flat(net.named(), {1, 1}), *world);
  ASSERT_EQ(gradients.plan().buckets.size(), 2U);
  std::vector<std::function<void()>> waiting;
  int discarded = 0;
  const DeferredWork deferred{.join =
                                  [&] {
                                    for (const auto& work : std::exchange(waiting, {})) work();
                                  },
                              .discard =
                                  [&] {
                                    waiting.clear();
                                    ++discarded;
                                  }};
  Reducer reducer(gradients, *world, {.storage = GradientStorage::gathered, .deferred = deferred});
  const auto backward = [&](torch::Tensor& parameter, double value) {
    waiting.push_back([view = gradients.bucket_view(parameter), value] { view.fill_(value); });
    parameter.sum().backward();
  };
  const auto expect_sums = [&] {
    const int sum = world->size() * (world->size() + 1) / 2;
    EXPECT_TRUE(torch::equal(net.b.grad(), torch::full({40, 3}, 1.0F * sum)));
    EXPECT_TRUE(torch::equal(net.a.grad(), torch::full({300, 40}, 10.0F * sum)));
  };

  reducer.begin(1);
  EXPECT_EQ(discarded, 1) << "of a step before, if there was one";
  backward(net.b, world->rank() + 1);
  backward(net.a, 10 * (world->rank() + 1));
  reducer.finish();
  expect_sums();

  reducer.begin(2);
  bool made = false;
  waiting.push_back([&] { made = true; });  // and the step goes on no more
  reducer.begin(3);
  EXPECT_EQ(discarded, 3);
  backward(net.b, world->rank() + 1);
  backward(net.a, 10 * (world->rank() + 1));
  reducer.finish();
  expect_sums();
  EXPECT_FALSE(made);
}

/// Sums of a step that adds to what the buffer has would be wrong.
TEST_F(Ranks, MakeTheBufferZeroUnlessItIsKnownToBe) {
  Net net;
  GradientBuffer gradients(tests::flat(net.named()), *world);
  Reducer reducer(gradients, *world);
  const auto sum_of_b = [&](std::int64_t step) {
    reducer.begin(step);
    (net.a.sum() + net.b.sum()).backward();
    reducer.finish();
    return net.b.grad()[0][0].item<float>();
  };
  EXPECT_EQ(sum_of_b(1), world->size());
  EXPECT_EQ(sum_of_b(2), world->size());
  gradients.flat().fill_(1);
  gradients.known_zero();
  EXPECT_EQ(sum_of_b(3), 2 * world->size()) << "it was believed";
  EXPECT_EQ(sum_of_b(4), world->size()) << "once";
}

TEST_F(Ranks, NameAParameterWithoutGradient) {
  Net net;
  GradientBuffer gradients(tests::flat(net.named()), *world);
  Reducer reducer(gradients, *world);
  reducer.begin(1);
  net.a.sum().backward();

  EXPECT_CONTAINS(tests::message_of([&] { reducer.finish(); }), "no gradient came for b");
}

TEST_F(Ranks, NameAParameterThatIsMarkedTwice) {
  Net net;
  GradientBuffer gradients(tests::flat(net.named()), *world);
  Reducer reducer(gradients, *world);
  reducer.begin(1);
  net.a.sum().backward();

  EXPECT_CONTAINS(tests::message_of<std::exception>([&] { net.a.sum().backward(); }), "parameter a came twice");
}

TEST(BucketPlan, IsAFunctionOfTheListInReverseOrder) {
  const BucketPlan plan = plan_buckets({{"first", 100}, {"second", 10}, {"third", 1}}, 4, {64, 1 << 20});

  ASSERT_EQ(plan.buckets.size(), 2U);
  EXPECT_EQ(plan.slots[0].name, "third");
  EXPECT_EQ(plan.slots[0].first, kExtras);
  EXPECT_EQ(plan.slots[1].first % 16, 0) << "64-byte boundaries";
  EXPECT_EQ(plan.hash(), plan_buckets({{"first", 100}, {"second", 10}, {"third", 1}}, 4, {64, 1 << 20}).hash());
  EXPECT_NE(plan.hash(), plan_buckets({{"first", 100}, {"second", 10}, {"third", 1}}, 4, {1 << 20, 1 << 20}).hash());
}

}  // namespace
}  // namespace irmae::distributed
