-- directed.lua - each sample of each row with one argument exchanged, in every way: what random calls meet seldom, met once
--
-- A tensor gets every shape near its own, every dtype, values at the ends of its dtype (all of them, the first, the last),
-- and lies in memory in another way; an option gets the numbers, words and lists of its kind that anybody might write.
-- Holds: no chance is involved, so call number i is the same in every run (for the same op table).
-- Read next: generate.lua, run.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local rows = require "rows"
local generate = require "fuzz.generate"

local directed = {}

local dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool" }
local integers = { 0, 1, -1, 2, -2, 3, 5, 7, 9, 100, -100, 1 << 31, -(1 << 31), 1 << 32, 1 << 40, 1 << 62,
    math.mininteger, math.maxinteger }
local floats = { 0.0, -0.0, 0.5, -0.5, 1.0, 1.5, 2.0, -2.0, 3.0, 1e-300, 1e300, -1e300, 0 / 0, 1 / 0, -1 / 0, 2.0 ^ 53,
    1e-20, 1e10 }
local words = {}
for word in ([[mean sum none prod amax amin max constant reflect replicate circular reflection zeros border same valid
    nearest nearest-exact bilinear bicubic trilinear linear area floor trunc tanh ij xy left right lower higher midpoint
    ortho backward forward fro nuc reduced complete r L U nonsense]]):gmatch "%S+" do words[#words + 1] = word end
local lists = { {}, { 1 }, { 2 }, { -1 }, { 0 }, { 100 }, { math.mininteger }, { 1, 1 }, { 2, 1 }, { 1, 2 }, { -1, 1 },
    { 0, 0 }, { -1, -1 }, { 1 << 40, 1 << 40 }, { math.maxinteger, 2 }, { 1, 2, 3 }, { 2, 2, 2 }, { 1, 1, 1, 1 },
    { 1, 2, 3, 4, 5, 6, 7, 8, 9 } }
local choices = { int = { integers }, dim = { integers }, index = { integers }, float = { floats }, string = { words },
    bool = { { true, false } }, number = { integers, floats }, order = { integers, floats, words }, dtype = { dtypes },
    device = { { "cpu" } }, floats = { floats, lists } }
local lists_of_numbers = { integers, lists, { "same", "valid" } }
local of_tensors = {}
for kind in ("tensor operand tensors operands indices labels counts"):gmatch "%S+" do of_tensors[kind] = true end

local function sizes(x) return { table.unpack(x.shape, 1, x.ndim) } end

local function like(x, shape)
    lun.manual_seed(11)
    local t = tostring(x.dtype)
    if t == "bool" then return lun.rand(shape):gt(0.5) end
    return t:find "int" and (lun.rand(shape) * 2 + 1):floor():to(t) or lun.randn(shape):to(t)
end

local function shapes(x, add)
    local base = sizes(x)
    local function changed(change)
        local shape = { table.unpack(base) }
        change(shape)
        add(function() return like(x, shape) end)
    end
    add(function() return like(x, {}) end)
    for i = 1, #base do
        for _, size in ipairs { 0, 1, base[i] + 1 } do changed(function(shape) shape[i] = size end) end
        changed(function(shape) table.remove(shape, i) end)
    end
    for _, size in ipairs(#base < 8 and { 1, 2, 0 } or {}) do changed(function(shape) table.insert(shape, 1, size) end) end
    if #base < 8 then changed(function(shape) shape[#shape + 1] = 1 end) end
    if #base > 1 then changed(function(shape) shape[1], shape[#shape] = shape[#shape], shape[1] end) end
    add(function() return like(x, { 1, 1, 2, 1, 1, 2, 1, 1 }) end)
end

local function values(x, add)
    local t = tostring(x.dtype)
    local numbers = t:find "int" and { 0, -1, 127, -128, 255, 1 << 40, math.mininteger, math.maxinteger } or
        { 0 / 0, 1 / 0, -1 / 0, 0.0, -0.0, 1.0, 0.5, 1e30, -1e30 }
    for _, v in ipairs(t == "bool" and {} or numbers) do
        add(function() return lun.full(sizes(x), v, { dtype = t }) end)
        for _, at in ipairs { 1, -1 } do
            add(function()
                local y = x:detach():clone()
                y:flatten():select(1, at):fill_(v)
                return y
            end)
        end
    end
    if t == "bool" then return add(function() return x:logical_not() end) end
    add(function() return x * -1 end)
    if not t:find "int" then add(function() return (x * 1e30):to(t) end) end
end

local function views(x, add)
    local base = sizes(x)
    local function view(make)
        add(function()
            local y = make()
            generate.views[y] = true
            return y
        end)
    end
    if #base > 1 then view(function() return x:transpose(1, #base):contiguous():transpose(1, #base) end) end
    for i = 1, #base do
        if base[i] > 0 then
            view(function() return x:narrow(i, 1, 1):expand(base) end)
            view(function() return lun.cat({ x, x }, i):slice(i, 1, -1, 2) end)
        end
    end
end

local function of_tensor(x, add)
    shapes(x, add)
    values(x, add)
    views(x, add)
    for _, t in ipairs(dtypes) do add(function() return x:to(t) end) end
end

-- The sample with argument i, by place or by name, as `change` makes it of what stands there.
local function exchanged(row, text, i, change)
    local args = rows.sample(text, function(x) return x end)
    local options = args[args.n]
    local named = type(options) == "table" and not rows.is_tensor(options) and next(options) ~= nil and #options == 0
    if i <= args.n - (named and 1 or 0) then
        args[i] = change(args[i])
        return args
    end
    if not named then
        args.n = args.n + 1
        args[args.n] = {}
    end
    args[args.n][row.args[i].name] = change(args[args.n][row.args[i].name])
    return args
end

local function is_list(v) return type(v) == "table" and not rows.is_tensor(v) and rows.is_tensor(v[1]) end

local function each_change(argument, v, add)
    if rows.is_tensor(v) then return of_tensor(v, add) end
    for k, x in ipairs(is_list(v) and v or {}) do
        of_tensor(x, function(make)
            add(function()
                local list = { table.unpack(v) }
                list[k] = make()
                return list
            end)
        end)
    end
    if is_list(v) then add(function() return {} end) end
    if of_tensors[argument.kind] then return end
    for _, some in ipairs(choices[argument.kind] or lists_of_numbers) do
        for _, choice in ipairs(some) do add(function() return choice end) end
    end
end

-- Calls visit(i, call) for calls `from` to `last`; a change that is refused itself leaves its number out.
-- Returns how many there are.
function directed.each(list, from, last, visit)
    local i = 0
    for _, row in ipairs(list) do
        for _, text in ipairs(row.samples) do
            for at, argument in ipairs(row.args) do
                local v
                exchanged(row, text, at, function(had) v = had return had end)
                each_change(argument, v, function(make)
                    i = i + 1
                    if i < from or i > last then return end
                    local good, args = pcall(exchanged, row, text, at, make)
                    if good then visit(i, { row = row, args = args, way = "function" }) end
                end)
            end
        end
    end
    return i
end

return directed
