-- memory.lua - peak resident memory: 10,000 results of 4 MB made and dropped, and a training step; and one epoch of batches
-- A peak stays, so each is measured in a process of its own, which bench/compare.lua starts by name.
-- Read next: bench/torch/memory.py, the same in PyTorch. SPDX-License-Identifier: MIT
local measure, models = require "measure", require "models"
local lun = require "lunette"

-- Megabytes of the whole process, or, with `growth`, above what it had before.
local function peak(name, prepare, growth)
    if not measure.wanted(name) then return end
    local run = prepare()
    local before = growth and measure.peak_memory() or 0
    run()
    measure.tell(name, measure.peak_memory() - before, "MB")
end

peak("mem_tmp10000", function()
    local x = lun.rand(1000000)
    return function()
        for _ = 1, measure.small and 10 or 10000 do local _ = x + 1 end
    end
end, true)
peak("mem_gpt_step", function() return (models.step "gpt") end, true)
for _, name in ipairs {"mlp", "gpt"} do
    peak("mem_peak_" .. name, function()
        local step = models.step(name)
        return function()
            for _ = 1, measure.small and 1 or 10 do step() end
        end
    end)
end

measure("data_epoch_60000x784", function()
    local images, labels = lun.randint(0, 256, {60000, 784}, {dtype = "uint8"}), lun.randint(1, 11, {60000})
    local loader = lun.data.DataLoader(lun.data.TensorDataset(images, labels), {batch_size = 128, shuffle = true})
    return function()
        for x in loader do local _ = x:float() / 255 end
    end
end)
