// SPDX-License-Identifier: MIT
// The paper's synthetic shapes (section 4.1): one circle or square of random colour, size and place on black, 32 x 32 x 3.
// Seven intrinsic dimensions: three of colour, two of place, one of size, one of shape. Samples are drawn when they are
// asked for, by default a new one at every step; validation lies in a counter stream of its own, so it never meets training.
#include "framework/data/dataset.h"
#include "framework/data/random_tensors.h"

namespace irmae::data::shapes_set {
namespace {

constexpr int kSide = 32;
constexpr std::int64_t kPixels = kSide * kSide;

/// Where a shape may be, in pixels from the edge, and how large, both bounds included.
struct Bounds {
  int least, most;
};
constexpr Bounds kPlace{8, 24}, kSize{3, 8};

enum class Square { centre, corner };

struct Shape {
  float colour[3];
  int x, y;  ///< in kPlace
  int size;  ///< in kSize
  bool square;
};

Shape draw_shape(std::uint64_t seed, Stream stream, std::int64_t index) {
  const Block look = random_block(seed, stream, static_cast<std::uint64_t>(index), 0);
  const Block place = random_block(seed, stream, static_cast<std::uint64_t>(index), 1);
  return {{uniform(look[0]), uniform(look[1]), uniform(look[2])},
          uniform_integer(place[0], kPlace.least, kPlace.most),
          uniform_integer(place[1], kPlace.least, kPlace.most),
          uniform_integer(place[2], kSize.least, kSize.most),
          (look[3] >> 31) != 0};
}

/// Fills columns first..last of one row in the three colour planes; what lies outside the image is cut off.
void fill_row(float* image, const Shape& shape, int row, int first, int last) {
  if (row < 0 || row >= kSide) return;
  first = std::max(first, 0);
  last = std::min(last, kSide - 1);
  for (int channel = 0; channel < 3; ++channel) {
    float* line = image + channel * kPixels + row * kSide;
    for (int column = first; column <= last; ++column) line[column] = shape.colour[channel];
  }
}

/// image: [3, 32, 32], zero before.
void paint(float* image, const Shape& shape, Square reading) {
  if (!shape.square) {
    for (int dy = -shape.size; dy <= shape.size; ++dy) {
      int half = 0;
      while ((half + 1) * (half + 1) + dy * dy <= shape.size * shape.size) ++half;
      fill_row(image, shape, shape.y + dy, shape.x - half, shape.x + half);
    }
  } else if (reading == Square::centre) {
    for (int dy = -shape.size; dy <= shape.size; ++dy)
      fill_row(image, shape, shape.y + dy, shape.x - shape.size, shape.x + shape.size);
  } else {
    for (int dy = 0; dy <= shape.size; ++dy) fill_row(image, shape, shape.y + dy, shape.x, shape.x + shape.size);
  }
}

Stream stream_of(Split split) { return split == Split::train ? Stream::train : Stream::validation; }

class Shapes final : public Dataset {
 public:
  explicit Shapes(const manifest::Cell& cell)
      : seed_(static_cast<std::uint64_t>(cell.integer("train.seed"))),
        train_size_(cell.integer("data.train_size")),
        validation_size_(cell.integer("data.validation_size")),
        fresh_(cell.flag("data.fresh")),
        reading_(cell.text("data.square") == "corner" ? Square::corner : Square::centre) {}

  std::vector<std::int64_t> shape() const override { return {3, kSide, kSide}; }
  std::int64_t size(Split split) const override { return split == Split::train ? train_size_ : validation_size_; }

  std::vector<std::int64_t> epoch_order(std::int64_t epoch) const override {
    return consecutive(fresh_ ? epoch * train_size_ : 0, train_size_);
  }

  const Facts& facts() const override { return facts_; }
  torch::Tensor attributes(Split split, const std::vector<std::int64_t>& indices) const override {
    torch::Tensor all = torch::empty({static_cast<std::int64_t>(indices.size()), 4}, torch::kUInt8);
    auto* value = all.data_ptr<std::uint8_t>();
    for (const std::int64_t index : indices) {
      const Shape shape = draw_shape(seed_, stream_of(split), index);
      for (const bool present : {shape.square, shape.size >= 6, shape.x > 16, shape.y > 16}) *value++ = present ? 1 : 0;
    }
    return all;
  }

  /// The label is 0 for a circle, 1 for a square.
  Batch batch(Split split, const std::vector<std::int64_t>& indices) const override {
    const auto count = static_cast<std::int64_t>(indices.size());
    Batch batch{torch::zeros({count, 3, kSide, kSide}), torch::empty({count}, torch::kInt64)};
    float* image = batch.images.data_ptr<float>();
    auto* label = batch.labels.data_ptr<std::int64_t>();
    for (const std::int64_t index : indices) {
      const Shape shape = draw_shape(seed_, stream_of(split), index);
      paint(image, shape, reading_);
      *label++ = shape.square ? 1 : 0;
      image += 3 * kPixels;
    }
    return batch;
  }

  /// The same pictures, each pixel for itself.
  torch::Tensor images_on(Split split, torch::Device device, const std::vector<std::int64_t>& indices) const override {
    const torch::Tensor index = indices_on(device, indices);
    const torch::Tensor words = random_words(seed_, stream_of(split), index, 2);
    const torch::Tensor look = words[0], place = words[1];
    const auto within = [](const torch::Tensor& word, Bounds bounds) {  // as uniform_integer
      return (word * (bounds.most - bounds.least + 1)).bitwise_right_shift(32) + bounds.least;
    };
    const auto by_sample = [&](const torch::Tensor& values) { return values.view({-1, 1, 1}); };
    const torch::Tensor places = torch::arange(kSide, index.options());
    const torch::Tensor dx = places.view({1, 1, kSide}) - by_sample(within(place[0], kPlace));
    const torch::Tensor dy = places.view({1, kSide, 1}) - by_sample(within(place[1], kPlace));
    const torch::Tensor size = by_sample(within(place[2], kSize));
    const torch::Tensor circle = dx * dx + dy * dy <= size * size;
    const torch::Tensor square = reading_ == Square::centre ? (dx.abs() <= size) & (dy.abs() <= size)
                                                            : (dx >= 0) & (dx <= size) & (dy >= 0) & (dy <= size);
    const torch::Tensor inside = torch::where(by_sample(look[3].bitwise_right_shift(31)) != 0, square, circle);
    const torch::Tensor colours = look.narrow(0, 0, 3).bitwise_right_shift(8).to(torch::kFloat32).mul(0x1p-24f).t();
    return inside.unsqueeze(1) * colours.reshape({-1, 3, 1, 1});
  }

 private:
  Facts facts_{.attribute_names = {"square", "large", "right", "low"}};
  std::uint64_t seed_;
  std::int64_t train_size_;
  std::int64_t validation_size_;
  bool fresh_;
  Square reading_;
};

const RegisterDataset registered{{
    .choice = {.name = "shapes",
               .help = "circles and squares on black, 32 x 32 x 3, seven intrinsic dimensions (section 4.1)",
               .keys = {{.path = "data.train_size",
                         .fallback = std::int64_t{50'000},
                         .help = "samples in an epoch",
                         .least = 1,
                         .most = 1'000'000'000},
                        {.path = "data.validation_size",
                         .fallback = std::int64_t{10'000},
                         .help = "validation samples, the same in every epoch; another seed (train.seed) draws others",
                         .least = 2,
                         .most = 100'000'000},
                        {.path = "data.fresh",
                         .fallback = true,
                         .help = "draw new samples in every epoch; false: each has the first one's, in the same order (the "
                                 "authors' code)",
                         .newer = true},
                        {.path = "data.square",
                         .fallback = std::string("centre"),
                         .help = "what the place of a square means: its centre, as the paper says, with sides of 2 size "
                                 "+ 1, as wide as the circle, or its upper left corner, with sides of size + 1 (the authors' "
                                 "code)",
                         .choices = {"centre", "corner"}}},
               .defaults = {{"model.network", std::string("shapes")}, {"model.latent", std::int64_t{32}}}},
    .open = [](const manifest::Cell& cell) { return std::make_unique<Shapes>(cell); },
    .extent =
        [](const manifest::Cell& cell) {
          return Extent{{3, kSide, kSide}, cell.integer("data.train_size"), cell.integer("data.validation_size")};
        },
}};

}  // namespace
}  // namespace irmae::data::shapes_set
