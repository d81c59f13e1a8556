-- training.lua - one training step of each model of bench/models.lua, one image through lenet, and what watching a step costs
-- Read next: bench/models.lua; bench/torch/training.py, the same in PyTorch. SPDX-License-Identifier: MIT
local measure, models = require "measure", require "models"
local lun, dbg = require "lunette", require "lunette.dbg"

for _, name in ipairs {"mlp", "lenet", "lstm", "gpt", "resnet18", "rec", "rec_sparse"} do
    measure("train_" .. name, function() return (models.step(name)) end)
    measure("train_" .. name .. "_compiled", function()
        local step = lun.compile((models.step(name)))
        return function()
            step()
            lun.graph.run()
        end
    end)
end

measure("infer_lenet_b1", function()
    local net, x = models.lenet_net():eval(), lun.rand(1, 1, 28, 28)
    return function() lun.no_grad(function() local _ = net(x) end) end
end)

measure("hooks_none", function() return (models.step "mlp") end)
measure("hooks_forward_hook_each", function()
    local step, net = models.step "mlp"
    for _, part in ipairs(net) do part:register_forward_hook(function() end) end
    return step
end)
-- A breakpoint on a line that this run never reaches; theirs is what pdb does then, a trace function that never stops.
measure("hooks_line_elsewhere", function()
    dbg.bp "dispatch.lua:1"
    return (models.step "mlp")
end)
dbg.off()
-- Watched for NaN and infinity: `catch nonfinite` here, detect_anomaly there.
for _, name in ipairs {"mlp", "gpt"} do
    measure.watched("hooks_unwatched_" .. name, "hooks_nonfinite_" .. name, function()
        return models.step(name), function() dbg.catch "nonfinite" end, dbg.off
    end)
end
