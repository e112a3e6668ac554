// SPDX-License-Identifier: MIT
// Blocks of steps, as GPUs take them, on the CPU: the same numbers as step by step, for any number of ranks, also where a
// recorded step is repeated. A recording executes nothing when it is made and the whole step when it is replayed: so does the
// one here, by calling the step.
#include "framework/training/step_blocks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "framework/free_memory.h"
#include "framework/training/arithmetic.h"
#include "storage/formats/npy.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/distributed/forwarding_ranks.h"
#include "tests/distributed/session.h"
#include "tests/message_of.h"
#include "tests/models/every_method.h"
#include "tests/training/trained.h"

namespace irmae::training {
namespace {

using tests::Trained;

struct Counts {
  int recorded = 0, replayed = 0;
};

class Kept final : public distributed::Recording {
 public:
  explicit Kept(Counts& counts) : counts_(counts) {}
  void record(const std::function<void()>& work) override { work_ = work, ++counts_.recorded; }
  void replay() override { work_(), ++counts_.replayed; }

 private:
  Counts& counts_;
  std::function<void()> work_;
};

std::size_t free_bytes = 0;

/// Takes so much of a device's memory.
class Large final : public distributed::Recording {
 public:
  Large(std::size_t bytes, Counts& counts) : bytes_(bytes), kept_(counts) { free_bytes -= bytes; }
  ~Large() override { free_bytes += bytes_; }
  void record(const std::function<void()>& work) override { kept_.record(work); }
  void replay() override { kept_.replay(); }

 private:
  std::size_t bytes_;
  Kept kept_;
};

class Refused final : public distributed::Recording {
 public:
  void record(const std::function<void()>&) override { throw std::runtime_error("this operation needs the host\nstack"); }
  void replay() override { FAIL() << "nothing was recorded"; }
};

/// Does not record at first, and is then one that is Kept.
class Late final : public distributed::Recording {
 public:
  /// failures: that are still to come, of all recordings of a cell together.
  Late(int& failures, Counts& counts) : failures_(failures), kept_(counts) {}
  void record(const std::function<void()>& work) override {
    if (failures_-- > 0) throw std::runtime_error("another cell was in the way");
    kept_.record(work);
  }
  void replay() override { kept_.replay(); }

 private:
  int& failures_;
  Kept kept_;
};

/// The ranks, whose collectives fail once while a gradient is on its way, when asked to: in the middle of a step.
class FailingRanks final : public tests::ForwardingRanks {
 public:
  using ForwardingRanks::ForwardingRanks;

  void fail_once() { fails_ = true; }

  std::shared_ptr<distributed::Work> all_reduce(const torch::Tensor& tensor, std::string what) override {
    if (what.starts_with("all-reduce of bucket") && std::exchange(fails_, false))
      throw std::runtime_error("this collective is refused");
    return ForwardingRanks::all_reduce(tensor, std::move(what));
  }

 private:
  bool fails_ = false;
};

/// The ranks, and whether they were asked if a step in blocks fits into memory.
class AskedForMemory final : public tests::ForwardingRanks {
 public:
  using ForwardingRanks::ForwardingRanks;

  bool asked() const { return asked_; }

  std::shared_ptr<distributed::Work> all_reduce(const torch::Tensor& tensor, std::string what) override {
    asked_ |= what == "agreement whether a step fits into memory";
    return ForwardingRanks::all_reduce(tensor, std::move(what));
  }

 private:
  bool asked_ = false;
};

/// Shapes, and how many blocks of them are there at once beside the one that steps take their rows from.
class CountedBlocks final : public data::Dataset {
 public:
  explicit CountedBlocks(const manifest::Cell& cell) : shapes_(data::open(cell)) {}

  int most() const { return most_; }

  std::vector<std::int64_t> shape() const override { return shapes_->shape(); }
  std::int64_t size(data::Split split) const override { return shapes_->size(split); }
  std::vector<std::int64_t> epoch_order(std::int64_t epoch) const override { return shapes_->epoch_order(epoch); }
  data::Batch batch(data::Split split, const std::vector<std::int64_t>& indices) const override {
    return shapes_->batch(split, indices);
  }
  torch::Tensor images_on(data::Split split, torch::Device device, const std::vector<std::int64_t>& indices) const override {
    const torch::Tensor images = shapes_->images_on(split, device, indices).contiguous();
    most_ = std::max(most_, ++there_);
    return torch::from_blob(
        images.data_ptr(), images.sizes(), [this, images](void*) { --there_; }, images.options());
  }

 private:
  std::unique_ptr<data::Dataset> shapes_;
  mutable int there_ = 0, most_ = 0;
};

/// Comes to the middle of a step.
class HalfWay final : public distributed::Recording {
 public:
  explicit HalfWay(FailingRanks& ranks) : ranks_(ranks) {}
  void record(const std::function<void()>& work) override {
    ranks_.fail_once();
    work();
  }
  void replay() override { FAIL() << "nothing was recorded"; }

 private:
  FailingRanks& ranks_;
};

/// A file of so many vectors, which lies there until the program ends.
std::filesystem::path vectors(std::int64_t count, std::int64_t width) {
  static const tests::TemporaryFolder folder;
  const std::filesystem::path path = folder / fmt::format("{}x{}.npy", count, width);
  if (std::filesystem::exists(path)) return path;
  const torch::Tensor values = data::normal_noise(1, data::Stream::draws, 0, count, width);
  storage::write_npy(path, {.name = "vectors",
                            .shape = {count, width},
                            .values = std::vector<float>(values.data_ptr<float>(), values.data_ptr<float>() + values.numel())});
  return path;
}

/// 75 full batches of 4 and one of 3: a block of 64 steps, one of 11, and a step by itself.
manifest::Cell cell_of(const std::string& method, const std::vector<std::string>& more = {}) {
  std::vector<std::string> all{"model.method='" + method + "'",
                               "model.latent=5",
                               "train.batch=4",
                               "train.epochs=2",
                               "train.learning_rate=1e-3",
                               "train.precision='float64'",
                               "data.name='array'",
                               "data.scaling='range'",
                               "data.file='" + vectors(340, 7).string() + "'",
                               "data.train_size=303",
                               "data.validation_size=20",
                               "model.hidden=16"};
  all.insert(all.end(), more.begin(), more.end());
  return tests::cell_of(all);
}

class StepBlocks : public ::testing::TestWithParam<std::string> {
 protected:
  Trained train(const manifest::Cell& cell, const Place& place) { return tests::train(cell, *ranks, place); }

  /// The method's cell step by step: trained once for all that is compared with it.
  const Trained& by_steps(const std::string& method) {
    static std::map<std::string, Trained> all;
    const auto [place, is_new] = all.try_emplace(method);
    if (is_new) place->second = train(cell_of(method), {});
    return place->second;
  }

  void expect_equal(const Trained& one, const Trained& other) {
    EXPECT_TRUE(torch::allclose(one.weights, other.weights, 1e-7, 1e-9));
    ASSERT_EQ(one.history.size(), other.history.size());
    for (std::size_t i = 0; i < one.history.size(); ++i) {
      EXPECT_NEAR(one.history[i].train_loss, other.history[i].train_loss, 1e-9);
      EXPECT_NEAR(one.history[i].validation_loss, other.history[i].validation_loss, 1e-9);
    }
  }

  std::unique_ptr<distributed::Communicator> ranks = tests::session->world(std::chrono::seconds(60));
};

using RecordedSteps = StepBlocks;
using StepsThatTheHostSees = StepBlocks;

/// The methods of which the host must see something within a step, or all others.
std::vector<std::string> methods_seen(bool by_host) {
  std::vector<std::string> names = tests::every_method();
  std::erase_if(names,
                [&](const auto& name) { return (models::make_method(cell_of(name))->seen_by_host() != nullptr) != by_host; });
  return names;
}

TEST_P(StepBlocks, TrainAsStepsByThemselves) {
  const Trained blocks = train(cell_of(GetParam()), {.in_blocks = true});

  expect_equal(blocks, by_steps(GetParam()));
  if (ranks->root()) {
    EXPECT_EQ(blocks.steps, (std::vector<std::int64_t>{64, 75, 76, 64, 75, 76}));
  }
}

TEST_P(RecordedSteps, AreRecordedOnceAndRepeated) {
  Counts counts;

  const Trained repeated =
      train(cell_of(GetParam()), {.in_blocks = true, .recording = [&] { return std::make_unique<Kept>(counts); }});

  expect_equal(repeated, by_steps(GetParam()));
  EXPECT_EQ(counts.recorded, 1);
  EXPECT_EQ(counts.replayed, 2 * 75 - 3);  // the first three were by hand
}

TEST_P(StepsThatTheHostSees, AreNotRecordedAndSaidNotToBe) {
  Counts counts;

  const Trained trained =
      train(cell_of(GetParam()), {.in_blocks = true, .recording = [&] { return std::make_unique<Kept>(counts); }});

  expect_equal(trained, by_steps(GetParam()));
  EXPECT_EQ(counts.recorded, 0);
  ASSERT_EQ(trained.notes.size(), 1U);
  EXPECT_CONTAINS(trained.notes.front(), "steps are not recorded: the host sees");
}

INSTANTIATE_TEST_SUITE_P(Methods, StepBlocks, ::testing::ValuesIn(tests::every_method()));
INSTANTIATE_TEST_SUITE_P(Methods, RecordedSteps, ::testing::ValuesIn(methods_seen(false)));
INSTANTIATE_TEST_SUITE_P(Methods, StepsThatTheHostSees, ::testing::ValuesIn(methods_seen(true)));

TEST(MethodsSeenByTheHost, AreThoseThatDecomposeAMatrixInEachStep) {
  const std::vector<std::string> decompose{"lorae", "rrae"},
      others{"ae", "cae", "dae",          "irmae", "irmae-fixed", "irmae-nonlinear", "irmae-shared", "irmae-wd",
             "l1", "l2",  "least-volume", "rae",   "vae"};

  EXPECT_TRUE(std::ranges::includes(methods_seen(true), decompose));
  EXPECT_TRUE(std::ranges::includes(methods_seen(false), others));
}

using StepBlocksAlone = StepBlocks;

TEST_F(StepBlocksAlone, TrainOnShapesAsStepsByThemselves) {
  const manifest::Cell cell = tests::cell_of({"model.method='irmae'", "train.batch=8", "train.epochs=2",
                                              "train.precision='float64'", "data.train_size=100", "data.validation_size=20"});

  expect_equal(train(cell, {.in_blocks = true}), train(cell, {}));
}

TEST_F(StepBlocksAlone, AreMadeOneAfterTheOther) {
  const manifest::Cell cell = tests::cell_of({"model.method='ae'", "train.batch=4", "train.epochs=2", "data.train_size=303",
                                              "data.validation_size=20"});  // two blocks in an epoch
  const CountedBlocks dataset(cell);
  {
    Trainer trainer(cell, dataset, *ranks, {.in_blocks = true});
    EXPECT_EQ(trainer.run({}), Trainer::End::finished);
  }

  EXPECT_EQ(dataset.most(), 1);
}

TEST_F(StepBlocksAlone, AreOfOneLengthOnRanksWithSharesOfDifferentSizes) {
  // Of 256 samples three ranks have 85, 85 and 86: 4,096 samples are 48 steps of the first two and 47 of the third.
  const manifest::Cell cell =
      tests::cell_of({"model.method='ae'", "model.network='mlp'", "model.output='none'", "model.latent=5", "model.hidden=4",
                      "train.batch=256", "train.epochs=1", "train.precision='float64'", "data.name='array'",
                      "data.file='" + vectors(13'000, 3).string() + "'", "data.validation_share=0.01"});

  expect_equal(train(cell, {.in_blocks = true}), train(cell, {}));
}

TEST_F(StepBlocksAlone, GoOnByHandWhereAStepCannotBeRecorded) {
  const manifest::Cell cell = cell_of("ae");

  const Trained trained = train(cell, {.in_blocks = true, .recording = [] { return std::make_unique<Refused>(); }});

  expect_equal(trained, train(cell, {}));
  EXPECT_EQ(trained.notes, std::vector<std::string>{"steps are not recorded: this operation needs the host"});
}

TEST_F(StepBlocksAlone, GoOnByHandOnAllRanksWhereOneCannotRecordAStep) {
  const manifest::Cell cell = cell_of("ae");
  const bool refused = ranks->rank() == ranks->size() - 1;
  Counts counts;

  const Trained trained = train(cell, {.in_blocks = true, .recording = [&]() -> std::unique_ptr<distributed::Recording> {
                                         if (refused) return std::make_unique<Refused>();
                                         return std::make_unique<Kept>(counts);
                                       }});

  expect_equal(trained, train(cell, {}));
  EXPECT_EQ(counts.recorded, refused ? 0 : 1);
  EXPECT_EQ(counts.replayed, 0);
  EXPECT_EQ(trained.notes, std::vector<std::string>{refused ? "steps are not recorded: this operation needs the host"
                                                            : "steps are not recorded: another rank cannot"});
}

TEST_F(StepBlocksAlone, GiveMemoryBackBeforeOneIsRecorded) {
  const manifest::Cell cell = cell_of("ae");
  Counts counts;
  int given = 0;
  Place place{.in_blocks = true, .recording = [&] { return std::make_unique<Kept>(counts); }};
  place.give_back = [&] {
    EXPECT_EQ(counts.recorded, 0);
    ++given;
  };

  train(cell, place);

  EXPECT_EQ(given, 1);
  EXPECT_EQ(counts.recorded, 1);
}

TEST_F(StepBlocksAlone, AreNotRecordedWhereALastBatchWouldHaveNoRoomBesideThat) {
  struct Case {
    std::size_t bytes;  // of a recording, of 100 that are free
    std::string train_size;
    bool shared, recorded;
  };
  tell_free_device_memory_by([] { return free_bytes; });
  for (const Case& now : {Case{51, "303", false, false}, Case{50, "303", false, true}, Case{51, "300", false, true},
                          Case{51, "303", true, true}}) {
    const manifest::Cell cell = cell_of("ae", {"data.train_size=" + now.train_size});
    Counts counts;
    free_bytes = 100;

    const Trained trained = train(
        cell,
        {.in_blocks = true, .recording = [&] { return std::make_unique<Large>(now.bytes, counts); }, .shared = now.shared});

    expect_equal(trained, train(cell, {}));
    EXPECT_EQ(free_bytes, 100U);
    EXPECT_EQ(counts.replayed, now.recorded ? 2 * 75 - 3 : 0);
    EXPECT_EQ(trained.notes.size(), now.recorded ? 0U : 1U);
    if (!now.recorded) {
      EXPECT_CONTAINS(trained.notes.front(), "steps are not recorded: a last batch that is not full would find too little");
    }
  }
  tell_free_device_memory_by(nullptr);
}

TEST_F(StepBlocksAlone, GoOnByHandAfterARecordingThatFailedInTheMiddleOfAStep) {
  const manifest::Cell cell = cell_of("ae");
  FailingRanks failing(*ranks);

  const Trained trained =
      tests::train(cell, failing, {.in_blocks = true, .recording = [&] { return std::make_unique<HalfWay>(failing); }});

  expect_equal(trained, train(cell, {}));
  EXPECT_EQ(trained.notes, std::vector<std::string>{"steps are not recorded: this collective is refused"});
}

TEST_F(StepBlocksAlone, AreRecordedAtTheThirdTryWhereOthersUseTheDevice) {
  const manifest::Cell cell = cell_of("ae", {"train.epochs=3"});
  int failures = 2;
  Counts counts;
  const Place place{.in_blocks = true, .recording = [&] { return std::make_unique<Late>(failures, counts); }, .shared = true};

  const Trained trained = train(cell, place);

  expect_equal(trained, train(cell, {}));
  if (ranks->size() > 1) {  // ranks agree on the first try alone
    EXPECT_EQ(trained.notes, std::vector<std::string>{"steps are not recorded: another cell was in the way"});
    EXPECT_EQ(failures, 1);
    return;
  }
  EXPECT_EQ(trained.notes, std::vector<std::string>{});
  EXPECT_EQ(counts.recorded, 1);
  EXPECT_EQ(counts.replayed, 3 * 75 - (3 + 64 + 128));  // by hand before each try
}

TEST_F(StepBlocksAlone, GoOnByHandAfterThreeTriesAndSaySoOnce) {
  if (ranks->size() > 1) GTEST_SKIP() << "for one rank";
  const manifest::Cell cell = cell_of("ae", {"train.epochs=3"});
  int failures = 1000;
  Counts counts;

  const Trained trained =
      train(cell, {.in_blocks = true, .recording = [&] { return std::make_unique<Late>(failures, counts); }, .shared = true});

  expect_equal(trained, train(cell, {}));
  EXPECT_EQ(failures, 997);
  EXPECT_EQ(trained.notes, std::vector<std::string>{"steps are not recorded: another cell was in the way"});
}

TEST_F(StepBlocksAlone, AreTriedOnceWhereNobodyElseUsesTheDevice) {
  const manifest::Cell cell = cell_of("ae");
  int failures = 1;
  Counts counts;

  const Trained trained =
      train(cell, {.in_blocks = true, .recording = [&] { return std::make_unique<Late>(failures, counts); }});

  EXPECT_EQ(trained.notes, std::vector<std::string>{"steps are not recorded: another cell was in the way"});
  EXPECT_EQ(counts.recorded, 0);
}

TEST_F(StepBlocksAlone, NameTheFirstStepWhoseLossIsNotFinite) {
  const manifest::Cell cell = cell_of("ae", {"train.learning_rate=1e300", "model.hidden_layers=1"});
  const auto why = [&](const Place& place) { return tests::message_of([&] { train(cell, place); }); };

  const std::string word = why({.in_blocks = true});

  EXPECT_CONTAINS(word, "the loss became");
  EXPECT_EQ(word.substr(word.find("in epoch")), why({}).substr(word.find("in epoch")));
}

TEST_F(StepBlocksAlone, GoOnFromACheckpointBetweenTwoToTheSameBits) {
  const manifest::Cell cell = cell_of("vae", {"train.checkpoint_seconds=0"});
  const auto dataset = data::open(cell);
  const Place place{.in_blocks = true};
  Trainer whole(cell, *dataset, *ranks, place);
  EXPECT_TRUE(whole.model().chosen_kernels());
  std::vector<storage::CheckpointRecord> records;
  Observer observer;
  observer.checkpoint = [&] { records.push_back(whole.checkpoint()); };
  ASSERT_EQ(whole.run(observer), Trainer::End::finished);
  ASSERT_EQ(records.size(), 6U);

  Trainer resumed(cell, *dataset, *ranks, place);
  resumed.restore(ranks->root() ? &records[3] : nullptr);  // after the second epoch's first block
  ASSERT_EQ(resumed.run({}), Trainer::End::finished);
  if (!ranks->root()) return;  // it alone keeps the history of what was before

  ASSERT_EQ(resumed.history().size(), whole.history().size());
  EXPECT_EQ(resumed.history().back().train_loss, whole.history().back().train_loss);
  EXPECT_EQ(resumed.history().back().validation_loss, whole.history().back().validation_loss);
}

TEST_F(StepBlocksAlone, AreOfFloat32OnACpuAndSaySo) {
  for (const char* const precision : {"tf32", "bf16"}) {
    const manifest::Cell cell = cell_of("ae", {std::string("train.precision='") + precision + "'"});
    EXPECT_CONTAINS(tests::message_of<UsageError>([&] { train(cell, {}); }), "set train.precision=float32") << precision;
  }
}

TEST_F(StepBlocksAlone, AreNotOfTf32OnAGpuThatHasNone) {
  const manifest::Cell tf32 = cell_of("ae", {"train.precision='tf32'"}), bf16 = cell_of("ae", {"train.precision='bf16'"});
  const auto refusal = [](const manifest::Cell& cell, int capability) {
    Place place{.device = torch::kCUDA};
    place.capability = capability;
    return tests::message_of([&] { check_arithmetic(cell, place); });
  };

  EXPECT_CONTAINS(refusal(tf32, 75), "needs a GPU of compute capability 8.0, and this rank's has 7.5: set train.precision=");
  EXPECT_EQ(refusal(tf32, 80), "");
  EXPECT_EQ(refusal(tf32, 0), "") << "not known";
  EXPECT_EQ(refusal(bf16, 75), "");
}

TEST_F(StepBlocksAlone, AreNotMadeReadyWhereNoBatchIsFull) {
  for (const int batch : {303, 304}) {  // of 303 samples
    const manifest::Cell cell = cell_of("ae", {"train.batch=" + std::to_string(batch)});
    AskedForMemory asked(*ranks);

    expect_equal(tests::train(cell, asked, {.in_blocks = true}), train(cell, {}));
    EXPECT_EQ(asked.asked(), batch == 303);
  }
}

TEST_F(StepBlocksAlone, LeaveBatchesThatARankHasNoPartOfToSteps) {
  const manifest::Cell cell = cell_of("ae", {"train.batch=2", "data.train_size=9"});

  expect_equal(train(cell, {.in_blocks = true}), train(cell, {}));
}

}  // namespace
}  // namespace irmae::training
