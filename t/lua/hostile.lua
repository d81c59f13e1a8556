-- hostile.lua - every op is given what nobody should give it
--
-- Each row's sample is called with one or two arguments exchanged for something else: nil, huge numbers, NaN, text, lists of the wrong
-- kind, tensors of every dtype and awkward shape. The call works, or raises an error of ours; it never crashes (most of all under the
-- sanitizers), never raises a Lua error of our own code's making, and never reports a fault inside Lunette.
-- Holds: the same calls each time (HOSTILE_SEED and HOSTILE_ROUNDS widen the search by hand); memory stays under a small budget.
-- Read next: t/rows.lua, lua_bindings/arguments.c, core/apply.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"

local seed = tonumber(os.getenv "HOSTILE_SEED" or 7)
local rounds = tonumber(os.getenv "HOSTILE_ROUNDS" or 200)
lun.set_memory_budget(64 << 20)

local only = {}
for _, name in ipairs(arg or {}) do only[name] = true end

local plain = {
    nil, true, false, 0, 1, 2, 3, -1, -2, 7, 100, 1 << 31, 1 << 40, 1 << 62, math.mininteger, math.maxinteger,
    0.5, -0.5, 1.5, 1e300, -1e300, 0 / 0, 1 / 0, -1 / 0, "", "mean", "none", "sum", "reflect", "float32", "int8", "nonsense", "ij,jk->ik",
    "...", "->", ",", "i", "cpu", "cuda:9", "1:2", ("x"):rep(300), print,
}
local lists = {
    function() return {} end, function() return { 1 } end, function() return { 0 } end, function() return { -1 } end,
    function() return { 2, 2 } end, function() return { 1, 1 } end, function() return { 1, 2, 3, 4, 5, 6, 7, 8, 9 } end,
    function() return { 1.5 } end, function() return { "a" } end, function() return { math.maxinteger, 2 } end,
    function() return { 1 << 40, 1 << 40 } end, function() return { -3, -3 } end, function() return { 0, 0, 0, 0 } end,
    function() return { dim = 1 } end, function() return { nothing = 1 } end, function() return { keepdim = "x" } end,
    function() return { lun.ones(2), lun.ones(3) } end, function() return { lun.ones(2), 1 } end, function() return { {} } end,
}
for i = 1, 60 do
    local long = {}
    for k = 1, i do long[k] = k end
    if i % 20 == 0 then lists[#lists + 1] = function() return long end end
end
local dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool" }
local shapes = { {}, { 0 }, { 1 }, { 2 }, { 3 }, { 4 }, { 3, 4 }, { 4, 3 }, { 0, 3 }, { 3, 0 }, { 1, 1 }, { 2, 3, 4 }, { 1, 2, 5, 5 },
    { 2, 1, 1, 1, 1, 1, 1, 2 } }

local function pick(list) return list[math.random(#list)] end

-- A tensor of some shape and dtype, perhaps transposed, expanded, full of NaN, of positions in or out of range, or wanting a gradient.
local function awkward()
    local x = (lun.randn(pick(shapes)) * 3):to(pick(dtypes))
    local kind = math.random(9)
    if kind == 1 and x.ndim > 1 then return x:transpose(1, 2) end
    if kind == 2 then return x:unsqueeze(1):expand { 3, table.unpack(x.shape, 1, x.ndim) } end
    if kind == 3 and rows.is_float(x) then return x:requires_grad_() end
    if kind == 4 and rows.is_float(x) then return x * (0 / 0) end
    if kind == 5 then return lun.tensor { 0, 1, -1, 5, math.maxinteger } end
    if kind == 6 and x:numel() > 0 then return x:flatten():slice(1, 1, -1, 2) end
    return x
end

local function anything()
    local kind = math.random(3)
    if kind == 1 then return plain[math.random(#plain)] end -- #plain counts its leading nil as a place
    if kind == 2 then return pick(lists)() end
    local good, x = pcall(awkward)
    return good and x or 1
end

local function changed(row)
    local args = rows.sample(row.sample, function(x) return x end)
    for _ = 1, math.random(2) do
        local at = math.random(args.n + 1)
        args[at] = anything()
        args.n = math.max(args.n, at)
    end
    if math.random(12) == 1 then args.n = math.random(0, args.n) end
    return args
end

-- Uses what came out: reads small results, goes backward from float ones.
local function use(results)
    for i = 1, results.n do
        local y = results[i]
        if rows.is_tensor(y) then
            if y:numel() > 0 and y:numel() < 4000 then y:totable() end -- [2^40,0] would be 2^40 empty rows
            if y.requires_grad and y:numel() > 0 then y:sum():backward() end
        end
    end
end

local function show(args)
    local parts = {}
    for i = 1, args.n do
        local value = args[i]
        if rows.is_tensor(value) then
            value = ("%s[%s]"):format(value.dtype, table.concat(value.shape, ",", 1, value.ndim))
        else
            value = tap.show(value)
        end
        parts[i] = #value > 60 and value:sub(1, 60) .. "..." or value
    end
    return table.concat(parts, ", ")
end

local function attack(row)
    local problems, worked = {}, 0
    for _ = 1, rounds do
        local args = changed(row)
        if os.getenv "HOSTILE_TRACE" then io.stderr:write(row.name, " ", show(args), "\n") end
        local good, problem = pcall(function()
            lun.manual_seed(1)
            use(table.pack(lun[row.name](table.unpack(args, 1, args.n))))
        end)
        if good then worked = worked + 1 end
        local ours, text = rows.ours(problem)
        if not good and (not ours or tap.describe(problem) == "internal") then
            problems[#problems + 1] = show(args) .. ": " .. text
        end
    end
    return problems, worked
end

math.randomseed(seed)
for _, row in ipairs(lun.ops()) do
    row.sample = row.samples[1]
    if row.sample and (not next(only) or only[row.name]) then
        local problems, worked = attack(row)
        local name = ("%s: %d hostile calls"):format(row.name, rounds)
        if #problems == 0 then tap.ok(true, name) else tap.fail(name, table.unpack(problems, 1, math.min(3, #problems))) end
    end
end
tap.is(lun.ones(2):sum():item(), 2.0, "and the session goes on")
tap.done()
