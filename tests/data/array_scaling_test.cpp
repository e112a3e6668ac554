// SPDX-License-Identifier: MIT
// data.scaling of a user's array: the numbers that models get, what pictures show of them, and what is refused or told.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <tuple>

#include "framework/data/bytes.h"
#include "framework/data/in_memory_dataset.h"
#include "tests/contains.h"
#include "tests/data/helpers.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::data {
namespace {

using tests::cell_of;
using tests::why_not;

class ArrayScaling : public ::testing::Test {
 protected:
  tests::TemporaryFolder folder;
};

TEST_F(ArrayScaling, EveryRowOfALargeArrayIsScaledInFloat64) {
  // More values than are converted at once. Those of two rows each have the mean 100, so that no order of summation rounds.
  constexpr std::int64_t kRows = 302, kWidth = 1000;
  const auto number = [](std::int64_t row, std::int64_t column) {
    return 100 + (row % 2 == 0 ? 1 : -1) * ((row / 2 + column) % 7 + 1);
  };
  double squares = 0;
  for (std::int64_t i = 0; i < kRows * kWidth; ++i) {
    const auto from_mean = static_cast<double>(number(i / kWidth, i % kWidth) - 100);
    squares += from_mean * from_mean;
  }
  const double deviation = std::sqrt(squares / static_cast<double>(kRows * kWidth));
  const std::vector<std::int64_t> order = random_split(kRows, 0.1).first;
  std::vector<std::int64_t> all(order.size());
  std::iota(all.begin(), all.end(), 0);

  const auto check = [&]<class T>(T, const char* type) {
    std::vector<T> values;
    for (std::int64_t i = 0; i < kRows * kWidth; ++i) values.push_back(static_cast<T>(number(i / kWidth, i % kWidth)));
    storage::write_npy(folder / "v.npy", {.name = "v", .shape = {kRows, kWidth}, .values = values});
    for (const auto& [scaling, offset, factor] :
         {std::tuple("none", 0.0, 1.0), std::tuple("standard", 100.0, deviation), std::tuple("range", 93.0, 14.0)}) {
      const auto set = open(cell_of({"data.name=array", "data.file=" + (folder / "v.npy").string(), "data.validation_share=0.1",
                                     std::string("data.scaling=") + scaling}));
      torch::Tensor expected = torch::empty({std::ssize(order), kWidth});
      for (std::int64_t i = 0; i < expected.numel(); ++i)
        expected.data_ptr<float>()[i] = static_cast<float>(
            (static_cast<double>(number(order[static_cast<std::size_t>(i / kWidth)], i % kWidth)) - offset) / factor);
      EXPECT_TRUE(torch::equal(set->batch(Split::train, all).images, expected)) << scaling << " of " << type;
    }
  };
  check(float{}, "float32");
  check(double{}, "float64");
  check(std::int64_t{}, "int64");
}

/// Those of a file's rows that are in the split, in the order of its samples.
torch::Tensor in_order_of(const Dataset& set, Split split, const torch::Tensor& rows) {
  const auto sources = std::get<std::vector<std::int64_t>>(set.sources(split, consecutive(0, set.size(split))));
  return rows.index_select(0, torch::tensor(sources, torch::kInt64));
}

/// Oracle: NumPy's astype('float32').
TEST_F(ArrayScaling, TruthValuesAre0And1AndBytesUpTo1AreTold) {
  if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  const tests::Result made =
      tests::run("cd " + folder.string() +
                 " && " IRMAE_PYTHON
                 " -c \"import numpy as np\nfor name, shape in ('images', (20, 4, 4)), ('vectors', (20, 3)):\n"
                 " b = np.random.default_rng(1).random(shape) < .5\n"
                 " for t in '?', 'u1', 'f4': np.save(name + t.replace('?', 'b') + '.npy', b.astype(t))\"");
  ASSERT_EQ(made.status, 0) << made.output;
  const auto opened = [&](const std::string& name) {
    return open(cell_of({"data.name=array", "data.file=" + (folder / name).string()}));
  };
  const auto samples = [](const Dataset& set) { return set.batch(Split::train, consecutive(0, 18)).images; };

  for (const char* name : {"images", "vectors"}) {
    const auto truths = opened(std::string(name) + "b.npy"), numbers = opened(std::string(name) + "f4.npy");
    EXPECT_TRUE(torch::equal(samples(*truths), samples(*numbers))) << name;
    EXPECT_TRUE(truths->facts().remarks.empty()) << name;
  }
  EXPECT_EQ(samples(*opened("imagesb.npy")).max().item<float>(), 1);
  EXPECT_EQ(
      opened("imagesu1.npy")->facts().remarks,
      std::vector<std::string>{"the largest byte of these images is 1, which becomes 1/255, and they are nearly black: save "
                               "them times 255, or as numbers by .astype('float32')"});
  EXPECT_TRUE(opened("vectorsu1.npy")->facts().remarks.empty()) << "they are numbers";
}

/// Oracle: NumPy, (v - v[:4].mean(0)) / v[:4].std(0), where the second value has the deviation 0, in whose place stands 1.
TEST_F(ArrayScaling, EachValueIsScaledByItsOwnDeviationOverTheTrainingSamples) {
  const std::vector<double> numbers = {1, 0.1, 3e-6, 2, 0.1, -1e-6, 4, 0.1, 5e-6, 7, 0.1, 4e-6, 100, 0.1, 0, 50, 0.35, 9e-6};
  const torch::Tensor expected = torch::tensor({{-1.091089451179962, 0.0, 0.10976425998969042},
                                                {-0.6546536707079772, 0.0, -1.6464638998453551},
                                                {0.2182178902359924, 0.0, 0.9878783399072133},
                                                {1.5275252316519468, 0.0, 0.5488212999484517},
                                                {42.11605281554653, 0.0, -1.207406859886594},
                                                {20.29426379194729, 0.25, 2.744106499742259}},
                                               torch::kFloat64);
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {6, 3}, .values = numbers});
  storage::write_npy(folder / "s.npy", {.name = "s", .shape = {6}, .values = std::vector<std::int64_t>{0, 0, 0, 0, 1, 1}});
  const auto set = open(cell_of({"data.name=array", "data.file=" + (folder / "v.npy").string(), "data.scaling=each",
                                 "data.split=" + (folder / "s.npy").string()}));

  EXPECT_EQ(
      set->facts().remarks,
      std::vector<std::string>{"1 of 3 values is the same in all training samples but not in validation: no model can learn "
                               "that, and errors include it: leave it out"});
  const Scaling scaling = set->facts().scaling;
  EXPECT_TRUE(torch::allclose(scaling.offset, torch::tensor({3.5, 0.1, 2.75e-6}, torch::kFloat64), 1e-12, 0));
  EXPECT_TRUE(torch::allclose(scaling.factor, torch::tensor({2.29128784747792, 1.0, 2.2776083947860747e-6}, torch::kFloat64),
                              1e-12, 0));
  const torch::Tensor file = torch::tensor(numbers, torch::kFloat64).view({6, 3});
  for (const Split split : {Split::train, Split::validation}) {
    const torch::Tensor samples = set->batch(split, consecutive(0, set->size(split))).images.to(torch::kFloat64);
    EXPECT_TRUE(torch::allclose(samples, in_order_of(*set, split, expected), 1e-6, 1e-12)) << samples;
    EXPECT_TRUE(torch::allclose(scaling.to_numbers(samples), in_order_of(*set, split, file), 1e-6, 1e-12)) << samples;
  }
  // Of those that are used, two of the four.
  const auto two = open(cell_of({"data.name=array", "data.file=" + (folder / "v.npy").string(), "data.scaling=each",
                                 "data.split=" + (folder / "s.npy").string(), "data.train_size=2"}));
  const torch::Tensor used = two->batch(Split::train, {0, 1}).images.narrow(1, 0, 1).to(torch::kFloat64);
  EXPECT_TRUE(torch::allclose(used.square(), torch::ones({2, 1}, torch::kFloat64), 1e-6, 0)) << used;
  EXPECT_CONTAINS(
      why_not({"data.name=array", "data.file=" + (folder / "v.npy").string(), "data.scaling=each", "data.validation_share=1"}),
      "0 training and 6 validation samples");
}

/// Oracle: NumPy. The lengths of unit vectors are 1 but for rounding, and float32 has nothing between 1e9 and 1e9 + 64.
TEST_F(ArrayScaling, AValueThatVariesByRoundingAloneIsConstant) {
  if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  std::ofstream(folder / "make.py") << R"(import numpy as np
r = np.random.default_rng(1)
x = r.normal(size=(200, 4)).astype('f4')
x /= np.linalg.norm(x, axis=1, keepdims=True)
v = np.c_[x, np.linalg.norm(x, axis=1), np.float32(1e9) + 64 * r.integers(0, 2, 200)].astype('f4')
assert all(1 < len(np.unique(v[:, i])) < 9 for i in (4, 5))
np.save('v.npy', v)
np.save('wide.npy', v.astype('f8'))
np.save('plain.npy', x)
np.save('noise.npy', v[:, 4:])
np.save('s.npy', np.arange(200) >= 190)
t = v[:190].astype('f8')
np.save('e.npy', (v[:, :4] - t[:, :4].mean(0)) / t[:, :4].std(0))
)";
  const tests::Result made = tests::run("cd " + folder.string() + " && " IRMAE_PYTHON " make.py");
  ASSERT_EQ(made.status, 0) << made.output;
  const auto overrides = [&](const std::string& name, const std::string& scaling = "each") {
    return std::vector<std::string>{"data.name=array", "data.file=" + (folder / name).string(),
                                    "data.split=" + (folder / "s.npy").string(), "data.scaling=" + scaling};
  };
  const auto set = open(cell_of(overrides("v.npy")));
  const Scaling scaling = set->facts().scaling;
  const storage::NamedArray wanted = storage::read_npy(folder / "e.npy"), file = storage::read_npy(folder / "v.npy");
  const torch::Tensor expected = torch::tensor(std::get<std::vector<double>>(wanted.values), torch::kFloat64).view({200, 4});
  const torch::Tensor numbers = torch::tensor(std::get<std::vector<float>>(file.values)).view({200, 6}).to(torch::kFloat64);

  EXPECT_TRUE(torch::allclose(scaling.factor.slice(0, 4), torch::tensor({1.0, 1e9}, torch::kFloat64), 1e-5, 0))
      << scaling.factor;
  for (const Split split : {Split::train, Split::validation}) {
    const torch::Tensor samples = set->batch(split, consecutive(0, set->size(split))).images.to(torch::kFloat64);
    EXPECT_LT(samples.slice(1, 4).abs().max().item<double>(), 2e-6);
    EXPECT_TRUE(torch::allclose(samples.slice(1, 0, 4), in_order_of(*set, split, expected), 1e-4, 1e-5));
    EXPECT_TRUE(torch::allclose(scaling.to_numbers(samples), in_order_of(*set, split, numbers), 1e-6, 1e-6));
  }
  EXPECT_TRUE(set->facts().remarks.empty());
  EXPECT_LT(open(cell_of(overrides("wide.npy")))->facts().scaling.factor[4].item<double>(), 1e-6) << "no rounding of float64";

  EXPECT_EQ(open(cell_of(overrides("plain.npy")))->digest(), open(cell_of(overrides("plain.npy", "none")))->digest());
  for (const char* name : {"each", "standard"})
    EXPECT_EQ(why_not(overrides("noise.npy", name)), "data set array: " + (folder / "noise.npy").string() +
                                                         ": its samples differ by rounding alone: there is nothing to learn");
}

TEST_F(ArrayScaling, PicturesOfValuesThatAreScaledEachShowTheNumbersOfTheFile) {
  std::vector<float> values;
  for (int i = 0; i < 20 * 4; ++i) values.push_back(static_cast<float>((i * i) % 19 * (1 + i % 4)) - 10);  // -10 to 62
  const torch::Tensor file = torch::tensor(values).view({20, 1, 2, 2});
  storage::write_npy(folder / "n.npy", {.name = "n", .shape = {20, 2, 2}, .values = values});
  const auto set = open(cell_of(
      {"data.name=array", "data.file=" + (folder / "n.npy").string(), "data.validation_share=0.2", "data.scaling=each"}));
  const torch::Tensor samples = set->batch(Split::validation, consecutive(0, 4)).images;
  const torch::Tensor pictures = to_bytes(samples, set->facts().scaling), least = file.min(), most = file.max();
  const torch::Tensor shown =
      ((in_order_of(*set, Split::validation, file) - least) / (most - least) * 255).round().to(torch::kInt64);

  EXPECT_LE((pictures.to(torch::kInt64) - shown).abs().max().item<std::int64_t>(), 1) << pictures;
  EXPECT_GT(shown.max().item<std::int64_t>(), shown.min().item<std::int64_t>());
  const torch::Tensor step = (most - least) / 255 / set->facts().scaling.factor;
  EXPECT_TRUE(((from_bytes(pictures, set->facts().scaling, torch::kFloat32) - samples).abs() <= step).all().item<bool>());
}

TEST_F(ArrayScaling, FewOfManyValuesThatHoldNearlyAllVarianceAreToldUnlessEachIsScaled) {
  // Three values are 1000 or -1000, the others 5 or -5.
  std::vector<float> values;
  for (int i = 0; i < 100 * 12; ++i) values.push_back((i / 12 % 2 == 0 ? 1.0F : -1.0F) * (i % 12 < 3 ? 1000.0F : 5.0F));
  const auto remarks = [&](const std::string& file, const std::string& scaling) {
    return open(cell_of({"data.name=array", "data.file=" + (folder / file).string(), "data.scaling=" + scaling}))
        ->facts()
        .remarks;
  };
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {100, 12}, .values = values});
  for (float& value : values) value = value > 500 || value < -500 ? value / 200 : value;
  storage::write_npy(folder / "even.npy", {.name = "v", .shape = {100, 12}, .values = values});
  storage::write_npy(folder / "images.npy", {.name = "v", .shape = {100, 3, 4}, .values = values});

  for (const char* scaling : {"auto", "none", "range"})
    EXPECT_EQ(remarks("v.npy", scaling),
              std::vector<std::string>{"3 of 12 values hold 99 % of the variance: where their units differ, data.scaling=each "
                                       "divides each by its own standard deviation"})
        << scaling;
  EXPECT_TRUE(remarks("v.npy", "each").empty());
  EXPECT_TRUE(remarks("even.npy", "auto").empty());
  EXPECT_TRUE(remarks("images.npy", "range").empty()) << "pixels have one unit";
}

TEST_F(ArrayScaling, PicturesOfNumbersBeyond0To1AreNotClipped) {
  std::vector<float> values;
  for (int i = 0; i < 10 * 4 * 4; ++i) values.push_back(static_cast<float>(i % 16) * 17 - 100);  // -100 to 155
  storage::write_npy(folder / "n.npy", {.name = "n", .shape = {10, 4, 4}, .values = values});
  for (const char* scaling : {"none", "range", "standard", "each"}) {
    const auto set = open(cell_of({"data.name=array", "data.file=" + (folder / "n.npy").string(), "data.validation_share=0.2",
                                   std::string("data.scaling=") + scaling}));
    const torch::Tensor samples = set->batch(Split::validation, {0, 1}).images,
                        pictures = to_bytes(samples, set->facts().scaling);

    EXPECT_TRUE(torch::equal(pictures[1].flatten(), torch::arange(0, 256, 17).to(torch::kUInt8))) << scaling << pictures[1];
    EXPECT_TRUE(torch::allclose(from_bytes(pictures, set->facts().scaling, torch::kFloat32), samples, 1e-5, 1e-5)) << scaling;
  }
}

TEST_F(ArrayScaling, NumbersThatFloatsDoNotHoldOnceScaledAreRefused) {
  const std::string file = (folder / "v.npy").string(), start = "data set array: " + file + ": ";
  const auto with = [&](double first, double second, const std::string& scaling) {
    std::vector<double> values;
    for (int i = 0; i < 20; ++i) values.insert(values.end(), {(i % 3 - 1) * first, (i % 5 - 2) * second});
    storage::write_npy(file, {.name = "v", .shape = {20, 2}, .values = values});
    return why_not({"data.name=array", "data.file=" + file, "data.validation_share=0.2", "data.scaling=" + scaling});
  };
  const std::string large = "are too large to be scaled: divide them by one number that brings them near 1",
                    small = "differ by too little to be scaled: multiply them by one number that brings them near 1";

  EXPECT_EQ(with(1e200, 1e200, "auto"), start + "its numbers " + large);
  EXPECT_EQ(with(1e-200, 1e-200, "standard"), start + "its numbers " + small);
  EXPECT_EQ(with(1e308, 1, "range"), start + "its numbers " + large);
  EXPECT_EQ(with(1e-305, 0, "range"), start + "its numbers " + small);
  EXPECT_EQ(with(1, 1e200, "each"), start + "its numbers in value 1 (counted from 0) " + large);
  EXPECT_EQ(with(1e-200, 1, "each"), start + "its numbers in value 0 (counted from 0) " + small);
  EXPECT_CONTAINS(with(1, 1e39, "none"), start + "with data.scaling = \"none\" it has numbers beyond 3.4e+38, ");
  EXPECT_EQ(with(1e-200, 1e-3, "standard"), "") << "the common size is sound";
  EXPECT_EQ(with(0, 0, "standard"), "") << "all samples are equal, which is said where they are trained on";
  EXPECT_EQ(with(1e150, 1e-100, "each"), "");
}

}  // namespace
}  // namespace irmae::data
