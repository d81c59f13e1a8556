-- unknown.lua - the value that nobody knows before the program runs, and what two ways agree on
--
-- Library code that meets it gets it back from any arithmetic, index, call or op; where Lua needs a truth (x < unknown) the
-- error `unknown.needed` is raised. unknown.touched counts what the library asked of it, so that an error of the library that
-- may have come from that is told from one that is certain.
-- Read next: lib/shapes/walk.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"

local unknown = {needed = setmetatable({}, {__name = "a truth that is unknown"}), diverges = setmetatable({},
    {__name = "the end of the program"}),
                 touched = 0}
local meta = {__name = "unknown"}
unknown.value = setmetatable({}, meta)

local function again()
    unknown.touched = unknown.touched + 1
    return unknown.value
end

local function need()
    unknown.touched = unknown.touched + 1
    error(unknown.needed, 0)
end

for _, event in ipairs {"add", "sub", "mul", "div", "idiv", "mod", "pow", "unm", "band", "bor", "bxor", "shl", "shr", "bnot",
    "concat", "index", "call",
                        "lun_op"} do meta["__" .. event] = again end
for _, event in ipairs {"lt", "le", "len", "newindex", "pairs"} do meta["__" .. event] = need end
function meta.__tostring() return "unknown" end

--- Is it not known what a table holds? It then has the key `unknown.value`.
function unknown.vague(t) return type(t) == "table" and rawget(t, unknown.value) ~= nil end

--- Is `value` unknown, or a list or table with something unknown in it?
function unknown.within(value, depth)
    if rawequal(value, unknown.value) then return true end
    if type(value) ~= "table" or getmetatable(value) ~= nil or (depth or 0) > 2 then return false end
    if unknown.vague(value) then return true end
    for _, item in next, value do
        if unknown.within(item, (depth or 0) + 1) then return true end
    end
    return false
end

local function same_shape(a, b)
    if a.dtype ~= b.dtype or a.device ~= b.device or a.ndim ~= b.ndim then return false end
    local one, other = a.shape, b.shape
    for d = 1, a.ndim do
        if one[d] ~= other[d] then return false end
    end
    return true
end

--- Do two values mean the same to whoever asks for shapes?
function unknown.same(a, b)
    if rawequal(a, b) then return true end
    if type(a) == "userdata" and type(b) == "userdata" then return lun.is_tensor(a) and lun.is_tensor(b) and same_shape(a,
        b) end
    return false
end

--- What is known where one of two ways was taken.
function unknown.join(a, b) return unknown.same(a, b) and a or unknown.value end

--- The same for lists with `n`.
function unknown.join_lists(a, b)
    local joined = {n = math.max(a.n, b.n)}
    for i = 1, joined.n do joined[i] = unknown.join(a[i], b[i]) end
    return joined
end

return unknown
