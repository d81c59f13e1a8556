-- tap.lua - the verbs of a test written in Lua: ok is near fails skip done
--
-- Prints TAP: a numbered "ok" or "not ok" line per check, diagnostics after "#", the plan at the end. Every verb returns
-- whether the check held. Use: `local tap = dofile(...)`, or `local tap = require "tap"`; end the file with `tap.done()`.
-- Holds: works without Lunette, so that a test of the tree itself (layers.lua) needs nothing built.
-- Read next: tap.h (the same verbs in C), ops.lua.
-- SPDX-License-Identifier: MIT
local tap = { checks = 0, failures = 0, skipped = 0 }

function tap.note(format, ...)
    local text = select("#", ...) > 0 and format:format(...) or tostring(format)
    io.write("# ", (text:gsub("\n", "\n# ")), "\n")
end

-- Where the test file called us: the first frame outside this file.
local function caller()
    for level = 2, 20 do
        local frame = debug.getinfo(level, "Sl")
        if not frame then return "?" end
        if frame.what ~= "C" and not frame.short_src:find("tap.lua", 1, true) then
            return frame.short_src .. ":" .. frame.currentline
        end
    end
    return "?"
end

local function verdict(held, name, ...)
    tap.checks = tap.checks + 1
    name = tostring(name or "check"):gsub("[#\n]", " ")
    io.write(held and "ok " or "not ok ", tap.checks, " - ", name, "\n")
    if not held then
        tap.failures = tap.failures + 1
        tap.note("  failed at " .. caller())
        for _, line in ipairs { ... } do tap.note("  " .. line) end
    end
    io.stdout:flush()
    return held
end

-- The value is true in Lua's sense.
function tap.ok(value, name)
    return verdict(not not value, name)
end

-- A failure with its reasons, when the test found them itself.
function tap.fail(name, ...)
    return verdict(false, name, ...)
end

-- Anything with a shape and totable is a tensor here.
local function is_tensor(value)
    if type(value) ~= "userdata" then return false end
    local good, shape = pcall(function() return value.shape end)
    return good and shape ~= nil
end

local function show(value, depth)
    if type(value) == "string" then return ("%q"):format(value) end
    if math.type(value) == "float" then return ("%.9g"):format(value) end
    if type(value) ~= "table" or (depth or 0) > 3 then return tostring(value) end
    local parts = {}
    for _, item in ipairs(value) do parts[#parts + 1] = show(item, (depth or 0) + 1) end
    for key, item in pairs(value) do
        if math.type(key) ~= "integer" or key < 1 or key > #value then
            parts[#parts + 1] = tostring(key) .. "=" .. show(item, (depth or 0) + 1)
        end
    end
    return "{" .. table.concat(parts, ", ") .. "}"
end
tap.show = show

local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then
        return a == b or (a ~= a and b ~= b)
    end
    for key, value in pairs(a) do if not same(value, b[key]) then return false end end
    for key in pairs(b) do if a[key] == nil then return false end end
    return true
end

-- Lua values are equal, tables by content. A tensor is compared to a tensor or a table by its elements.
function tap.is(got, want, name)
    local a = is_tensor(got) and got:totable() or got
    local b = is_tensor(want) and want:totable() or want
    return verdict(same(a, b), name, " got: " .. show(a), "want: " .. show(b))
end

-- Two numbers within tolerance * max(1, |want|); NaN is near NaN, an infinity near itself; booleans count as 0 and 1.
function tap.close(got, want, tolerance)
    if type(got) == "boolean" then got = got and 1 or 0 end
    if type(want) == "boolean" then want = want and 1 or 0 end
    if type(got) ~= "number" or type(want) ~= "number" then return false end
    if got ~= got or want ~= want then return got ~= got and want ~= want end
    if got == want then return true end
    if math.abs(want) == math.huge then return false end
    return math.abs(got - want) <= tolerance * math.max(1, math.abs(want))
end

-- The first place where two nested tables of numbers differ, as text; nil when they are near.
function tap.difference(got, want, tolerance, where)
    where = where or ""
    if type(got) == "table" and type(want) == "table" then
        if got.re and want.re then -- complex numbers
            return tap.difference(got.re, want.re, tolerance, where .. " re") or tap.difference(got.im, want.im, tolerance, where .. " im")
        end
        if #got ~= #want then
            return ("at [%s]: %d elements, want %d"):format(where, #got, #want)
        end
        for i = 1, #want do
            local place = where == "" and tostring(i) or where .. "," .. i
            local problem = tap.difference(got[i], want[i], tolerance, place)
            if problem then return problem end
        end
        return nil
    end
    if got == want or tap.close(got, want, tolerance) then return nil end
    return ("at [%s]: got %s, want %s"):format(where, show(got), show(want))
end

-- Numbers, tensors, or nested tables of numbers agree within a relative and absolute tolerance (1e-5 unless told).
function tap.near(got, want, tolerance, name)
    if type(tolerance) == "string" and name == nil then tolerance, name = nil, tolerance end
    local a = is_tensor(got) and got:totable() or got
    local b = is_tensor(want) and want:totable() or want
    local problem = tap.difference(a, b, tolerance or 1e-5)
    return verdict(not problem, name, problem or "")
end

-- An error value as its kind and its whole text. An error of Lunette is a table or userdata with .kind or .code and prints
-- itself; a plain string has no kind.
function tap.describe(problem)
    local kind
    if type(problem) == "table" or type(problem) == "userdata" then
        local good, value = pcall(function() return problem.kind or problem.code end)
        kind = good and value or nil
    end
    return kind and tostring(kind) or nil, tostring(problem)
end

-- Calling f raises. `kind` is the error's kind, "shape" say (nil for any); `words` must stand in its text, upper and lower
-- case being the same (nil for any).
function tap.fails(f, kind, words, name)
    local good, problem = pcall(f)
    name = name or ("raises " .. (words or kind or "an error"))
    if good then return verdict(false, name, "did not raise") end
    local got_kind, text = tap.describe(problem)
    if kind and not (got_kind and got_kind:lower() == kind:lower()) and not text:lower():find(kind:lower(), 1, true) then
        return verdict(false, name, "raised kind " .. tostring(got_kind) .. ", want " .. kind, text)
    end
    if words and not text:lower():find(words:lower(), 1, true) then
        return verdict(false, name, "the message lacks \"" .. words .. "\"", text)
    end
    return verdict(true, name)
end

-- Calling f raises an error of Lunette, in whose text or hint each of the words stands, upper and lower case being the same. Its hint, or nil.
function tap.raises(f, name, ...)
    local good, problem = pcall(f)
    if good then return verdict(false, name, "did not raise") end
    local kind, text = tap.describe(problem)
    local hint = kind and problem.hint
    if not kind then return verdict(false, name, "not an error of Lunette: " .. text) end
    local all = (text .. " " .. (hint or "")):lower()
    for _, word in ipairs {...} do
        if not all:find(word:lower(), 1, true) then return verdict(false, name, "lacks \"" .. word .. "\": " .. text) end
    end
    verdict(true, name)
    return hint
end

-- The same, and it has a hint.
function tap.raises_with_hint(f, name, ...)
    if not tap.raises(f, name, ...) then verdict(false, name .. ": has a hint") end
end

-- Counts one check as skipped; for what this machine lacks.
function tap.skip(reason)
    tap.checks = tap.checks + 1
    tap.skipped = tap.skipped + 1
    io.write("ok ", tap.checks, " # SKIP ", tostring(reason), "\n")
end

-- Ends the test here, skipped, where Lunette was built without a part: tap.needs "lunette.dbg".
function tap.needs(module)
    local there, problem = pcall(require, module)
    if there then return end
    tap.skip(select(2, tap.describe(problem)):match "[^\n]*")
    tap.done()
end

-- Prints the plan and ends the program: status 0 when every check held.
function tap.done()
    io.write("1..", tap.checks, "\n")
    if tap.failures > 0 then tap.note("%d of %d checks failed", tap.failures, tap.checks) end
    io.stdout:flush()
    os.exit(tap.failures == 0 and tap.checks > 0, true)
end

return tap
