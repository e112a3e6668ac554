// SPDX-License-Identifier: MIT
// Oracle: Pillow.
#include "analysis/png.h"

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

}  // namespace
}  // namespace irmae::analysis
