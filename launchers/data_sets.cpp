// SPDX-License-Identifier: MIT
#include "launchers/data_sets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "framework/models/network.h"
#include "storage/error.h"
#include "storage/text/utf8.h"

namespace irmae::launchers {

namespace {

/// Cells with equal keys share their data set.
std::string key_of(const manifest::Cell& cell) {
  return fmt::format("{} {}", cell.integer("train.seed"), data::samples_key(cell));
}

void add_once(std::vector<std::string>& lines, const std::string& line) {
  if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
}

}  // namespace

DataSets::DataSets(const std::vector<const manifest::Cell*>& cells, distributed::Communicator& ranks, Purpose purpose)
    : purpose_(purpose) {
  ranks.on_root(
      [&] {
        open_all(cells);
        throw_if_wrong();
      },
      "opening of the data sets");
  if (!ranks.root()) {
    open_all(cells);
    throw_if_wrong();
  }
  // What one host has another may lack: a set is used where all have it, by a cell that fits it on all.
  std::vector<std::int64_t> missing;
  for (const auto& [key, set] : sets_) missing.push_back(set ? 0 : 1);
  for (const manifest::Cell* cell : cells) missing.push_back(fits(*cell) ? 0 : 1);
  ranks.sum(missing, "agreement on the data sets");
  auto ranks_without = missing.begin();
  for (auto& [key, set] : sets_)
    if (*ranks_without++ > 0 && set) {
      note_absent(key, fmt::format("data set {}: it is not there on another rank's host", names_.at(key)));
      set = nullptr;
    }
  for (const manifest::Cell* cell : cells)
    if (*ranks_without++ > 0 && fits(*cell))
      note_misfit(*cell, fmt::format("cell {}: it does not fit its data set on another rank's host", cell->name));
  if (ranks.size() > 1) compare_samples(ranks);
}

/// Ranks that read other samples, from an older copy or from another folder of the same name, would train on a mixture.
void DataSets::compare_samples(distributed::Communicator& ranks) {
  for (auto& [key, set] : sets_) {
    if (!set) continue;
    const data::Facts& facts = set->facts();
    const std::string samples =
        fmt::format("{} {} {} {} {} {}", fmt::join(set->shape(), "x"), set->size(data::Split::train),
                    set->size(data::Split::validation), facts.classes, fmt::join(facts.attribute_names, " "), set->digest());
    const int other = ranks.first_different(samples, "comparison of the data sets");
    if (other < 0) continue;
    note_absent(key,
                fmt::format("data set {}: rank {} reads other samples than rank 0: every host needs the same files, under the "
                            "same path or IRMAE_DATA",
                            names_.at(key), other));
    set = nullptr;
  }
}

void DataSets::throw_if_wrong() const {
  if (!wrong_files_.empty()) throw Error(fmt::format("{}", fmt::join(wrong_files_, "\n")));
  if (!wrong_use_.empty()) throw UsageError(fmt::format("{}", fmt::join(wrong_use_, "\n")));
}

void DataSets::open_all(const std::vector<const manifest::Cell*>& cells) {
  std::map<std::string, std::shared_ptr<const data::Dataset>> opened;
  const auto open = [&](const manifest::Cell& cell) {
    std::shared_ptr<const data::Dataset>& first = opened[data::samples_key(cell)];
    std::shared_ptr<const data::Dataset> same =
        first ? first->with_seed(static_cast<std::uint64_t>(cell.integer("train.seed"))) : nullptr;
    if (!same) same = data::open(cell);
    if (!first) first = same;
    return same;
  };
  for (const manifest::Cell* cell : cells) {
    const auto [place, fresh] = sets_.try_emplace(key_of(*cell), nullptr);
    names_[place->first] = cell->text("data.name");
    try {
      if (fresh) place->second = open(*cell);
      if (fresh && purpose_ == Purpose::training && place->second->all_equal())
        throw Error(fmt::format(
            "data set {}: {}: all samples are equal: there is nothing to learn; look at it with irmae data, and give another file",
            cell->text("data.name"), place->second->facts().description));
      if (!place->second) continue;
      if (purpose_ != Purpose::training) continue;
      models::check_network(*cell, place->second->shape());
      check_fits(*cell, *place->second);
    } catch (const data::Absent& error) {
      note_absent(place->first, error.what());
    } catch (const UsageError& error) {
      add_once(wrong_use_, error.what());
    } catch (const Error& error) {
      add_once(wrong_files_, error.what());
    }
  }
}

void DataSets::check_fits(const manifest::Cell& cell, const data::Dataset& set) {
  try {
    set.check_fits(cell);
  } catch (const UsageError& error) {
    note_misfit(cell, error.what());
  }
}

void DataSets::note_absent(const std::string& key, const std::string& line) {
  add_once(problems_, line);
  why_absent_[key] = line;
}

void DataSets::note_misfit(const manifest::Cell& cell, const std::string& line) {
  add_once(problems_, line);
  misfits_[cell.id()] = line;
}

const std::string& DataSets::why_not(const manifest::Cell& cell) const {
  const auto misfit = misfits_.find(cell.id());
  return misfit != misfits_.end() ? misfit->second : why_absent_.at(key_of(cell));
}

std::vector<std::string> DataSets::origins() const {
  std::vector<std::string> lines;
  for (const auto& [key, set] : sets_)
    if (set) {
      add_once(lines, fmt::format("data set {}: {}", names_.at(key), set->facts().description));
      for (const std::string& remark : set->facts().remarks)
        add_once(lines, fmt::format("data set {}: {}", names_.at(key), storage::printable_in_line(remark)));
    }
  return lines;
}

std::shared_ptr<const data::Dataset> DataSets::of(const manifest::Cell& cell) const {
  return fits(cell) ? sets_.at(key_of(cell)) : nullptr;
}

}  // namespace irmae::launchers
