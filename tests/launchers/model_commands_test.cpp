// SPDX-License-Identifier: MIT
// irmae encode, decode and sample. Oracle: what the run itself stored of the same images, codes and densities.
#include "tests/contains.h"
#include "tests/launchers/model_program.h"
#include "tests/mpi_environment.h"

namespace irmae {
namespace {

class ModelCommands : public tests::ModelProgram {
 protected:
  void does(const std::string& arguments) const {
    const tests::Result result = irmae(arguments);
    EXPECT_EQ(result.status, 0) << arguments << "\n" << result.output;
  }
};

/// The stored validation images as bytes `o`, codes `z` and reconstructions `r`, and a function that compares.
const std::string kStored = R"(
f = h5py.File('run/run.h5')
o, z, r = f['samples/originals'][:], f['latents/validation/z'][:], f['samples/reconstructions'][:]
z = z[:len(o)]
assert r.std(0).max() > 2  # the codes matter
def close(a, b): assert a.shape == b.shape and abs(a - b).max() <= 1e-5 * abs(b).max(), (a.shape, b.shape)
def is_images(a): assert a.shape == r.shape and abs(np.clip(a, 0, 1) * 255 - r).max() <= 0.501, (a.shape, abs(a * 255 - r).max())
)";

TEST_F(ModelCommands, EncodeGivesTheStoredCodesOfArraysInEveryLayout) {
  train("run", "model.method=irmae");
  check(kStored + R"(
np.save('bytes.npy', o)
np.save('floats.npy', o / 255)
np.save('last.npy', np.moveaxis(o, 1, 3))
np.save('fortran.npy', np.asfortranarray(o))
np.save('one.npy', o[0])
with h5py.File('named.h5', 'w') as g: g['images'], g['a/b'] = o, o[3:5]
)");
  for (const std::string input : {"bytes.npy", "floats.npy", "last.npy", "fortran.npy", "named.h5"})
    does("encode run " + input + " -o codes-of-" + input + ".npy");
  check(kStored + R"(
all = glob.glob('codes-of-*.npy')
assert len(all) == 5
for name in all: c = np.load(name); close(c, z); assert c.dtype == 'f4', name
)");
  does("encode run one.npy named.h5:a/b bytes.npy -o codes.h5");
  check(kStored +
        "close(h5py.File('codes.h5')['codes'][:], np.concatenate([z[:1], z[3:5], z]))\n"
        "import xarray; assert xarray.open_dataset('codes.h5', engine='h5netcdf')['codes'].dims == ('sample', 'component')");
}

TEST_F(ModelCommands, EncodeTakesPicturesAndFoldersOfThem) {
  train("run", "model.method=irmae");
  check(kStored + R"(
from PIL import Image
import os
os.makedirs('pictures/b')
hwc = np.moveaxis(o, 1, 3)
for i, name in enumerate(['b/2.png', 'a.png', 'c.PNG']): Image.fromarray(hwc[i]).save('pictures/' + name, 'PNG')
open('pictures/notes.txt', 'w').write('no picture')
os.symlink('..', 'pictures/b/back')
big = np.zeros((50, 60, 3), 'u1'); big[9:41, 14:46] = hwc[4]
Image.fromarray(big).save('big.png')
Image.fromarray(hwc[5][:, :, 0]).save('grey.png')
)");
  does("encode run pictures pictures/a.png -o codes.npy");
  check(kStored + "close(np.load('codes.npy'), z[[1, 0, 2, 1]])");
  does("encode run big.png --fit --crop 32 -o codes.npy");
  check(kStored + "close(np.load('codes.npy'), z[4:5])");
  does("encode run big.png grey.png --fit -o codes.npy");
  check("assert np.load('codes.npy').shape == (2, 8)");
  refuses("encode run big.png -o codes.npy", 1,
          "has 60 x 50 pixels in 3 channels, but the model takes images of 32 x 32 pixels in 3 channels");
  refuses("encode run grey.png -o codes.npy", 1, "in grey");
  refuses("encode run big.png --fit --crop 51 -o codes.npy", 1, "big.png: 60 x 50 pixels are too few for a crop of 51");
  refuses("encode run big.png --crop 32 -o codes.npy", 2, "--crop requires --fit");
}

TEST_F(ModelCommands, EncodeNamesAllPicturesThatCannotBeRead) {
  train("run", "model.method=irmae");
  check(R"(
from PIL import Image
import os
os.makedirs('p')
for name in 'bdf': Image.fromarray(np.zeros((32, 32, 3), 'u1')).save(f'p/{name}.png')
for name in 'ace': open(f'p/{name}.png', 'wb').write(b'\x89PNG')
)");
  const tests::Result several = irmae("encode run p -o codes.npy");
  std::filesystem::remove(folder / "p/a.png");
  std::filesystem::remove(folder / "p/e.png");
  const tests::Result one = irmae("encode run p -o codes.npy");

  EXPECT_EQ(several.status, 1);
  EXPECT_CONTAINS(several.output, "irmae: 3 of 6 pictures cannot be read; remove or mend them:\nirmae:   p/a.png");
  for (const char* name : {"\nirmae:   p/c.png", "\nirmae:   p/e.png"}) EXPECT_CONTAINS(several.output, name);
  EXPECT_EQ(one.status, 1);
  EXPECT_TRUE(one.output.starts_with("irmae: p/c.png")) << one.output;
  EXPECT_FALSE(std::filesystem::exists(folder / "codes.npy"));
}

TEST_F(ModelCommands, EncodeFitsPicturesAsTheRunsOwnCropDid) {
  check(R"(
import os
from PIL import Image
os.makedirs('p')
os.makedirs('measured')
r, rows = np.random.default_rng(3), ['file,split']
for i in range(24):
    picture = Image.fromarray(r.integers(0, 256, (48, 60, 3), 'u1'))
    picture.save(f'p/{i}.png')
    if i % 3 == 0: picture.save(f'measured/{i}.png')
    rows.append(f'{i}.png,{"train" if i % 3 else "validation"}')
open('t.csv', 'w').write('\n'.join(rows))
Image.fromarray(np.zeros((30, 60, 3), 'u1')).save('low.png')
)");
  std::ofstream(folder / "m.toml") << "[data]\nname = 'images'\nfolder = 'p'\nlabels = 't.csv'\ncrop = 40\nsize = 32\n"
                                      "[train]\nepochs = 1\nbatch = 8\nthreads = 1\n"
                                      "[model]\nnetwork = 'shapes'\nlatent = 8\n[evaluate]\nsamples = 2\n";
  does("run m.toml -o out");
  ASSERT_EQ(tests::run("cp -r " + folder.string() + "/out/m/*/ " + (folder / "run").string()).status, 0);
  does("encode run measured --fit -o codes.npy");
  // The set has its pictures in an order of chance.
  check(R"(
c, z = np.load('codes.npy'), h5py.File('run/run.h5')['latents/validation/z'][:]
assert c.shape == z.shape == (8, 8)
distances = abs(c[:, None] - z[None]).max(2)
assert (distances.min(1) <= 1e-5 * abs(z).max()).all(), distances
)");
  refuses("encode run low.png --fit -o codes.npy", 1,
          "low.png: 60 x 30 pixels are too few for a crop of 40 as in training; --crop cuts another square");
  does("encode run low.png --fit --crop 30 -o codes.npy");
}

TEST_F(ModelCommands, DecodeGivesTheStoredReconstructions) {
  train("run", "model.method=irmae");
  check(kStored + "np.save('codes.npy', z.astype('f8'))");
  does("decode run codes.npy -o images.npy");
  check(kStored + "i = np.load('images.npy'); is_images(i); assert i.dtype == 'f4'");
  does("decode run codes.npy -o images.h5");
  check(kStored + "is_images(h5py.File('images.h5')['images'][:])");
  const tests::Result cut =
      tests::run("cd " + folder.string() +
                 " && IRMAE_FAULT=write-00003:throw " IRMAE_BINARY_DIR "/irmae decode run codes.npy -o pictures");
  EXPECT_EQ(cut.status, 1) << cut.output;
  EXPECT_TRUE(std::filesystem::is_empty(folder / "pictures")) << "so that the same command may be started again";
  does("decode run codes.npy -o pictures");
  check(kStored +
        "from PIL import Image\n"
        "p = np.stack([np.moveaxis(np.array(Image.open(n)), 2, 0) for n in sorted(glob.glob('pictures/*.png'))])\n"
        "assert (p == r).all()");
  refuses("decode run codes.npy -o pictures", 2, "pictures: holds pictures already: name another folder");
  does("decode run codes.npy -o sheet.png");
  check(kStored +
        "from PIL import Image\n"
        "s = np.array(Image.open('sheet.png'))\nassert s.shape == (3 * 33 - 1, 4 * 33 - 1, 3)\n"
        "assert (s[33:65, 33:65] == np.moveaxis(r[5], 0, 2)).all()");
  does("decode run run/run.h5:/latents/validation/z -o all.npy");
  check(kStored + "is_images(np.load('all.npy')[:len(r)])");
}

TEST_F(ModelCommands, SampleDrawsWhatTheEvaluationDrew) {
  train("run", "model.method=vae model.output=sigmoid model.beta=1e-4 train.epochs=40");
  for (const std::string density : {"gaussian", "mixture", "prior"})
    does("sample run -n 9 --density " + density + " -o " + density + ".npy");
  check(kStored + R"(
for density in ['gaussian', 'mixture', 'prior']:
    w = f['evaluation/samples/' + density][:]
    assert w.std(0).max() > 2, density  # the codes matter
    assert abs(np.clip(np.load(density + '.npy'), 0, 1) * 255 - w).max() <= 0.501, density
)");
  does("sample run -n 9 -o one.npy");
  does("sample run -n 4 -o made/by/sample/fewer.npy");
  does("sample run -n 70 -o more.npy");
  does("sample run -n 9 --seed 5 -o other.npy");
  does("sample run -n 9 --seed 5 -o again.npy");
  check(
      "one, fewer, more, other, again = (np.load(n + '.npy') for n in\n"
      "                                  ['one', 'made/by/sample/fewer', 'more', 'other', 'again'])\n"
      "assert len(more) == 70 and (one[:4] == fewer).all() and (more[:9] == one).all()\n"
      "assert (other == again).all() and abs(one - other).max() > 1e-2");
}

TEST_F(ModelCommands, SampleDrawsFromDensitiesOfTheStoredCodesWhereTheEvaluationDid) {
  train("run", "model.method=vae model.output=sigmoid model.beta=1e-4 train.epochs=40 evaluate.vae_codes=mean");
  does("sample run -n 9 --density mixture -o mixture.npy");
  check(kStored +
        "w = f['evaluation/samples/mixture'][:]\n"
        "assert w.std(0).max() > 2 and abs(np.clip(np.load('mixture.npy'), 0, 1) * 255 - w).max() <= 0.501\n"
        "assert 'mixture_means' not in f['evaluation/samples']");
}

/// Oracle: the codes that the run stored of these rows. Each sample is a cube, whose shape tells no layout.
TEST_F(ModelCommands, AnArrayThatFitsBothLayoutsHasThatOfTheRunsOwn) {
  check("np.save('cubes.npy', np.random.default_rng(4).integers(0, 256, (60, 3, 3, 3)).astype('u1'))");
  for (const std::string order : {"first", "last"}) {
    train(order, "data.file=" + (folder / "cubes.npy").string() + " data.channels=" + order +
                     " model.network=conv model.latent=4 model.method=ae");
    does("encode " + order + " cubes.npy -o " + order + ".npy");
    check("f = h5py.File('" + order + "/run.h5'); v = f['latents/validation']; z = v['z'][:]\n" + "c = np.load('" + order +
          ".npy')\n"
          "assert z.std(0).max() > 0 and abs(c[v['source'][:]] - z).max() <= 1e-4 * abs(z).max()");
  }
}

// Oracle: the codes that the run stored, and NumPy's own numbers. float32 tells 1.7e9 from 1.7e9 + 128, and nothing between.
TEST_F(ModelCommands, LargeWholeNumbersAreScaledBeforeTheyAreRounded) {
  check("np.save('large.npy', 1_700_000_000 + np.random.default_rng(2).integers(-50, 50, (60, 6)))");
  train("run",
        "data.file=" + (folder / "large.npy").string() + " model.network=mlp model.hidden=16 model.latent=3 model.method=ae");
  does("encode run large.npy -o codes.npy");
  does("decode run codes.npy -o numbers.npy");
  check(
      "f = h5py.File('run/run.h5'); v = f['latents/validation']; z = v['z'][:]\n"
      "assert abs(np.load('codes.npy')[v['source'][:]] - z).max() <= 1e-5 * abs(z).max()\n"
      "n = np.load('numbers.npy'); assert n.dtype == 'f8' and len(np.unique(n)) > 60, n");
}

TEST_F(ModelCommands, VectorsAreTakenAndMadeToo) {
  check("np.save('vectors.npy', np.random.default_rng(1).normal(size=(60, 6)).astype('f4'))");
  train("run", "data.file=" + (folder / "vectors.npy").string() +
                   " data.scaling=none model.network=mlp model.hidden=16 "
                   "model.latent=3 model.method=irmae");
  does("export run");
  does("encode run vectors.npy -o codes.npy");
  does("decode run codes.npy -o vectors.h5");
  does("sample run -n 7 -o sampled.npy");
  check(
      "import torch\nm = torch.jit.load('run/model.pt'); v = torch.from_numpy(np.load('vectors.npy'))\n"
      "with torch.no_grad(): c = m.encode(v).numpy(); d = m(v).numpy()\n"
      "assert abs(c - np.load('codes.npy')).max() < 1e-5 and abs(d - h5py.File('vectors.h5')['images'][:]).max() < 1e-5\n"
      "assert np.load('sampled.npy').shape == (7, 6)");
  check(
      "a = h5py.File('run/run.h5')['evaluation/samples'].attrs\n"
      "assert 'missing' not in a and np.isfinite(a['gaussian_validation_log_likelihood'])");
  refuses("decode run codes.npy -o sheet.png", 2, "the model makes vectors, not pictures");
  refuses("encode run codes.npy -o x.npy", 1, "the model takes vectors of 6 values: [count, 6]");
}

/// Oracle: the codes of the whole file, in the order of its rows.
TEST_F(ModelCommands, StoredCodesSayTheirRowsInTheFileOnAnyNumberOfRanks) {
  tests::set_mpi_environment();
  check(
      "np.save('v.npy', np.random.default_rng(1).normal(size=(90, 6)).astype('f4'))\n"
      "np.save('labels.npy', np.arange(90) % 7)");
  std::ofstream(folder / "m.toml") << "[data]\nname = 'array'\nfile = 'v.npy'\nlabels = 'labels.npy'\nvalidation_share = 0.3\n"
                                      "[train]\nepochs = 1\nthreads = 1\n[model]\nhidden = 16\nlatent = 3\n"
                                      "[evaluate]\ntrain_latents = 20\n";
  const tests::Result trained = tests::run("cd " + folder.string() + " && " + tests::mpirun(3) + IRMAE_BINARY_DIR +
                                           "/irmae run m.toml -o out && mv out/m/*/ run");
  ASSERT_EQ(trained.status, 0) << trained.output;
  does("encode run v.npy -o codes.npy");
  check(R"(
codes, labels, seen = np.load('codes.npy'), np.load('labels.npy'), set()
for split, count in ('train', 20), ('validation', 27):
    stored = h5py.File('run/run.h5')['latents/' + split]
    rows = stored['source'][:]
    assert rows.shape == (count,) and (rows != stored['index'][:]).any()
    assert abs(stored['z'][:] - codes[rows]).max() < 1e-4 * abs(codes).max()
    assert (stored['labels'][:] == labels[rows]).all()
    seen |= set(rows)
assert len(seen) == 47
)");
}

TEST_F(ModelCommands, VectorsKeepTheScaleOfTheirFile) {
  check("np.save('vectors.npy', (np.random.default_rng(1).normal(size=(60, 6)) * 7 + 100).astype('f4'))");
  train("run", "data.file=" + (folder / "vectors.npy").string() + " model.network=mlp model.hidden=16 model.latent=3");
  does("export run");
  does("encode run vectors.npy -o codes.npy");
  does("decode run codes.npy -o back.npy");
  check(
      "import torch\nm = torch.jit.load('run/model.pt'); v = np.load('vectors.npy').astype('f8')\n"
      "s = np.sqrt(((v - v.mean(0)) ** 2).mean()); x = torch.from_numpy(((v - v.mean(0)) / s).astype('f4'))\n"
      "with torch.no_grad(): c = m.encode(x).numpy(); d = m(x).numpy()\n"
      "assert abs(c - np.load('codes.npy')).max() < 1e-4\n"
      "assert abs(d * s + v.mean(0) - np.load('back.npy')).max() < 1e-3");
  EXPECT_LACKS(irmae("encode run vectors.npy -o codes.npy").output, "far from");
  check("v = np.load('vectors.npy')[:3].astype('f8'); v[1] = 1e300; np.save('large.npy', v)");
  refuses(
      "encode run large.npy -o large-codes.npy", 1,
      "large-codes.npy: not written: code 1 (counted from 0) is not finite: the numbers that it is made from are too large");
  EXPECT_FALSE(std::filesystem::exists(folder / "large-codes.npy"));
  check("np.save('other.npy', np.load('vectors.npy') / 100)");
  const tests::Result other = irmae("encode run other.npy -o other-codes.npy");
  EXPECT_EQ(other.status, 0);
  EXPECT_CONTAINS(other.output, "irmae: other.npy: its numbers are far from those of training (16 on the model's scale, ");
}

/// Oracle: NumPy. The last value is the same in all samples.
TEST_F(ModelCommands, ValuesThatAreScaledEachKeepTheScaleOfTheirFile) {
  check(
      "r = np.random.default_rng(1); v = r.normal(size=(60, 6)) * 10.0 ** np.arange(-6, 5, 2) + 3\n"
      "np.save('v.npy', np.c_[v, np.full(60, 7.5)]); np.save('split.npy', np.arange(60) % 3 == 1)");
  train("run", "data.file=" + (folder / "v.npy").string() + " data.split=" + (folder / "split.npy").string() +
                   " data.scaling=each model.network=mlp model.hidden=16 model.latent=3");
  does("export run");
  does("encode run v.npy -o codes.npy");
  does("decode run codes.npy -o back.npy");
  check(
      "import torch\nm = torch.jit.load('run/model.pt'); v = np.load('v.npy'); t = v[~np.load('split.npy')]\n"
      "s = np.r_[t[:, :6].std(0), 1]; o = np.r_[t[:, :6].mean(0), 7.5]; x = torch.from_numpy(((v - o) / s).astype('f4'))\n"
      "g = h5py.File('run/run.h5')['evaluation/scaling']; assert 'factor' not in g.attrs\n"
      "for n, w in ('offset', o), ('factor', s): assert g[n].shape == (7,) and abs(g[n][:] / w - 1).max() < 1e-6, n\n"
      "assert (x[:, 6] == 0).all() and x[:, :6].std(0).min() > 0.5\n"
      "with torch.no_grad(): c = m.encode(x).numpy(); d = m(x).numpy()\n"
      "assert c.std(0).max() > 0 and abs(c - np.load('codes.npy')).max() < 1e-4\n"
      "b = np.load('back.npy'); assert b.dtype == 'f8' and (abs(d * s + o - b) < 1e-3 * s + 1e-6 * abs(o)).all()");
}

TEST_F(ModelCommands, ScaledImagesAreTakenAsTheNumbersOfTheirFile) {
  check(
      "v = np.random.default_rng(3).integers(50, 251, (80, 3, 32, 32)).astype('u1')\n"
      "np.save('reals.npy', v.astype('f4')); np.save('bytes.npy', v)\n"
      "from PIL import Image; Image.fromarray(np.zeros((32, 32, 3), 'u1')).save('a.png')");
  train("run", "data.file=" + (folder / "reals.npy").string() + " data.scaling=standard model.output=none");
  does("encode run reals.npy -o reals-codes.npy");
  does("encode run bytes.npy -o bytes-codes.npy");
  check("a, b = np.load('reals-codes.npy'), np.load('bytes-codes.npy'); assert a.std(0).max() > 0 and (a == b).all()");
  refuses("encode run a.png -o x.npy", 1, "on a scale of their own");
  // Pictures show the smallest and the largest number as black and white.
  check(
      "v = np.load('reals.npy'); f = h5py.File('run/run.h5'); kept = f['samples/originals'][:]\n"
      "assert f['evaluation/scaling'].attrs['black'] == 50 and f['evaluation/scaling'].attrs['white'] == 250\n"
      "shown = np.floor((v - 50) * (255 / 200) + .5)\n"
      "assert len(kept) == 12 and all(min(abs(one - s).max() for s in shown) <= 1 for one in kept.astype(float))");
  does("decode run reals-codes.npy -o sheet.png");
}

TEST_F(ModelCommands, NamesWhatItCannotUse) {
  train("run", "model.method=irmae");
  check(
      "np.save('small.npy', np.zeros((2, 3, 28, 28), 'u1'))\nnp.save('wide.npy', np.full((2, 3, 32, 32), 255.0))\n"
      "np.save('nan.npy', np.full((2, 3, 32, 32), np.nan))\nnp.save('none.npy', np.zeros((0, 3, 32, 32)))\n"
      "np.save('codes.npy', np.zeros((4, 9)))\nnp.save('inf.npy', np.full((4, 8), np.inf))\n"
      "h5py.File('other.h5', 'w')['stuff'] = np.zeros(3)\nopen('broken.png', 'wb').write(b'\\x89PNG')\n"
      "open('text.toml', 'w').write('[data]')");
  std::filesystem::create_directory(folder / "empty");
  refuses(
      "encode run small.npy -o x.npy", 1,
      "small.npy: has shape [2, 3, 28, 28], but the model takes images of 32 x 32 pixels in 3 channels: [count, 3, 32, 32]");
  refuses("encode run wide.npy -o x.npy", 1, "values from 255 to 255, but images have bytes (uint8) or numbers from 0 to 1");
  refuses("encode run nan.npy -o x.npy", 1,
          "nan.npy: sample 0, channel 0, row 0, column 0 (counted from 0) is nan (6144 of 6144 values are not finite)");
  refuses("encode run none.npy -o x.npy", 1, "has shape [0, 3, 32, 32]");
  refuses("encode run absent.npy -o x.npy", 1, "absent.npy");
  refuses("encode run absent.png -o x.npy", 1, "absent.png");
  refuses("encode run absent -o x.npy", 1, "there is no such file or folder");
  refuses("encode run text.toml -o x.npy", 1, "neither an array");
  refuses("encode run empty -o x.npy", 1, "no .jpg, .jpeg or .png file there");
  refuses("encode run broken.png -o x.npy", 1, "broken.png");
  std::filesystem::create_directory(folder / "web");
  std::ofstream(folder / "web/a.webp") << "x";
  refuses("encode run web -o x.npy", 1, "no .jpg, .jpeg or .png file there, but 1 picture of other types (.webp)");
  refuses("encode run other.h5 -o x.npy", 1, "at its top are /stuff; name one: other.h5:DATASET");
  refuses("encode run small.npy -o x.csv", 2, "the ending must be .npy or .h5");
  refuses("encode run small.npy -o x.h5ad", 2, "the ending must be .npy or .h5");
  refuses("encode run -o x.npy", 2, "inputs is required");
  refuses("decode run codes.npy -o x.npy", 1, "has shape [4, 9], but the model takes codes of 8 values: [count, 8]");
  refuses("decode run inf.npy -o x.npy", 1,
          "inf.npy: code 0, value 0 (counted from 0) is inf (32 of 32 values are not finite)");
  refuses("decode run codes.npy -o x.gif", 2, "the ending must be");
  refuses("decode run text.toml -o x.npy", 1, "codes are read from");
  refuses("sample run --density prior -o x.npy", 2, "only a VAE has a prior");
  refuses("sample run --density flat -o x.npy", 2, "flat");
  refuses("sample run -n 0 -o x.npy", 2, "--count");
  refuses("sample run --seed -1 -o x.npy", 2, "--seed");
  EXPECT_FALSE(std::filesystem::exists(folder / "x.npy"));
  check("f = h5py.File('run/run.h5', 'r+')\ndel f['latents/train']");
  refuses("sample run -o x.npy", 1, "too few to fit a density");
}

TEST_F(ModelCommands, NoOutputReplacesARunOrWhatItIsMadeFrom) {
  train("run", "model.method=irmae");
  check("np.save('images.npy', np.zeros((2, 3, 32, 32), 'u1'))\nnp.save('codes.npy', np.zeros((4, 8)))");
  std::ofstream(folder / "mine.toml") << "[data]\n";
  const std::string own = "a run's own file, which this would replace: name another";

  refuses("encode run images.npy -o run/run.h5", 2, own);
  refuses("sample run -o run/metrics.h5", 2, own);
  refuses("decode run codes.npy -o run/run.h5", 2, own);
  refuses("report run -o run/run.h5", 2, own);
  refuses("table ranks run -o mine.toml", 2, "a manifest, plan or state, which this would replace: name another");
  refuses("export run -o mine.toml", 1, "mine.toml");
  for (const char* command : {"encode run images.npy", "report run", "table ranks run", "plot spectrum run"})
    refuses(std::string(command) + " -o run", 2, "run: a folder: name a file");
  EXPECT_EQ(irmae("encode run images.npy -o codes.npy").status, 0) << "other files are replaced";
  EXPECT_EQ(irmae("sample run -n 2 -o samples.npy").status, 0) << "the run is as it was";
}

TEST_F(ModelCommands, NoOutputReplacesAnInputByWhateverName) {
  train("run", "model.method=irmae");
  check(
      "import shutil\nshutil.copy('run/run.h5', 'kept.h5'); np.save('images.npy', np.zeros((2, 3, 32, 32), 'u1'))\n"
      "np.save('codes.npy', np.zeros((4, 8)))\n"
      "with h5py.File('both.h5', 'w') as f: f['g/x'], f['g/z'] = np.load('images.npy'), np.load('codes.npy')");
  std::filesystem::create_symlink("images.npy", folder / "link.npy");
  std::filesystem::create_symlink("run/run.h5", folder / "to-run.h5");
  const auto bytes = [&] { return tests::run("cd " + folder.string() + " && sha256sum *.npy *.h5 run/*").output; };
  const std::string before = bytes(), input = "an input, which this would replace: name another";

  refuses("encode run images.npy -o images.npy", 2, "images.npy: " + input);
  refuses("encode run codes.npy both.h5:g/x -o ./both.h5", 2, "both.h5: " + input);
  refuses("encode run images.npy -o link.npy", 2, "link.npy: " + input);
  refuses("encode kept.h5 images.npy -o kept.h5", 2, "kept.h5: " + input);
  refuses("decode run codes.npy -o codes.npy", 2, "codes.npy: " + input);
  refuses("decode run both.h5:g/z -o both.h5", 2, "both.h5: " + input);
  for (const char* command : {"sample", "report", "table ranks"})
    refuses(std::string(command) + " kept.h5 -o kept.h5", 2, "kept.h5: " + input);
  refuses("sample run -o to-run.h5", 2, "to-run.h5: a run's own file, which this would replace: name another");
  EXPECT_EQ(bytes(), before);
}

TEST_F(ModelCommands, EachCommandExplainsItself) {
  for (const char* command : {"export", "encode", "decode", "sample"}) {
    const tests::Result result = irmae(std::string(command) + " --help");
    EXPECT_EQ(result.status, 0);
    EXPECT_CONTAINS(result.output, "--output");
    EXPECT_CONTAINS(irmae("--help").output, std::string("\n  ") + command);
  }
}

}  // namespace
}  // namespace irmae
