-- cost.lua - what the debugger costs a run that it does not stop, in instructions (a busy machine changes nothing)
--
-- A breakpoint that never matches, and `catch nonfinite`, on training steps of an MLP; a build without the debugger beside one with it is
-- compared by ./dev bench debugger. Valgrind computes fused products in software, so OpenBLAS is asked for kernels without: a step then has half as many
-- instructions again, and the bars (2 % and 15 % of a usual step) are lower by as much. Read next: bench/debugger_cost.lua, t/instructions.lua. SPDX-License-Identifier: MIT
local root, build = os.getenv "LUNETTE_TEST_ROOT" or ".", os.getenv "LUNETTE_BUILD" or "build"
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dbg"

local function instructions(state, turns)
    local pipe = io.popen(("LUNETTE_THREADS=1 LUNETTE_ISA=avx2 OPENBLAS_CORETYPE=Sandybridge LUA_PATH='%s/bench/?.lua;;' valgrind --tool=callgrind --callgrind-out-file=/dev/null "
        .. "'%s/lunette' '%s/bench/debugger_cost.lua' turns mlp %s %d 2>&1"):format(root, build, root, state, turns))
    local text = pipe:read "a"
    pipe:close()
    return tonumber(text:match "Collected%s*:%s*(%d+)"), text
end

local few, many = 2, 12
local first, text = instructions("loaded", few)
if os.getenv "LUNETTE_SANITIZED" or not first then
    tap.skip("callgrind counts nothing here: " .. (text:match "[^\n]+" or "it says nothing"))
    tap.done()
end
local all = instructions("loaded", many)
local each = (all - first) / (many - few)
for _, row in ipairs {{"never", 1.013}, {"nonfinite", 1.10}} do
    local ratio = 1 + (instructions(row[1], many) - all) / many / each
    tap.ok(ratio > 1 and ratio <= row[2], ("%s: %.4f times the instructions of a training step, at most %.2f"):format(row[1], ratio, row[2]))
end
tap.done()
