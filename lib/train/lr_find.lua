-- lr_find.lua - which learning rate: the loss while the rate rises from step to step
--
-- Smith 2015, "Cyclical learning rates". The weights, the optimiser and the generator are afterwards what they were.
-- Read next: lib/train/run.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local batches, checkpoint = require "lunette.train.batches", require "lunette.train.checkpoint"

local known = {model = true, optimizer = true, loss = true, data = true, low = true, high = true, steps = true, show = true,
        to = true}

local function check(o)
    for name in pairs(o) do
        if not known[name] then lun.fail("train.lr_find",
                ("no option '%s'; it takes: data, high, loss, low, model, optimizer, show, steps, to"):format(tostring(name)),
                                         "{steps = 100}", "name") end
    end
    if type(o.loss) ~= "function" or not o.model or not o.optimizer or not o.data then
        lun.fail("train.lr_find", "it needs model, optimizer, data and loss, a function of a batch",
                 "train.lr_find {model = net, optimizer = opt, data = loader, loss = function(x, y) return lun.cross_entropy(net(x), y) end}")
    end
end

-- The rate at which the loss falls fastest, smoothed by the means of what lies `around` each step, which moves nothing to the right.
local function steepest(rates, losses)
    local around, smooth = 3, {}
    for i = 1, #losses do
        local from, to, sum = math.max(1, i - around), math.min(#losses, i + around), 0
        for k = from, to do sum = sum + losses[k] end
        smooth[i] = sum / (to - from + 1)
    end
    local best, slope = 1, math.huge
    for i = 2, #smooth - 1 do
        local s = (smooth[i + 1] - smooth[i - 1]) / 2
        if s < slope then best, slope = i, s end
    end
    return rates[best]
end

--- train.lr_find{model, optimizer, data, loss = function(x, y) ... end, low = 1e-6, high = 10, steps = 100}: steps with rates
--- from low to high, until the loss is four times its lowest or not finite. Returns {lr = {...}, loss = {...}, suggestion} and
--- draws it (show = false: not; to = "lr.png": into a file).
return function(o)
    check(o)
    local low, high, steps = o.low or 1e-6, o.high or 10, o.steps or 100
    if not (low > 0 and high > low and steps > 2) then
        lun.fail("train.lr_find", ("needs 0 < low < high and more than 2 steps, got %g, %g, %g"):format(low, high, steps),
                "{low = 1e-6, high = 10, steps = 100}")
    end
    local weights, state, random = checkpoint.copied(o.model:state_dict()), o.optimizer:state_dict(), lun.get_rng_state()
    local source = batches.source("train.lr_find", o.data, {})
    local fetch, rates, losses, lowest = source.epoch(), {}, {}, math.huge
    o.model:train()
    for i = 1, steps do
        local parts = table.pack(fetch())
        if parts[1] == nil then
            fetch = source.epoch()
            parts = table.pack(fetch())
        end
        local rate = low * (high / low) ^ ((i - 1) / (steps - 1))
        for _, group in ipairs(o.optimizer.param_groups) do group.lr = rate end
        local loss = o.loss(table.unpack(parts, 1, parts.n))
        local value = loss:item()
        if value ~= value or value > 4 * lowest then break end
        rates[i], losses[i], lowest = rate, value, math.min(lowest, value)
        o.optimizer:zero_grad()
        loss:backward()
        o.optimizer:step()
    end
    o.optimizer:zero_grad()
    o.model:load_state_dict(weights)
    o.optimizer:load_state_dict(state)
    lun.set_rng_state(random)
    local found = {lr = rates, loss = losses, suggestion = steepest(rates, losses)}
    local chart = {title = ("steepest at %.2g"):format(found.suggestion or 0), log = "x", xlabel = "learning rate",
            ylabel = "loss", smooth = true, to = o.to}
    if o.show ~= false or o.to then require "lunette.plot".curve({x = rates, loss = losses}, chart) end
    return found
end
