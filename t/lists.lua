-- lists.lua - the lists of Makefile.am against the tree: a file that is not listed is not built, not tested and not shipped
--
-- Holds: reads the sources only; runs in plain lua5.4 too. LUNETTE_TEST_ROOT names the root of the sources.
-- Read next: ../Makefile.am, layers.lua.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local root = os.getenv "LUNETTE_TEST_ROOT" or "."

local function lines_of(command)
    local found = {}
    local handle = assert(io.popen("cd '" .. root .. "' && " .. command))
    for line in handle:lines() do found[#found + 1] = line end
    handle:close()
    return found
end

local makefile = assert(io.open(root .. "/Makefile.am")):read "a"
local listed = {}
for word in makefile:gsub("\n#[^\n]*", "\n"):gmatch "[^%s\\]+" do listed[word] = true end

-- A C test is listed by the program that is made from it.
local function is_listed(path)
    return listed[path] or listed[(path:gsub("%.c$", ".t"))]
end

local missing = {}
for _, path in ipairs(lines_of("find core kernels graph formats plot debugger lua_bindings lib repl tutorials examples"
    .. " t bench doc -type f ! -name '*~' ! -name '.*' ! -name '*.pyc' 2>/dev/null | LC_ALL=C sort")) do
    if not is_listed(path) then missing[#missing + 1] = path end
end
if #missing == 0 then
    tap.ok(true, "every file is in a list of Makefile.am")
else
    tap.fail("every file is in a list of Makefile.am", table.unpack(missing))
end

local gone = {}
for word in pairs(listed) do
    local path = word:gsub("%.t$", ".c")
    local made = path:match "%.n?o$" or path:match "%.hso" or path:match "stamp$"
    local there = io.open(root .. "/" .. path) or io.open(root .. "/" .. path .. "u") -- a test may be made from .cu
    if not made and not there and path:match "^[%a_]+/[%w_/%-%.]+%.%a+$" and not path:match "^%$" then
        gone[#gone + 1] = word
    end
end
table.sort(gone)
if #gone == 0 then
    tap.ok(true, "every listed file exists")
else
    tap.fail("every listed file exists", table.unpack(gone))
end

-- Two tests of one name in one folder would write the same log, and one of them would never be seen.
local seen, doubled = {}, {}
for word in pairs(listed) do
    local stem = word:match "^(t/.+)%.t$" or word:match "^(t/.+)%.lua$" or word:match "^(t/.+)%.sh$"
    if stem and seen[stem] then doubled[#doubled + 1] = stem end
    if stem then seen[stem] = true end
end
tap.is(doubled, {}, "no two tests share a name")
tap.done()
