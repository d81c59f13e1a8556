-- optim.lua - optimisers and schedules of learning rates
--
-- An optimiser holds groups of parameters; step() updates those that have a gradient, outside the graph. Names, defaults, numerics and
-- state are PyTorch's. Holds: only the list of parts. Read next: lib/optim/optimizer.lua (what all share), lib/optim/descent.lua,
-- lib/optim/lr_scheduler.lua, doc/training.md. SPDX-License-Identifier: MIT
local optim = {LBFGS = require "lunette.optim.lbfgs", lr_scheduler = require "lunette.optim.lr_scheduler"}

for _, part in ipairs {require "lunette.optim.descent", require "lunette.optim.adaptive"} do
    for name, class in pairs(part) do optim[name] = class end
end
optim.Optimizer = require "lunette.optim.optimizer".Optimizer
optim.describe = require "lunette.optim.describe"
optim.swa_utils = require "lunette.optim.swa_utils"

return optim
