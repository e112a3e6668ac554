// SPDX-License-Identifier: MIT
// irmae export: what other programs read computes what the run stored. Oracles: PyTorch, and a reader of safetensors in Python.
#include <fmt/format.h>

#include "tests/contains.h"
#include "tests/launchers/model_program.h"

namespace irmae {
namespace {

using Export = tests::ModelProgram;

/// One look for all, since Python's torch takes longer to load than everything else here.
TEST_F(Export, ComputesWhatTheRunStoredWhateverTheMethod) {
  struct Kind {
    const char* folder;
    const char* method;
    const char* overrides;
  };
  std::string trained;
  for (const Kind& kind :
       std::vector<Kind>{{"plain", "ae", "model.output=tanh"},
                         {"folded", "irmae", "model.output=tanh model.linear_layers=2"},
                         {"folded-in-double", "irmae", "model.output=tanh model.linear_layers=2 train.precision=float64"},
                         {"means", "vae", "model.output=sigmoid"},
                         {"not-linear", "irmae-nonlinear", "model.output=tanh model.linear_layers=2"},
                         {"normalised-decoder", "least-volume", "model.output=tanh"},
                         {"projected-codes", "rrae", "model.output=tanh model.rank_max=3"}}) {
    const std::string name = kind.folder;
    // All validation images, so that their errors can be computed anew.
    train(name, fmt::format("model.method={} {} evaluate.images=20", kind.method, kind.overrides));
    const tests::Result exported = irmae("export " + name);
    ASSERT_EQ(exported.status, 0) << exported.output;
    EXPECT_CONTAINS(exported.output, name + "/model.safetensors");
    EXPECT_CONTAINS(exported.output, "on 20 validation images the codes differ");
    trained += fmt::format(" {} {}", (folder / name).string(), kind.method);
  }

  const tests::Result checked = tests::run(IRMAE_PYTHON " " IRMAE_SOURCE_DIR "/tests/launchers/check_export.py" + trained);

  EXPECT_EQ(checked.status, 0) << checked.output;
}

TEST_F(Export, WritesWhereItIsTold) {
  train("run", "");
  EXPECT_EQ(irmae("export run/run.h5 -o a/b").status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "a/b/model.pt"));
  EXPECT_TRUE(std::filesystem::exists(folder / "a/b/model.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder / "run/model.pt"));
  const tests::Result example =
      tests::run("cd " + (folder / "a/b").string() +
                 " && sed -n '/^```python/,/^```/p' " IRMAE_SOURCE_DIR "/docs/export.md | grep -v '^```' | " IRMAE_PYTHON);
  EXPECT_EQ(example.output, "torch.Size([2, 8]) torch.Size([2, 3, 32, 32])\n");
  std::ofstream(folder / "file") << "x";
  refuses("export run -o file", 1, "file");
}

TEST_F(Export, OnAFullDiskLeavesNothingAndSaysSo) {
  train("run", "");
  const tests::Result result = tests::run("trap '' XFSZ; ulimit -f 1000; cd " + folder.string() + " && " + IRMAE_BINARY_DIR +
                                          "/irmae export run -o out");
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_TRUE(result.output.starts_with("irmae: cannot write out/model.pt: ")) << result.output;
  EXPECT_TRUE(std::filesystem::is_empty(folder / "out"));
}

TEST_F(Export, NamesWhatIsWrongWithARun) {
  train("run", "");
  refuses("export absent", 1, "absent: there is no such file or folder");
  refuses("export .", 1, "name one cell's folder, such as ./run");
  refuses("export", 2, "run is required");
  std::ofstream(folder / "tiny.toml") << "[data]\n";
  refuses("export tiny.toml", 1, "not an HDF5 file");
  check("f = h5py.File('images.h5', 'w'); f['images'] = [1.0]");
  refuses("export images.h5", 1, "images.h5");
  tests::run("mkdir " + (folder / "unfinished").string() + " && cp " + (folder / "run/metrics.h5").string() + " " +
             (folder / "unfinished").string());
  refuses("export unfinished", 1, "this run is not finished");
  refuses("export unfinished/metrics.h5", 1, "this run is not finished");
  refuses("export run/metrics.h5", 1, "run/metrics.h5: holds no weights: name run/run.h5, or its folder");

  const auto damaged = [&](const std::string& code, const std::string& says) {
    tests::run("rm -rf " + (folder / "other").string() + " && mkdir " + (folder / "other").string() + " && cp " +
               (folder / "run/run.h5").string() + " " + (folder / "other").string());
    check("f = h5py.File('other/run.h5', 'r+')\n" + code);
    refuses("export other", 1, says);
    EXPECT_FALSE(std::filesystem::exists(folder / "other/model.pt"));
  };
  damaged("del f['weights/decoder.1.bias']", "weight decoder.1.bias is missing");
  damaged("del f['weights/decoder.1.bias']\nf['weights/decoder.1.bias'] = np.zeros(7, 'f4')",
          "weight decoder.1.bias is [7] of Float, wanted [256]");
  damaged("del f['weights/decoder.1.bias']\nf['weights/decoder.1.bias'] = np.zeros(256)",
          "[256] of Double, wanted [256] of Float");
  damaged("f['weights/extra'] = np.zeros(7, 'f4')", "weight extra belongs to no part");
  damaged("del f['provenance'].attrs['sample_shape']", "run.h5: does not say the shape of its samples: the file is damaged");
  damaged("f['config'].attrs['model.method'] = 'future'", "run.h5: model.method: must be one of ");
  damaged("f['config'].attrs['model.latent'] = 8.0", "run.h5: model.latent: must be an integer, not 8.0: another version");
  damaged("f['config'].attrs['model.latent'] = 10 ** 12", "run.h5: model.latent: must be from 1 to 65536, not 1000000000000");
  damaged("f['weights/encoder.0.bias'][0] = np.nan", "gives values that are not finite numbers: nothing was exported");
}

/// W1 makes a small part and a large one, and W2 takes away the large one. As the run computes in float32, one after the other,
/// the small part is rounded as the large one is; in the product, which is made in float64, it is not.
TEST_F(Export, RefusesWhatFoldingWouldChange) {
  train("run", "model.method=irmae model.output=tanh model.linear_layers=2 evaluate.images=20");
  check(R"(
f = h5py.File('run/run.h5', 'r+')
n = len(f['weights/stack.W1'])
f['weights/stack.W1'][...] = 1000 * np.ones((n, n)) + 0.01 * np.eye(n)
f['weights/stack.W2'][...] = np.eye(n) - np.ones((n, n)) / n
)");
  const tests::Result result = irmae("export run");

  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_CONTAINS(result.output, "run/run.h5: the exported model differs from the original by ");
  EXPECT_CONTAINS(result.output, " of the codes' scale and ");
  EXPECT_CONTAINS(result.output, ": nothing was exported\n");
  for (const char* file : {"run/model.pt", "run/model.safetensors"})
    EXPECT_FALSE(std::filesystem::exists(folder / file)) << file;
}

TEST_F(Export, AParameterThatIsNewerThanTheRunTakesItsDefault) {
  train("run", "");
  check("f = h5py.File('run/run.h5', 'r+')\ndel f['config'].attrs['model.output']\ndel f['config'].attrs['evaluate.samples']");

  const tests::Result result = irmae("export run");

  EXPECT_EQ(result.status, 0) << result.output;
}

}  // namespace
}  // namespace irmae
