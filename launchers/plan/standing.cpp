// SPDX-License-Identifier: MIT
#include "launchers/plan/standing.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "framework/training/runs/complete_cells.h"
#include "storage/cell_paths.h"
#include "storage/cell_state.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/seal.h"
#include "storage/text/words_of.h"

namespace irmae::launchers {

namespace {

constexpr auto kPlanStates =
    storage::words_of<PlanState::unreadable>({"complete", "partial", "waiting", "damaged", "newer", "unreadable"});

/// Finished cells whose files are read. Of more, which would take longer than a user waits for a plan, only those that are not
/// whole to their last line.
constexpr std::size_t kMostRead = 1000;

/// As the cell itself last said it, or as its metrics do.
double share_left(const manifest::Cell& cell, const std::filesystem::path& folder) {
  const auto state = storage::read_state(folder);
  if (state && state->epochs == cell.integer("train.epochs") && state->epoch >= 0 && state->epoch <= state->epochs)
    return 1 - static_cast<double>(state->epoch) / static_cast<double>(state->epochs);
  try {
    const auto done =
        static_cast<double>(storage::RunFile(folder / storage::kMetricsFile).history(storage::Spectra::none).size());
    return std::max(0.0, 1 - done / static_cast<double>(cell.integer("train.epochs")));
  } catch (const Error&) {
    return 1;  // stopped before the end of its first epoch
  }
}

}  // namespace

std::string name_of(PlanState state) { return std::string(kPlanStates.of(state)); }

Standings::Standings(const manifest::Plan& plan, const std::filesystem::path& output, const cost::CostModel* costs)
    : folder_(output / plan.name), costs_(costs) {
  std::vector<std::filesystem::path> files;
  for (const manifest::Cell& cell : plan.cells)
    if (std::error_code error; std::filesystem::exists(run_file(cell), error)) files.push_back(run_file(cell));
  many_ = files.size() > kMostRead;
  // Side by side, as hundreds of them take long one after the other.
  if (!many_) storage::check_seals_ahead(files);
}

Standing Standings::of(const manifest::Cell& cell) const {
  const std::filesystem::path folder = folder_ / cell.folder();
  if ((costs_ && costs_->has_read(cell, folder)) || (many_ && storage::ends_in_seal(run_file(cell))))
    return {PlanState::complete, 0};
  try {
    if (training::is_complete(cell, folder)) return {PlanState::complete, 0};
  } catch (const NewerFile&) {
    return {PlanState::newer};
  } catch (const UnreadableFile&) {
    return {PlanState::unreadable};
  } catch (const Error&) {
    return {PlanState::damaged};
  }
  if (storage::has_checkpoint(folder)) return {PlanState::partial, share_left(cell, folder)};
  return {PlanState::waiting};
}

}  // namespace irmae::launchers
