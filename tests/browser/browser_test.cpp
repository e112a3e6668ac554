// SPDX-License-Identifier: MIT
// The report in a browser: headless Chromium opens it, see check_page.py.
#include <gtest/gtest.h>

#include <fstream>

#include "analysis/report/report.h"
#include "tests/analysis/sample_runs.h"
#include "tests/contains.h"
#include "tests/gnuplot.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

const std::string kCheck = std::string(IRMAE_PYTHON) + " " IRMAE_SOURCE_DIR "/tests/browser/check_page.py ";

TEST(Browser, OpensTheReportWithoutAFault) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  tests::write_paper(folder / "runs");
  std::ofstream(folder / "report.html") << analysis::report(analysis::find_runs({(folder / "runs").string()}));
  const auto result = tests::run(kCheck + (folder / "report.html").string());
  if (result.status == 77) GTEST_SKIP() << result.output;

  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(Browser, TheCheckFindsWhatIsWrong) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "bad.html") << "<!doctype html><meta name=viewport content='width=device-width'><body><h1>x</h1>"
                                        "<div style='width:900px'>wide</div><img alt=broken src='data:image/png;base64,AAAA'>"
                                        "<script>console.error('told')</script><a href='#nowhere'>x</a>";
  const auto result = tests::run(kCheck + (folder / "bad.html").string());
  if (result.status == 77) GTEST_SKIP() << result.output;

  EXPECT_EQ(result.status, 1);
  for (const char* fault :
       {"360 px: the page is", "broken image", "console: told", "a link to nothing", "no picture can be enlarged"})
    EXPECT_CONTAINS(result.output, fault);
}

}  // namespace
}  // namespace irmae
