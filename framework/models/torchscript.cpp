// SPDX-License-Identifier: MIT
#include "framework/models/torchscript.h"

namespace irmae::models {

namespace {

using torch::jit::Module;
using Unit = std::shared_ptr<torch::jit::CompilationUnit>;

Module module_of(const Unit& unit, const std::string& name) {
  Module module(c10::QualifiedName("__torch__.irmae." + name), unit);
  module.register_attribute("training", c10::BoolType::get(), false);  // eval() and train() of Python look for it
  return module;
}

/// A submodule for each layer that has parameters, and a forward that calls all layers in order.
Module chain(const Unit& unit, const std::string& name, const std::vector<Layer>& layers) {
  Module module = module_of(unit, name);
  std::string code = "def forward(self, x: Tensor) -> Tensor:\n";
  for (const Layer& layer : layers) {
    if (layer.weight.defined()) {
      Module own = module_of(unit, fmt::format("{}{}", name, layer.name));
      own.register_parameter("weight", layer.weight, /*is_buffer=*/false);
      if (layer.bias.defined()) own.register_parameter("bias", layer.bias, /*is_buffer=*/false);
      module.register_module(layer.name, own);
    }
    code += fmt::format("  x = {}\n", layer.call);
  }
  module.define(code + "  return x\n");
  return module;
}

}  // namespace

Module to_torchscript(const PlainModel& model, std::int64_t latent, const Shape& sample_shape) {
  const auto unit = std::make_shared<torch::jit::CompilationUnit>();
  Module module = module_of(unit, "Autoencoder");
  module.register_module("encoder", chain(unit, "Encoder", model.encoder));
  module.register_module("decoder", chain(unit, "Decoder", model.decoder));
  module.register_attribute("latent", c10::IntType::get(), latent);
  module.register_attribute("sample_shape", c10::ListType::ofInts(), c10::List<std::int64_t>(sample_shape));
  const std::string output = model.output == "none" ? "x" : fmt::format("torch.{}(x)", model.output);
  module.define(fmt::format(R"(
def encode(self, images: Tensor) -> Tensor:
  return self.encoder.forward(images)

def decode(self, codes: Tensor) -> Tensor:
  x = self.decoder.forward(codes)
  return {}

def forward(self, images: Tensor) -> Tensor:
  return self.decode(self.encode(images))
)",
                            output));
  return module;
}

}  // namespace irmae::models
