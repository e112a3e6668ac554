// SPDX-License-Identifier: MIT
// Nothing but the precompiled header, which needs a target to belong to.
