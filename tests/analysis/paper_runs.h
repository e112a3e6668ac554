// SPDX-License-Identifier: MIT
// The fixture of all tests on made-up runs of every experiment of the paper: they are written once in a process.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "analysis/run_set.h"
#include "tests/analysis/sample_runs.h"
#include "tests/temporary_folder.h"

namespace irmae::tests {

class Paper : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    write_paper(folder_->string());
    set_ = new analysis::RunSet(analysis::find_runs({folder_->string()}));
  }
  static void TearDownTestSuite() {
    delete set_;
    delete folder_;
  }
  static const std::vector<analysis::Run>& runs() { return set_->runs; }

  inline static TemporaryFolder* folder_ = nullptr;
  inline static analysis::RunSet* set_ = nullptr;
};

}  // namespace irmae::tests
