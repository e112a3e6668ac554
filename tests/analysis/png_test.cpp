// SPDX-License-Identifier: MIT
// Oracle: Pillow.
#include "analysis/drawing/png.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis {
namespace {

TEST(Png, IsWhatPillowReads) {
  if (!tests::python_has("PIL numpy")) GTEST_SKIP() << "Python has no Pillow";
  Raster raster{7, 5, {}};
  for (int i = 0; i < 3 * 7 * 5; ++i) raster.rgb.push_back(static_cast<std::uint8_t>(i * i * 7 % 256));
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "a.png", std::ios::binary) << png(raster);
  const auto result =
      tests::run(std::string(IRMAE_PYTHON) +
                 " -c 'import sys, numpy; from PIL import Image; a = numpy.asarray(Image.open(sys.argv[1])); "
                 "assert a.shape == (5, 7, 3), a.shape; i = numpy.arange(105); assert (a.ravel() == i * i * 7 % 256).all()' " +
                 (folder / "a.png").string());
  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(Png, HasOneChannelWhereNoPixelHasAColour) {
  constexpr std::size_t kColourType = 25;  // in the header: 0 is grey, 2 is red, green, blue
  Raster raster{2, 2, {7, 7, 7, 0, 0, 0, 255, 255, 255, 9, 9, 9}};
  EXPECT_EQ(png(raster)[kColourType], 0);

  raster.rgb[11] = 10;
  EXPECT_EQ(png(raster)[kColourType], 2);
}

}  // namespace
}  // namespace irmae::analysis
