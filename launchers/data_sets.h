// SPDX-License-Identifier: MIT
// The data sets of a plan, each opened once, before anything is trained.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/manifest/cell.h"

namespace irmae::launchers {

/// Cells with equal ones have the same samples, maybe in another order or, where they are drawn, as other draws.
std::string samples_key(const manifest::Cell& cell);

class DataSets {
 public:
  /// Nothing can be learnt from some data that can be measured on.
  enum class Purpose { training, measuring };

  /// Collective. Opens what `cells` need, on rank 0 first, so that pictures are decoded once, and checks that each cell's
  /// network takes its samples, and for training that these are not all equal. Files that are wrong, and networks that do not
  /// fit, end the run: throws, with all of them. Sets whose files are absent are only remembered.
  DataSets(const std::vector<const manifest::Cell*>& cells, distributed::Communicator& ranks, Purpose purpose);

  /// Null where the set's files are absent.
  std::shared_ptr<const data::Dataset> of(const manifest::Cell& cell) const;
  /// One line for each absent set.
  const std::vector<std::string>& absent() const { return absent_; }
  /// The line of the cell's set, which is absent.
  const std::string& why_absent(const manifest::Cell& cell) const;
  /// Of each set that is there where its samples are from, and what else its user should know, one line each.
  std::vector<std::string> origins() const;

 private:
  void open_all(const std::vector<const manifest::Cell*>& cells);
  void throw_if_wrong() const;

  void note_absent(const std::string& key, const std::string& line);

  Purpose purpose_;
  std::map<std::string, std::shared_ptr<const data::Dataset>> sets_;  ///< null: absent
  std::map<std::string, std::string> names_, why_absent_;             ///< by the same keys
  std::vector<std::string> absent_, wrong_files_, wrong_use_;
};

}  // namespace irmae::launchers
