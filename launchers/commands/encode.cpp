// SPDX-License-Identifier: MIT
// irmae encode RUN INPUT... -o FILE
#include "framework/counted.h"
#include "launchers/full_schema.h"
#include "launchers/model_inputs.h"
#include "launchers/model_outputs.h"
#include "launchers/output_file.h"
#include "launchers/trainer_body.h"

namespace irmae::launchers {

namespace {

struct EncodeOptions {
  std::string run, output;
  std::vector<std::string> inputs;
  PictureFit fit;
};

int encode(const EncodeOptions& options) {
  check_code_output(options.output);
  std::vector<std::string> read{options.run};
  for (const std::string& input : options.inputs) read.push_back(file_of_input(input));
  check_output_is_no_input(options.output, read);
  const training::TrainedModel trained = training::load_trained_model(options.run, full_schema());
  std::vector<torch::Tensor> codes;
  for_each_batch(trained, options.inputs, options.fit,
                 [&](const torch::Tensor& samples) { codes.push_back(trained.encode(samples)); });
  const torch::Tensor all = torch::cat(codes);
  write_codes(trained, all, options.output);
  fmt::print("{}  {} of {}\n", options.output, counted(all.size(0), "code"), counted(all.size(1), "value"));
  return 0;
}

void add_encode(Command command) {
  auto options = std::make_shared<EncodeOptions>();
  command.footer(
      "Arrays hold [count, channels, height, width], the channels first or last, or [count, values]; images are bytes\n"
      "(uint8) or numbers from 0 to 1. Arrays for a run on a rescaled array (data.scaling, as vectors are by default) are on\n"
      "the scale of that array's file, bytes too. Codes stand in the order of the inputs, those of a folder in the order of\n"
      "its files' paths.");
  command.finished_run(options->run);
  command
      .option("inputs", options->inputs,
              ".npy; .h5, .h5ad or .nc, with :DATASET behind it (else images); .png, .jpg, or a folder of pictures")
      .required();
  command.option("-o,--output", options->output, "file for the codes: .npy or .h5").required();
  const Option fit = command.flag("--fit", options->fit.fit,
                                  "cut the middle of pictures and resize it, as for training, to what the model takes");
  command.option("--crop", options->fit.crop, "with --fit: side of the square to cut, pixels; as in training by default")
      .between(1, 65536)
      .needs(fit);
  command.runs([options] { return encode(*options); });
}

const RegisterTrainerBody encode_body{{"encode", add_encode}};

}  // namespace

}  // namespace irmae::launchers
