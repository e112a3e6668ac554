// SPDX-License-Identifier: MIT
// The plain autoencoder: nothing between encoder and decoder, nothing but reconstruction. The paper's baseline.
#include "framework/models/method.h"

namespace irmae::models::ae_method {
namespace {

class PlainAutoencoder final : public Method {
  using Method::Method;
};

const RegisterMethod registered{method_kind<PlainAutoencoder>(kPlainMethod, "plain autoencoder, the baseline")};

}  // namespace
}  // namespace irmae::models::ae_method
