// SPDX-License-Identifier: MIT
// irmae evaluate: a run that is measured later holds what it would have held at once. Oracle: a run that lacked nothing.
#include <cstdlib>
#include <fstream>

#include "tests/contains.h"
#include "tests/launchers/model_program.h"
#include "tests/mpi_environment.h"

namespace irmae {
namespace {

/// A feature network of 6 numbers, the mean and spread of each channel; made once in a process, as loading PyTorch takes
/// seconds.
std::filesystem::path network_file() {
  static const tests::TemporaryFolder folder;
  const std::filesystem::path file = folder / "moments.pt";
  if (std::filesystem::exists(file)) return file;
  std::ofstream(folder / "code.py") << R"(
import torch
class Moments(torch.nn.Module):
    def forward(self, images: torch.Tensor, return_features: bool = True) -> torch.Tensor:
        x = images.to(torch.float32) / 255
        return torch.cat([x.mean([2, 3]), x.std([2, 3])], 1)
torch.jit.script(Moments()).save('moments.pt')
)";
  const tests::Result made = tests::run("cd " + folder.string() + " && " + IRMAE_PYTHON + " code.py");
  EXPECT_EQ(made.status, 0) << made.output;
  return file;
}

class Evaluate : public tests::ModelProgram {
 protected:
  void SetUp() override {
    ModelProgram::SetUp();
    if (IsSkipped()) return;
    tests::set_mpi_environment();
    std::filesystem::create_directory(folder / "empty");
    std::filesystem::create_directory(folder / "models");
    std::filesystem::copy_file(network_file(), folder / "models" / "moments.pt");
    check("np.save('labels.npy', np.arange(80) % 4)");
    std::ofstream(folder / "tiny.toml")
        << "[data]\nname = 'array'\nfile = 'images.npy'\nlabels = 'labels.npy'\nvalidation_share = 0.25\n"
           "[train]\nepochs = 2\nbatch = 8\nlearning_rate = 1e-3\nthreads = 1\n"
           "[model]\nmethod = 'irmae'\nnetwork = 'shapes'\nlatent = 8\n"
           "[evaluate]\nfeatures = 'moments.pt'\nfrechet_images = 40\nsamples = 9\n"
           "classification_draws = 2\nclassification_labels = '8 all'\n"
           "classification_updates = 40\n";
  }

  /// irmae, to which a folder of feature networks is given: "models" has the one that is asked for, "empty" has none.
  tests::Result with(const std::string& models, const std::string& arguments, int ranks = 1) const {
    setenv("IRMAE_MODELS", (folder / models).c_str(), 1);
    const std::string before = ranks > 1 ? tests::mpirun(ranks) : "";
    return tests::run("cd " + folder.string() + " && " + before + IRMAE_BINARY_DIR "/irmae " + arguments);
  }
  /// What two ranks say that measure `late` with this fault.
  tests::Result faulty(const char* fault) const {
    setenv("IRMAE_FAULT", fault, 1);
    tests::Result result = with("models", "evaluate late", 2);
    unsetenv("IRMAE_FAULT");
    return result;
  }
  /// Trains tiny.toml, or copies what an earlier test trained in the same way.
  void trains(const std::string& models, const std::string& output, int ranks = 1) const {
    static const tests::TemporaryFolder kept;
    const std::filesystem::path trained = kept / (models + std::to_string(ranks));
    if (!std::filesystem::exists(trained)) {
      const tests::Result result = with(models, "run tiny.toml -q -o " + output, ranks);
      ASSERT_EQ(result.status, 0) << result.output;
      copy(folder / output, trained);
    } else {
      copy(trained, folder / output);
    }
  }
  static void copy(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
  std::string fid(const std::string& output) const { return irmae("table fid --format csv " + output).output; }
  std::string bytes_of(const std::string& output) const { return tests::run("cat " + run_of(output)).output; }
  std::string run_of(const std::string& output) const { return (folder / output).string() + "/tiny/*/run.h5"; }

  /// Changes the run file of an output by Python, whose `f` it is.
  void change(const std::string& output, const std::string& code) const {
    check("run = glob.glob('" + output + R"(/tiny/*/run.h5')[0]
sealed = open(run, 'rb').read()
open(run, 'wb').write(sealed[:sealed.rindex(b'irmae-seal-1 ')])
with h5py.File(run, 'a') as f:
)" + code);
  }

  /// Fails where the runs of two outputs differ elsewhere than in what starts with one of `but`, Python's tuple of names.
  void same_but(const std::string& a, const std::string& b, const std::string& but) const {
    check(R"(
def facts(run):
    found = {}
    with h5py.File(run) as f:
        def visit(name, thing):
            for key, value in thing.attrs.items():
                if 'LIST' not in key: found[name + '@' + key] = str(value)  # the others are references
            if isinstance(thing, h5py.Dataset):
                found[name] = str(thing.dtype), thing.shape, np.asarray(thing[()]).tobytes()
                found[name + ' along'] = str([list(axis.keys()) for axis in thing.dims]), thing.compression, thing.chunks
        f.visititems(visit)
        visit('', f)
    return found
def same_but(a, b, but):
    runs = [sorted(glob.glob(output + '/tiny/*/run.h5')) for output in (a, b)]
    assert len(runs[0]) == len(runs[1]) > 0
    for a, b in zip(*map(lambda files: map(facts, files), runs)):
        differ = [n for n in sorted(set(a) | set(b)) if a.get(n) != b.get(n) and not n.startswith(but)]
        assert len(a) > 100 and not differ, differ
same_but(')" +
          a + "', '" + b + "', " + but + ")");
  }

  static constexpr const char* kTimes =
      "('metrics/seconds', 'metrics/samples_per_second', 'provenance@started', 'provenance@wall_seconds', "
      "'provenance@cpu_seconds')";
};

TEST_F(Evaluate, MeasuresLaterWhatTheRunWouldHaveHeldAtOnce) {
  for (const int ranks : {1, 2}) {
    const std::string late = "late" + std::to_string(ranks), whole = "whole" + std::to_string(ranks);
    trains("empty", late, ranks);
    trains("models", whole, ranks);
    ASSERT_NE(fid(late), fid(whole));
    const tests::Result result = with("models", "evaluate " + late, ranks);

    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_CONTAINS(result.output, "measured: frechet");
    EXPECT_EQ(fid(late), fid(whole));
    same_but(late, whole, kTimes);
  }
}

TEST_F(Evaluate, NamesTheFileWhoseWeightsAreNotFinite) {
  trains("empty", "late");
  change("late", "    f['weights/decoder.1.bias'][3] = np.nan");
  const tests::Result result = with("models", "evaluate late");

  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_CONTAINS(result.output, "run.h5: weight decoder.1.bias has numbers that are not finite: its training diverged");
}

/// Up to rounding: each rank sums over its share. With a cache of its own, so that the reference is shared out as well.
TEST_F(Evaluate, MeasuresOnThreeRanksWhatOneMeasured) {
  // 24 validation images: an intrinsic dimension is of more than 20.
  ASSERT_EQ(with("models", "run tiny.toml model.method=vae data.validation_share=0.3 -q -o whole").status, 0);
  copy(folder / "whole", folder / "again");
  const tests::Result all = tests::run("cd " + folder.string() + " && IRMAE_CACHE=" + (folder / "cache").string() + " " +
                                       tests::mpirun(3) + IRMAE_BINARY_DIR "/irmae evaluate --again again");
  EXPECT_EQ(all.status, 0) << all.output;
  EXPECT_CONTAINS(all.output, "measured: classification, dimension, frechet, interpolation, pca, samples, vae");

  check(R"(
def facts(output):
    found = {}
    def visit(name, thing):
        for key, value in thing.attrs.items():
            if isinstance(value, (np.integer, np.floating)): found[name + '@' + key] = value
        if isinstance(thing, h5py.Dataset): found[name] = thing[()]
    h5py.File(glob.glob(output + '/tiny/*/run.h5')[0])['evaluation'].visititems(visit)
    return found
one, three = facts('whole'), facts('again')
assert one.keys() == three.keys(), one.keys() ^ three.keys()
assert {'dimension@samples_mle', 'frechet@prior', 'frechet@reconstructions', 'vae@reconstruction'} < one.keys(), one.keys()
for name in one:
    a, b = (np.asarray(facts[name], float) for facts in (one, three))
    limit = 1 if np.asarray(one[name]).dtype == np.uint8 else 1e-6 * np.abs(a).max(initial=0)
    assert a.shape == b.shape and np.abs(a - b).max(initial=0) <= limit, (name, a, b)
)");
  // And what the one measured is what NumPy has of drawn codes.
  check(R"(
f = h5py.File(glob.glob('whole/tiny/*/run.h5')[0])
means = np.cov(f['latents/train/z'][:].T, ddof=0)
assert np.trace(f['evaluation/samples/gaussian_covariances'][0]) > np.trace(means) + 2, 'eight units of a variance of about 1'
drawn = np.cov(f['latents/validation/z'][:].T) + np.diag(f['evaluation/vae/posterior_variance'][:])
np.testing.assert_allclose(f['evaluation/vae/drawn_spectrum'][:], np.linalg.svd(drawn, compute_uv=False), rtol=1e-6)
)");
}

TEST_F(Evaluate, ChangesNothingElseInTheFile) {
  trains("empty", "late");
  copy(folder / "late", folder / "before");
  const tests::Result result = with("models", "evaluate late");
  ASSERT_EQ(result.status, 0) << result.output;
  ASSERT_CONTAINS(result.output, "measured: frechet");

  same_but("before", "late", "('evaluation/frechet',)");
  check(
      "f = h5py.File(glob.glob('late/tiny/*/run.h5')[0])\n"
      "assert f['evaluation/frechet'].attrs['resizer'] in ('left to the network', b'left to the network')");
  check(
      "import xarray\nfor g in 'pca', 'samples': xarray.open_dataset(glob.glob('late/tiny/*/run.h5')[0], "
      "group='evaluation/' + g, engine='h5netcdf').load()");
  const tests::Result exported = irmae("export late/tiny/irmae-*");
  EXPECT_EQ(exported.status, 0) << exported.output;
}

TEST_F(Evaluate, SaysOnceThatCellsLackNothing) {
  trains("models", "whole");
  const std::string before = bytes_of("whole");
  const tests::Result result = with("models", "evaluate whole");

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output, "1 complete cell: no evaluation is lacking\n");
  EXPECT_EQ(bytes_of("whole"), before);
}

TEST_F(Evaluate, AgainGivesTheSameAndKeepsWhatCannotBeMeasuredNow) {
  trains("models", "whole");
  copy(folder / "whole", folder / "again");
  const tests::Result all = with("models", "evaluate --again again");
  EXPECT_EQ(all.status, 0) << all.output;
  EXPECT_CONTAINS(all.output, "measured: classification, frechet, interpolation, pca, samples");
  same_but("whole", "again", "('nothing',)");

  const tests::Result without = with("empty", "evaluate --again again");
  EXPECT_EQ(without.status, 1) << without.output;
  EXPECT_LACKS(without.output, "frechet, ");
  same_but("whole", "again", "('nothing',)");

  std::ofstream(folder / "empty" / "moments.pt") << "no network";
  const tests::Result wrong = with("empty", "evaluate --again again");
  EXPECT_EQ(wrong.status, 1) << wrong.output;
  EXPECT_CONTAINS(wrong.output, "not a TorchScript file");
  same_but("whole", "again", "('nothing',)");
}

TEST_F(Evaluate, GivesTheSameForMethodsWithMatricesOrBasesThatAreNotTrained) {
  ASSERT_EQ(
      with("models",
           "run tiny.toml 'model.method=[\"vae\",\"rrae\",\"least-volume\",\"irmae-fixed\"]' model.rank_max=3 -q -o whole")
          .status,
      0);
  copy(folder / "whole", folder / "again");
  const tests::Result all = with("models", "evaluate --again again");

  EXPECT_EQ(all.status, 0) << all.output;
  EXPECT_CONTAINS(all.output, "4 of 4 cells measured");
  same_but("whole", "again", "('nothing',)");
}

TEST_F(Evaluate, AnAbsentNetworkIsOneLineAndFailedWork) {
  const tests::Result trained = with("empty", "run tiny.toml -q -o late");
  EXPECT_CONTAINS(trained.output, "without an evaluation that it asks for (frechet): irmae evaluate late/tiny");
  EXPECT_CONTAINS(trained.output,
                  "set IRMAE_MODELS to the folder that holds it, or name its path in the manifest; 1 cell will");
  const std::string before = bytes_of("late");
  const tests::Result result = with("empty", "evaluate late");

  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.output,
            "irmae: feature network moments.pt is not there: set IRMAE_MODELS to the folder that holds it; without it there is "
            "no frechet for 1 cell\n"
            "0 of 1 cell measured, 0 complete before\n");
  EXPECT_EQ(bytes_of("late"), before);
}

TEST_F(Evaluate, ANetworkThatCannotBeUsedIsNamedBeforeTheTraining) {
  std::ofstream(folder / "empty" / "moments.pt") << "not a network";
  const tests::Result trained = with("empty", "run tiny.toml -o late");

  EXPECT_EQ(trained.status, 0) << trained.output;
  EXPECT_CONTAINS(trained.output, "irmae: feature network moments.pt cannot be used on the host: ");
  EXPECT_CONTAINS(trained.output, "not a TorchScript file that this LibTorch can load");
  EXPECT_CONTAINS(trained.output, "irmae evaluate late/tiny measures it once its files are there and can be used");
  const tests::Result failed = with("empty", "run tiny.toml train.learning_rate=1e30 -o never");
  EXPECT_EQ(failed.status, 1) << failed.output;
  EXPECT_CONTAINS(failed.output, "cannot be used on the host: ") << "before the training: this one never comes to evaluations";
  const tests::Result good = with("models", "run tiny.toml -o whole");
  EXPECT_EQ(good.status, 0) << good.output;
  EXPECT_LACKS(good.output, "cannot be used");
}

TEST_F(Evaluate, MeasuresWhatAnEarlierVersionDidNotKnow) {
  trains("models", "whole");
  copy(folder / "whole", folder / "older");
  change("older", "    del f['evaluation/pca'], f['evaluation/attributes']");
  const tests::Result result = with("models", "evaluate older");

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_CONTAINS(result.output, "measured: pca\n");
  same_but("whole", "older", "('nothing',)");
}

TEST_F(Evaluate, MeasuresAgainWhatAnEarlierVersionMeantOtherwise) {
  trains("models", "whole");
  copy(folder / "whole", folder / "older");
  // Without a version it is of the first: what the second versions of pca and classification changed is not this cell's. A
  // later program's is not this one's to replace.
  change("older", R"(
    for array in f['evaluation/samples'].values(): array[...] = 0
    f['evaluation/samples'].attrs['version'] = 0
    del f['evaluation/classification'].attrs['version'], f['evaluation/pca'].attrs['version']
    f['evaluation/interpolation'].attrs['version'] = 1000
)");
  const tests::Result result = with("models", "evaluate older");
  const tests::Result after = with("models", "evaluate older");

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_CONTAINS(result.output, "measured: samples\n");
  same_but("whole", "older",
           "('evaluation/classification@version', 'evaluation/pca@version', 'evaluation/interpolation@version')");
  EXPECT_EQ(after.output, "1 complete cell: no evaluation is lacking\n");
}

TEST_F(Evaluate, TakesTheReasonForWhatAnEarlierVersionMeasuredAndThisOneNeverWill) {
  trains("models", "whole");
  copy(folder / "whole", folder / "older");
  change("older", R"(
    f['evaluation/attributes'].attrs['version'] = 0
    del f['evaluation/attributes'].attrs['missing']
)");
  const tests::Result result = with("models", "evaluate older");
  const tests::Result after = with("models", "evaluate older");

  EXPECT_EQ(result.status, 0) << result.output;
  same_but("whole", "older", "('nothing',)");
  EXPECT_EQ(after.output, "1 complete cell: no evaluation is lacking\n");
}

TEST_F(Evaluate, KeepsWhatAnEarlierVersionMeasuredUntilItsNetworkCanBeUsed) {
  trains("models", "whole");
  copy(folder / "whole", folder / "older");
  change("older", "    f['evaluation/frechet'].attrs['version'] = 0");
  std::ofstream(folder / "empty" / "moments.pt") << "no network";
  const tests::Result trained = with("models", "run tiny.toml -q -o older");
  const tests::Result wrong = with("empty", "evaluate older");

  EXPECT_CONTAINS(trained.output,
                  "1 complete cell has evaluations that this version measures otherwise (frechet): "
                  "irmae evaluate older/tiny measures them again");
  EXPECT_LACKS(trained.output, "without an evaluation");
  EXPECT_EQ(wrong.status, 1) << wrong.output;
  EXPECT_CONTAINS(wrong.output, "not a TorchScript file");
  same_but("whole", "older", "('evaluation/frechet@version',)");

  const tests::Result right = with("models", "evaluate older");
  EXPECT_EQ(right.status, 0) << right.output;
  EXPECT_CONTAINS(right.output, "measured: frechet\n");
  same_but("whole", "older", "('nothing',)");
}

TEST_F(Evaluate, OtherDataAreRefused) {
  trains("empty", "late");
  const std::string before = bytes_of("late");
  check("a = np.load('images.npy'); a[0, 0, 0, 0] ^= 1; np.save('images.npy', a)");
  const tests::Result other = with("models", "evaluate late");
  std::filesystem::remove(folder / "images.npy");
  const tests::Result none = with("models", "evaluate late");

  EXPECT_EQ(other.status, 1);
  EXPECT_CONTAINS(other.output, "was trained on other data so far");
  EXPECT_CONTAINS(other.output, "bring them back, or move its folder away");
  EXPECT_EQ(none.status, 1);
  EXPECT_CONTAINS(none.output, "images.npy");
  EXPECT_EQ(bytes_of("late"), before);
}

TEST_F(Evaluate, OtherDataAreRefusedAsSuchAlsoWhereTheModelCouldNotGiveThem) {
  check("np.save('vectors.npy', np.random.default_rng(1).uniform(size=(60, 6)).astype('f4'))");
  std::ofstream(folder / "both.toml") << "[data]\nname = 'array'\nfile = 'vectors.npy'\nscaling = 'none'\n[model]\nlatent = 2\n"
                                         "[train]\nepochs = 1\nthreads = 1\n[grid]\n'model.method' = ['vae', 'irmae']\n";
  const tests::Result trained = irmae("run both.toml -q -o both");
  ASSERT_EQ(trained.status, 0) << trained.output;
  check("np.save('vectors.npy', 3 * np.load('vectors.npy'))");
  const tests::Result result = irmae("evaluate both --again");

  EXPECT_EQ(result.status, 1);
  EXPECT_LACKS(result.output, "sigmoid") << "a complete cell cannot follow advice on its parameters";
  const std::string other = "was trained on other data so far";
  EXPECT_CONTAINS(result.output, other);
  EXPECT_NE(result.output.find(other), result.output.rfind(other)) << "of one cell only: " << result.output;
}

TEST_F(Evaluate, ACellInUseIsRefused) {
  trains("empty", "late");
  const std::string before = bytes_of("late");
  setenv("IRMAE_MODELS", (folder / "models").c_str(), 1);
  const tests::Result result =
      tests::run("cd " + folder.string() + " && flock late/tiny/*/lock " IRMAE_BINARY_DIR "/irmae evaluate late");

  EXPECT_EQ(result.status, 75);
  EXPECT_CONTAINS(result.output, " is in use by ");
  EXPECT_EQ(bytes_of("late"), before);
}

TEST_F(Evaluate, EndsWithTheReasonWhereOneRankCannotBeginACell) {
  trains("empty", "late");
  const std::string before = bytes_of("late");
  const tests::Result result = faulty("choice of a device:throw:1:1");

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "irmae: rank 1, ");
  EXPECT_CONTAINS(result.output, "fault asked for by IRMAE_FAULT at choice of a device");
  EXPECT_EQ(bytes_of("late"), before);
}

TEST_F(Evaluate, GoesOnWhereOneRankHasNoDeviceForACell) {
  trains("empty", "late");
  const tests::Result result = faulty("own device:throw:1:1");

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "rank 1, choice of a device: fault asked for by IRMAE_FAULT at own device");
  EXPECT_CONTAINS(result.output, "0 of 1 cell measured");
}

TEST_F(Evaluate, TakesTheCellsThatAreNamedAndLeavesUnfinishedOnes) {
  ASSERT_EQ(with("empty", "run tiny.toml 'train.seed=[1,2]' -q -o late").status, 0);
  const tests::Result one = with("models", "evaluate late --only '*seed2'");
  EXPECT_EQ(one.status, 0) << one.output;
  EXPECT_CONTAINS(one.output, "1 of 1 cell measured");
  ASSERT_EQ(tests::run("rm " + (folder / "late").string() + "/tiny/irmae-seed2-*/run.h5").status, 0);
  const tests::Result rest = with("models", "evaluate late");
  EXPECT_EQ(rest.status, 0) << rest.output;
  EXPECT_CONTAINS(rest.output, "1 of 1 cell measured, 0 complete before\n1 not finished");

  refuses("evaluate late --only nothing", 2, "no cell's name matches --only 'nothing'; irmae status late lists them");
  refuses("run late --only nothing", 2, "no cell's name matches --only 'nothing'; irmae status late lists them");
  refuses("evaluate empty", 1, "no run there is complete");
  refuses("evaluate nowhere", 1, "nowhere: there is no such folder");
}

}  // namespace
}  // namespace irmae
