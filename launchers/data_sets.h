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

class DataSets {
 public:
  /// What the data are opened for. For measuring, less is checked: samples may all be equal, and whether the cell's network
  /// fits them was checked when it was trained. Data that do not fit it now are other data, which the measurement itself
  /// refuses.
  enum class Purpose { training, measuring };

  /// Collective. Opens what `cells` need, on rank 0 first, so that pictures are decoded once. For training it checks that
  /// samples are not all equal, that each cell's network takes them and that its model can give them. Files that are
  /// wrong, and networks that do not fit, end the run: throws, with all of them. Sets whose files are absent, and cells to be
  /// trained that cannot give their samples (data::Dataset::check_fits), are only remembered.
  DataSets(const std::vector<const manifest::Cell*>& cells, distributed::Communicator& ranks, Purpose purpose);

  /// The data set of a cell; null where its files are absent, and where the cell does not fit it.
  std::shared_ptr<const data::Dataset> of(const manifest::Cell& cell) const;
  /// Whether the cell's model can give the samples of its data set; true also where that is absent, and where the cell is only
  /// measured.
  bool fits(const manifest::Cell& cell) const { return !misfits_.contains(cell.id()); }
  /// One line for each absent set and for each cell that does not fit its set.
  const std::vector<std::string>& problems() const { return problems_; }
  /// Why a cell has no data set here, in one line: for a cell for which of() is null.
  const std::string& why_not(const manifest::Cell& cell) const;
  /// Where the samples of each data set that is there are from, and what else its user should know, one line each.
  std::vector<std::string> origins() const;

 private:
  void open_all(const std::vector<const manifest::Cell*>& cells);
  void throw_if_wrong() const;
  void compare_samples(distributed::Communicator& ranks);

  void check_fits(const manifest::Cell& cell, const data::Dataset& set);
  void note_absent(const std::string& key, const std::string& line);
  void note_misfit(const manifest::Cell& cell, const std::string& line);

  Purpose purpose_;
  std::map<std::string, std::shared_ptr<const data::Dataset>> sets_;  ///< null: absent
  std::map<std::string, std::string> names_, why_absent_;             ///< by the same keys
  std::map<std::string, std::string> misfits_;                        ///< why, by the id of a cell that is to be trained
  std::vector<std::string> problems_, wrong_files_, wrong_use_;
};

}  // namespace irmae::launchers
