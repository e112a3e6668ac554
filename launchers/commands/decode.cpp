// SPDX-License-Identifier: MIT
// irmae decode RUN CODES -o FILE_OR_FOLDER
#include "framework/counted.h"
#include "launchers/full_schema.h"
#include "launchers/model_inputs.h"
#include "launchers/model_outputs.h"
#include "launchers/output_file.h"
#include "launchers/trainer_body.h"

namespace irmae::launchers {

namespace {

struct DecodeOptions {
  std::string run, codes, output;
};

int decode(const DecodeOptions& options) {
  check_output_is_no_input(options.output, {options.run, file_of_input(options.codes)});
  const training::TrainedModel trained = training::load_trained_model(options.run, full_schema());
  check_image_output(trained, options.output);
  const torch::Tensor images = trained.decode(read_codes(trained, options.codes));
  write_images(trained, images, options.output);
  fmt::print("{}  {}\n", options.output, counted(images.size(0), "decoded code"));
  return 0;
}

void add_decode(Command command) {
  auto options = std::make_shared<DecodeOptions>();
  command.footer("Codes that a run stored: irmae decode RUN RUN/run.h5:/latents/validation/z -o FILE");
  command.finished_run(options->run);
  command.option("codes", options->codes, ".npy, .h5 (codes) or .h5:DATASET: [count, latent]").required();
  command.option("-o,--output", options->output, ".npy, .h5, .png for one sheet, or a folder for PNG files").required();
  command.runs([options] { return decode(*options); });
}

const RegisterTrainerBody decode_body{{"decode", add_decode}};

}  // namespace

}  // namespace irmae::launchers
