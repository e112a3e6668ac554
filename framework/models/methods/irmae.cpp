// SPDX-License-Identifier: MIT
// IRMAE (section 3, equation 1): l plain matrices between encoder and decoder, trained with everything else.
#include "framework/models/method.h"

namespace irmae::models::irmae_method {
namespace {

class Irmae final : public Method {
 public:
  using Method::Method;

 protected:
  std::optional<StackSpec> stack() const override { return stack_of(cell_, {}); }
};

const RegisterMethod registered{method_kind<Irmae>(
    "irmae", "implicit rank-minimizing autoencoder: l plain matrices between encoder and decoder", stack_keys())};

}  // namespace
}  // namespace irmae::models::irmae_method
