-- compile.lua - lun.compile(f, {fuse, dead, common, constant}): f, whose ops wait until a value is needed and are then run together
--
-- f runs anew in each call, so branches, loops, sizes and learning rates are always those of the call. It may be a function or a module,
-- and a whole training step too. Holds: results, gradients and random numbers are those of f itself.
-- Read next: lib/graph.lua (what a compiled function did), graph/queue.h (how). SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.graph_core"
local compiled = {graphs = setmetatable({}, {__mode = "k"})}
local switches = {fuse = true, dead = true, common = true, constant = true}

local function check(f, options)
    local meta = getmetatable(f)
    if type(f) ~= "function" and not (type(meta) == "table" and meta.__call) then
        lun.fail("compile", "a function or a module is needed, got " .. (lun.is_tensor(f) and "a tensor" or type(f)),
            "lun.compile(function(x) return (x * 2 + 1):tanh() end)")
    end
    if options ~= nil and type(options) ~= "table" then
        lun.fail("compile", "options are a table, got " .. type(options), "lun.compile(f, {fuse = false})")
    end
    for name, value in pairs(options or {}) do
        if not switches[name] or type(value) ~= "boolean" then
            lun.fail("compile", ("no option %s = %s"):format(tostring(name), tostring(value)), "fuse, dead, common and constant are true or false")
        end
    end
end

--- f, whose ops wait and run together.
function compiled.compile(f, options)
    check(f, options)
    local graph = core.new(options or {})
    local function run(...) return core.call(graph, f, ...) end
    compiled.graphs[run] = graph
    return run
end

return setmetatable(compiled, {__call = function(_, ...) return compiled.compile(...) end})
