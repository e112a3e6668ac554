// SPDX-License-Identifier: MIT
#pragma once

#include <torch/script.h>

#include <filesystem>
#include <memory>
#include <string>

namespace irmae::tests {

/// Writes a feature network whose forward(images, return_features) is these lines of code, all but the first indented by two
/// blanks.
inline void write_network(const std::filesystem::path& file, const std::string& code) {
  torch::jit::Module module(c10::QualifiedName("__torch__.irmae.Made"), std::make_shared<torch::jit::CompilationUnit>());
  module.register_attribute("training", c10::BoolType::get(), false);
  module.define("def forward(self, images: Tensor, return_features: bool) -> Tensor:\n  " + code + "\n");
  module.save(file.string());
}

}  // namespace irmae::tests
