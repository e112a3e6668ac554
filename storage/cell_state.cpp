// SPDX-License-Identifier: MIT
#include "storage/cell_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/system/fault.h"
#include "storage/system/files.h"
#include "storage/system/process_space.h"
#include "storage/text/toml.h"
#include "storage/text/toml_text.h"
#include "storage/text/utf8.h"
#include "storage/text/words_of.h"

namespace irmae::storage {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestText = 1000;     ///< of one field: an error message is one line
constexpr std::size_t kLargestFile = 1 << 16;  ///< larger: not written by us

/// As the file has them.
constexpr auto kPhases = words_of<CellPhase::complete>({"running", "stopped", "failed", "complete"});

/// The first line as a TOML string. A message may hold a path in any encoding.
std::string toml_line(std::string_view text) {
  return toml_text(printable(text.substr(0, std::min(text.find('\n'), kLongestText))));
}

/// The file's text. Who has it open on another host when it is replaced may get an error of it, as from NFS (ESTALE); the one
/// that is there then is read at a second try. Throws Error.
std::string text_in(const fs::path& path) {
  const auto read = [&] {
    fault_point("read-", path.stem().string());
    return read_text(path);
  };
  try {
    return read();
  } catch (const Error&) {
    return read();
  }
}

std::string real(double value) { return fmt::format("{:.6e}", std::isfinite(value) ? value : 0.0); }

}  // namespace

void write_state(const fs::path& folder, const CellState& state) {
  const std::string text = fmt::format(
      "# How this cell stands. Replaced every few seconds while it is trained; irmae status reads it.\n"
      "state = {}\nepoch = {}\nepochs = {}\nstep = {}\nsteps = {}\nsamples_per_second = {}\nseconds_left = {}\n"
      "seconds_since_step = {}\nranks = {}\nhost = {}\nprocess = {}\nprocess_space = {}\njob = {}\nupdated = {}\nerror = {}\n"
      "wall_seconds = {}\ndeaths = {}\n",
      toml_line(kPhases.of(state.phase)), state.epoch, state.epochs, state.step, state.steps, real(state.samples_per_second),
      real(state.seconds_left), real(state.seconds_since_step), state.ranks, toml_line(state.host), state.process,
      toml_line(state.process_space), toml_line(state.job), state.updated, toml_line(state.error), real(state.wall_seconds),
      state.deaths);
  replace_file(folder / kStateFile, text, Durability::process);
}

std::optional<CellState> read_state(const fs::path& folder) {
  try {
    std::error_code error;
    const fs::path path = folder / kStateFile;
    const auto size = fs::file_size(path, error);
    if (error || size > kLargestFile) return std::nullopt;
    const toml::table table = toml::parse(text_in(path));
    CellState state;
    const auto text = [&](const char* key, std::string& value) {
      // It may be printed on a terminal, whoever wrote it.
      value = printable(table[key].value_or(std::string()));
      std::ranges::replace(value, '\n', ' ');
    };
    const auto count = [&](const char* key, std::int64_t& value) {
      // Exact: toml++ would convert a real number of any size.
      if (const auto number = table[key].value_exact<std::int64_t>()) value = *number;
    };
    const auto number = [&](const char* key, double& value) {
      value = table[key].value_or(0.0);
      if (!std::isfinite(value)) value = 0;
    };
    std::string word;
    text("state", word);
    count("epoch", state.epoch);
    count("epochs", state.epochs);
    count("step", state.step);
    count("steps", state.steps);
    number("samples_per_second", state.samples_per_second);
    number("seconds_left", state.seconds_left);
    number("seconds_since_step", state.seconds_since_step);
    count("ranks", state.ranks);
    text("host", state.host);
    count("process", state.process);
    text("process_space", state.process_space);
    text("job", state.job);
    count("updated", state.updated);
    text("error", state.error);
    number("wall_seconds", state.wall_seconds);
    count("deaths", state.deaths);
    state.deaths = std::clamp<std::int64_t>(state.deaths, 0, 1'000'000);
    if (const auto phase = kPhases.from(word)) {
      state.phase = *phase;
      return state;
    }
  } catch (const std::exception&) {
    // Damaged, or gone since: as if there were none.
  }
  return std::nullopt;
}

bool is_gone(const CellState& state, const std::string& host, const std::string& process_space) {
  return state.phase == CellPhase::running && state.host == host && state.process_space == process_space &&
         process_is_gone(state.process);
}

}  // namespace irmae::storage
