-- recorded.lua - a step of an optimiser in a CUDA graph that is being recorded: replays follow rates, options and state
--
-- Holds: what a replay cannot follow is an error there. Read next: lib/cuda/recording.lua, kernels/cuda/steps.cu.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local optimizer = require "lunette.optim.optimizer"
local place_of = require "lunette.cuda_core".place_of
local recording = require "lunette.cuda.recording"

-- What there is to update: {group, parameter, gradient, index}.
local function list_due(self)
    local list, index, one_op = {}, 0, true
    for _, group in ipairs(self.param_groups) do
        for _, p in ipairs(group.params) do
            index = index + 1
            if p.grad then
                list[#list + 1] = {group, p, p.grad, index}
                one_op = one_op and self.class.one_op and self.class.one_op(group)
                if not self.state[index] then
                    lun.fail(self.class.title, ("parameter %d has not made a step yet; in a CUDA graph each replay would be its first"):format(index),
                             "call optimizer:step() once before the graph is made")
                end
            end
        end
    end
    return list, one_op
end

-- What replays cannot follow: other groups, gradients that are turned round where they were not.
local function check_groups(self, groups)
    local same = #self.param_groups == #groups
    for i, maximize in ipairs(groups) do same = same and (self.param_groups[i].maximize or false) == maximize end
    if same then return end
    lun.fail(self.class.title, ("its groups or `maximize` have changed since the CUDA graph was recorded, with %d groups"):format(#groups),
             "make the graph again: g = lun.cuda.graph(f)")
end

-- Is all as it was when `seen` was noted? Then the numbers on the device are right, and only the steps are counted.
local function count_on(self, list, seen)
    local group, text
    for i, due in ipairs(list) do
        local state, was = self.state[due[4]], seen[i]
        if due[1] ~= group then group, text = due[1], self.class.one_op(due[1]) end
        if not was or was.text ~= text or was.place ~= place_of(due[2]) then return false end
        for name, value in pairs(was.state) do
            if not rawequal(state[name], value) then return false end
        end
    end
    for i, due in ipairs(list) do
        local state = self.state[due[4]]
        if state.step then state.step, seen[i].state.step = state.step + 1, state.step + 1 end
    end
    return true
end

local function note(self, list, seen)
    for i, due in ipairs(list) do
        seen[i] = {text = self.class.one_op(due[1]), place = place_of(due[2]), state = {}}
        for name, value in pairs(self.state[due[4]]) do seen[i].state[name] = value end
    end
end

-- Their ops run once more, only to say what their numbers are.
local function collect(self, list, core, first)
    core:collect(first)
    local good, problem = pcall(lun.no_grad, function()
        for _, due in ipairs(list) do self.class.update(due[1], due[2], due[3], self.state[due[4]]) end
    end)
    core:collect()
    if not good then error(problem, 0) end
end

-- Steps that are one op each are recorded. Others are made of ops with numbers that come from the rate and the step: they run between what
-- is recorded before and after them.
local function record(self)
    local list, one_op = list_due(self)
    local groups, seen, core = {}, {}, recording.now.core
    for i, group in ipairs(self.param_groups) do groups[i] = group.maximize or false end
    if not one_op then
        return recording.outside(function()
            check_groups(self, groups)
            lun.optimizer_phase(function()
                for _, due in ipairs(list) do optimizer.update_one(self.class, due[1], due[2], due[3], self.state[due[4]], due[4]) end
            end)
            lun.collect_young()
        end)
    end
    local first = core:steps()
    lun.optimizer_phase(function()
        for _, due in ipairs(list) do
            local state = self.state[due[4]]
            local before = state.step
            optimizer.update_one(self.class, due[1], due[2], due[3], state, due[4])
            state.step = before
        end
    end)
    recording.before(function()
        check_groups(self, groups)
        if count_on(self, list, seen) then return end
        collect(self, list, core, first)
        note(self, list, seen)
    end)
end

-- Optimizer:step while a graph is recorded.
local function step(self, closure)
    if self.class.step then
        lun.fail(self.class.title, "it looks at values within a step, which a CUDA graph cannot", "call optimizer:step after g()")
    end
    local loss = closure and closure()
    record(self)
    return loss
end

return step
