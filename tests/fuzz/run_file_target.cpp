// SPDX-License-Identifier: MIT
#include "storage/error.h"
#include "storage/formats/array_file.h"
#include "storage/run_file.h"
#include "tests/fuzz/targets.h"

namespace irmae::tests::fuzz {

namespace {

void check(const storage::NamedArray& array) {
  std::int64_t count = 1;
  for (const std::int64_t size : array.shape) count *= size;
  std::visit(
      [&](const auto& values) {
        if (static_cast<std::int64_t>(values.size()) != count) broken(array.name + ": its shape and its values differ");
      },
      array.values);
}

template <class Read>
void allow_refusal(Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (std::string_view(error.what()).empty()) broken("a refusal without a word");
  }
}

void read_run(const std::string& path) {
  const storage::RunFile file(path);
  allow_refusal([&] { file.identity(); });
  allow_refusal([&] { file.provenance(); });
  allow_refusal([&] { file.history(); });
  for (const storage::Split split : {storage::Split::train, storage::Split::validation})
    allow_refusal([&] {
      const storage::Latents latents = file.latents(split);
      const std::size_t numbers = std::visit([](const auto& values) { return values.size(); }, latents.z);
      if (numbers != static_cast<std::size_t>(latents.count * latents.latent) ||
          latents.labels.size() != static_cast<std::size_t>(latents.count) || latents.index.size() != latents.labels.size())
        broken("latents that do not fit together");
      if (file.count(split) != latents.count) broken("another number of codes than there are");
    });
  allow_refusal([&] { file.spectrum(); });
  allow_refusal([&] {
    for (const storage::NamedArray& array : file.weights()) check(array);
  });
  allow_refusal([&] {
    if (const auto array = file.originals(); !array.name.empty()) check(array);
  });
  allow_refusal([&] {
    if (const auto array = file.reconstructions(); !array.name.empty()) check(array);
  });
  allow_refusal([&] {
    for (const std::string& name : file.evaluations())
      allow_refusal([&] {
        for (const auto& array : file.evaluation(name).arrays) check(array.array);
      });
  });
}

}  // namespace

void read_everything(const std::string& path) {
  allow_refusal([&] { read_run(path); });
  allow_refusal([&] {
    for (const storage::NamedArray& array : storage::read_checkpoint(path).tensors) check(array);
  });
  allow_refusal([&] {
    for (const storage::NamedArray& array : storage::read_array_file(path, "feature statistics")) check(array);
  });
}

void run_file(Bytes input) { read_everything(scratch_file("run.h5", input)); }

}  // namespace irmae::tests::fuzz
