-- profile.lua - data.profile(pipe): which stage an epoch spends its time in, and whether input or compute is the bottleneck
--
--     local profile = data.profile(pipe)
--     for x, y in profile do ... end
--     print(profile)
-- Read next: lib/data/pipeline.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local pipeline = require "lunette.data.pipeline"

local Profile = {}

local profile = {}

--- Walks a pipeline, or anything else that `for` walks, and measures. Fields: input and compute (seconds that the loop waited for elements, and
--- that it spent on them), elements, and stages, a list of {name, seconds (its own), elements}, first the source; tostring shows them.
function profile.profile(pipe)
    if not pipeline.is(pipe) and type(pipe) ~= "function" and not (getmetatable(pipe) or {}).__call then
        lun.fail("data.profile", "expected a pipeline or a loader, got " .. tostring(pipe), "data.profile(pipe)")
    end
    return setmetatable({pipe = pipe, input = 0, compute = 0, elements = 0, timing = {}}, Profile)
end

function Profile:__len() return #self.pipe end

function Profile:__call(_, control)
    local now = lun.wall_clock()
    if control ~= nil then self.compute = self.compute + (now - self.handed_out) end
    if pipeline.is(self.pipe) then self.pipe.timing = self.timing end
    local function done(...)
        self.handed_out = lun.wall_clock()
        self.input = self.input + (self.handed_out - now)
        if (...) ~= nil then
            self.elements = self.elements + 1
        elseif pipeline.is(self.pipe) then
            self.pipe.timing = nil
        end
        return ...
    end
    return done(self.pipe(nil, control))
end

local function seconds_of(timing, pipe) return timing[pipe] and timing[pipe].seconds or 0 end

-- Adds the stages of a pipeline to the list, sources first, each without the time of those before it.
local function add_stages(stages, timing, pipe)
    local before = 0
    for _, part in ipairs(pipeline.is(pipe.from) and {pipe.from} or pipe.from or {}) do
        add_stages(stages, timing, part)
        before = before + seconds_of(timing, part)
    end
    if timing[pipe] then
        stages[#stages + 1] = {name = pipe.kind, seconds = math.max(0, timing[pipe].seconds - before), elements = timing[pipe].elements}
    end
    return stages
end

local function stages_of(self) return pipeline.is(self.pipe) and add_stages({}, self.timing, self.pipe) or {} end

function Profile:__index(name)
    if name == "stages" then return stages_of(self) end
    return Profile[name]
end

function Profile:__tostring()
    local total = self.input + self.compute
    local lines = {("%d elements in %.3f s: %.3f s waiting for input, %.3f s of compute"):format(self.elements, total, self.input, self.compute)}
    local slowest
    for _, stage in ipairs(stages_of(self)) do
        lines[#lines + 1] = ("  %-18s %8.3f s %5.1f %%  %d elements"):format(stage.name, stage.seconds, 100 * stage.seconds / math.max(total, 1e-9),
                                                                             stage.elements)
        if not slowest or stage.seconds > slowest.seconds then slowest = stage end
    end
    if self.elements > 0 and self.input > self.compute then
        lines[#lines + 1] = "input is the bottleneck" .. (slowest and (": most of it is " .. slowest.name) or "") ..
            "; map(f, {workers = n}), cache() and prefetch(n) help"
    elseif self.elements > 0 then
        lines[#lines + 1] = "compute is the bottleneck; a faster input would save at most the time spent waiting"
    end
    return table.concat(lines, "\n")
end

return profile
