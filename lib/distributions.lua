-- distributions.lua - lun.distributions: probability distributions with tensors as parameters, as torch.distributions
--
-- A distribution has a batch_shape (its parameters, broadcast) and an event_shape (one draw). d:sample({n}) gives a tensor of shape
-- [n] + batch_shape + event_shape, d:rsample the same with gradients where that is possible, d:log_prob(value) one number for each event.
-- Classes of categories count from 1, as everywhere here. Read next: distributions/base.lua, doc/distributions.md.
-- SPDX-License-Identifier: MIT
local distributions = {}

for _, family in ipairs { "continuous", "gamma", "discrete", "multivariate" } do
    for name, class in pairs(require("lunette.distributions." .. family)) do distributions[name] = class end
end
local kl = require "lunette.distributions.kl"
distributions.kl_divergence = kl.kl_divergence
distributions.register_kl = kl.register_kl

return distributions
