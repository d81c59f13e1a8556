-- graph.lua - lun.graph: what compiled functions and chains did, and running what waits
--
-- lun.graph.explain(f) is a text, lun.graph.counts(f) the numbers in it (without f: of chains), lun.graph.run() runs what waits now (for
-- measuring), lun.graph.chains(false) lets large elementwise ops run one by one and gives what was.
-- Read next: lib/graph/compile.lua, graph/queue.h. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.graph_core"
local graphs = require "lunette.graph.compile".graphs
local graph = {run = core.run, chains = core.chains}

--- Numbers: calls, queued, runs, plans, matched, groups, fused, unwritten, dead, common, constant, at_once, watched; and `passes`, which are on.
function graph.counts(f)
    if f == nil then return core.counts() end
    if not graphs[f] then
        lun.fail("graph.counts", "this is no compiled function", "g = lun.compile(f), then lun.graph.counts(g)")
    end
    return core.counts(graphs[f])
end

local function state(on) return on and "" or " (switched off)" end

--- What the compiled function f did so far, as a text.
function graph.explain(f)
    local c = graph.counts(f)
    local lines = {
        ("%d calls: %d ops waited, the queue ran %d times"):format(c.calls, c.queued, c.runs),
        ("plans: %d made, matched %d times"):format(c.plans, c.matched),
        ("fuse: %d ops in %d groups, %.1f MB of values never in memory%s"):format(c.fused, c.groups, c.unwritten / 1e6, state(c.passes.fuse)),
        ("dead: %d ops not run, nobody needed them%s"):format(c.dead, state(c.passes.dead)),
        ("common: %d ops not run, the same was computed already%s"):format(c.common, state(c.passes.common)),
        ("constant: %d results taken from an earlier run%s"):format(c.constant, state(c.passes.constant)),
    }
    if c.at_once > 0 then lines[#lines + 1] = ("at once: %d ops could not wait, the last was %s"):format(c.at_once, c.reason) end
    if c.watched > 0 then
        lines[#lines + 1] = ("watched: %d ops ran one by one, because a debugger or a profiler was armed"):format(c.watched)
    end
    return table.concat(lines, "\n")
end

return graph
