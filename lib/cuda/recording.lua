-- recording.lua - what a CUDA graph does in Lua at each replay: schedules, the numbers of optimisers, what it cannot record
--
-- A graph's program is a list of functions, which a replay calls in turn: launches of its parts, and what stood between them in Lua. While
-- a graph is recorded `recording.now` is {core, program, parts}; who does his work in Lua then puts it there and does nothing himself.
-- Read next: lib/cuda.lua, lib/optim/optimizer.lua, kernels/cuda/graph.cu. SPDX-License-Identifier: MIT
local core = require "lunette.cuda_core"
local recording = {now = nil}

--- Does the debugger want to see ops or lines? It would see nothing of a replay.
function recording.is_watched()
    if core.is_watched() then return true end
    local debugger = package.loaded["lunette.dbg_core"]
    for _, b in ipairs(debugger and debugger.list() or {}) do
        if b.enabled then return true end
    end
    return false
end

--- A recording begins, of a graph of the core.
function recording.begin(graph) recording.now = {core = graph, program = {}, parts = 0} end

local function launch(now)
    local graph, part = now.core, now.parts + 1
    now.parts = part
    now.program[#now.program + 1] = function() graph:replay(part) end
end

--- It ends; gives the program, and finishes the graph's last part unless all was in vain.
function recording.finish(wanted)
    local now = recording.now
    recording.now = nil
    launch(now)
    now.core:finish(wanted)
    return now.program
end

--- f() is called in each replay before the part that is being recorded is launched.
function recording.before(f) table.insert(recording.now.program, f) end

--- f() is called in each replay between what was recorded so far and what comes.
function recording.outside(f)
    local now = recording.now
    now.core:cut()
    launch(now)
    now.program[#now.program + 1] = f
end

return recording
