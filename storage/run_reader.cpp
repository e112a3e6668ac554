// SPDX-License-Identifier: MIT
// run.h5 and metrics.h5, read.
#include <fmt/format.h>

#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/run_layout.h"

namespace irmae::storage {

std::string hdf5_version() {
  const hdf5::LibraryLock lock;
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

struct RunFile::Impl {
  explicit Impl(const std::filesystem::path& path) : file(path) { check_header(file, {"run", "metrics"}); }
  hdf5::Reader file;
};

RunFile::RunFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
RunFile::~RunFile() = default;

std::string RunFile::id() const { return read_id(impl_->file); }
Identity RunFile::identity() const { return read_identity(impl_->file); }

Attributes RunFile::provenance() const { return impl_->file.attributes("/provenance"); }
History RunFile::history(Spectra spectra) const { return read_history(impl_->file, spectra); }

Latents RunFile::latents(Split split) const {
  const std::string group = "/latents/" + text_of(split);
  Latents latents;
  if (!impl_->file.has(group)) return latents;
  NamedArray z = impl_->file.array(group + "/z");
  const bool real =
      std::holds_alternative<std::vector<float>>(z.values) || std::holds_alternative<std::vector<double>>(z.values);
  if (!real || z.shape.size() != 2)
    throw Error(
        fmt::format("{}: {}/z is not a matrix of float32 or float64: the file is damaged", impl_->file.path().string(), group));
  latents.count = z.shape[0];
  latents.latent = z.shape[1];
  latents.z = std::move(z.values);
  latents.labels = read_integers(impl_->file, group + "/labels");
  latents.index = read_integers(impl_->file, group + "/index");
  if (latents.labels.size() != static_cast<std::size_t>(latents.count) || latents.index.size() != latents.labels.size())
    throw Error(fmt::format("{}: {} does not fit together: the file is damaged", impl_->file.path().string(), group));
  return latents;
}

std::int64_t RunFile::count(Split split) const {
  const std::string index = "/latents/" + text_of(split) + "/index";
  return impl_->file.has(index) ? elements_of(impl_->file.shape(index)) : 0;
}

std::vector<double> RunFile::spectrum() const { return read_finite(impl_->file, "/spectrum/final/covariance"); }

std::vector<NamedArray> RunFile::weights() const { return read_arrays(impl_->file, "/weights"); }

NamedArray RunFile::originals() const {
  return impl_->file.has("/samples/originals") ? impl_->file.array("/samples/originals") : NamedArray{};
}

NamedArray RunFile::reconstructions() const {
  return impl_->file.has("/samples/reconstructions") ? impl_->file.array("/samples/reconstructions") : NamedArray{};
}

std::vector<std::string> RunFile::evaluations() const {
  return impl_->file.has("/evaluation") ? impl_->file.names("/evaluation") : std::vector<std::string>{};
}

Attributes RunFile::notes_of(const std::string& evaluation) const {
  const std::string group = "/evaluation/" + evaluation;
  if (!impl_->file.has(group)) return {};
  return impl_->file.attributes(group);
}

Evaluation RunFile::evaluation(const std::string& name) const {
  const std::string group = "/evaluation/" + name;
  Evaluation found{.name = name, .notes = notes_of(name)};
  if (!impl_->file.has(group)) return found;
  for (NamedArray& array : impl_->file.arrays(group, [](const std::string&) { return true; })) {
    if (impl_->file.is_scale(group + "/" + array.name)) {
      if (auto* values = std::get_if<std::vector<std::int64_t>>(&array.values))
        found.coordinates[array.name] = std::move(*values);
    } else {
      found.arrays.push_back({std::move(array), {}, ""});
    }
  }
  return found;
}

}  // namespace irmae::storage
