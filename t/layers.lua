-- layers.lua - the house rules that a machine can check
--
-- Includes point down, Lua's headers stay in two folders, every file says what it is and under which licence, nothing grows too
-- long, no file is named for nothing in particular, no row of the op table lacks a field.
-- Holds: reads the sources only; runs in plain lua5.4 too. LUNETTE_TEST_ROOT names the root of the sources.
-- Read next: tap.lua, ops.lua (the same table, running).
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local root = os.getenv "LUNETTE_TEST_ROOT" or "."

local file_budget = 450
local line_budget = 150

-- Folder by folder, what may be included. Lower floors come first; a folder may always include itself.
local floors = {
    core = {},
    kernels = { "core" },
    graph = { "core", "kernels" },
    formats = { "core" },
    plot = { "core" },
    debugger = { "core" },
    lua_bindings = { "core", "kernels", "graph", "formats", "plot", "debugger" },
    repl = { "core", "kernels", "plot", "debugger", "lua_bindings" },
}
local without_lua = { core = true, kernels = true, graph = true, formats = true, plot = true, debugger = true }
local lua_headers = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true, ["luaconf.h"] = true, ["lua.hpp"] = true }
local empty_names = { utils = true, util = true, misc = true, common = true, helpers = true, helper = true, manager = true }

local function read(path)
    local handle = assert(io.open(root .. "/" .. path, "rb"))
    local text = handle:read "a"
    handle:close()
    return text
end

-- All source files below the folders that are ours, by their paths from the root, in order.
local function sources()
    local found = {}
    local command = "cd '" .. root .. "' && find core kernels graph formats plot debugger lua_bindings lib repl tutorials"
        .. " examples t bench doc -type f 2>/dev/null | LC_ALL=C sort"
    for path in io.popen(command):lines() do
        local ours = path:match "%.[ch]$" or path:match "%.inc$" or path:match "%.def$" or path:match "%.cu$" or path:match "%.lua$"
            or path:match "%.py$" or path:match "%.sh$"
        if ours and not path:match "^doc/library/" then -- those are made by ./dev docs
            found[#found + 1] = path
        end
    end
    return found
end

local function is_data(path)
    return path:match "^t/peer/.*%.lua$" ~= nil or path == "t/autograd/views.lua"
end

local function is_c(path)
    return path:match "%.[ch]$" or path:match "%.inc$" or path:match "%.def$" or path:match "%.cu$"
end

-- One TAP line for a rule; the first breaches are named.
local function rule(name, breaches)
    if #breaches == 0 then
        tap.ok(true, name)
    else
        tap.fail(name, table.unpack(breaches, 1, math.min(#breaches, 40)))
    end
end

local files = sources()
local text = {}
for _, path in ipairs(files) do text[path] = read(path) end
tap.ok(#files > 20, "the sources are found")

local function each(check, filter)
    local breaches = {}
    for _, path in ipairs(files) do
        if not filter or filter(path) then check(path, text[path], breaches) end
    end
    return breaches
end

-- The text with comments and strings taken out, so that words in them do not count as code.
local function code_of(source)
    return (source:gsub("/%*.-%*/", " "):gsub('"(\\.)', '"'):gsub('"[^"\n]*"', '""'):gsub("//[^\n]*", ""))
end

for folder, allowed in pairs(floors) do
    local may = { [folder] = true }
    for _, name in ipairs(allowed) do may[name] = true end
    rule(folder .. " includes what lies below it only", each(function(path, source, breaches)
        for header in source:gmatch '#%s*include%s*"([^"]+)"' do
            local target = header:match "^([%w_]+)/"
            if target and not may[target] then breaches[#breaches + 1] = path .. " includes " .. header end
            if not target and header ~= "config.h" then
                breaches[#breaches + 1] = path .. ": write \"" .. header .. "\" from the root"
            end
        end
    end, function(path) return is_c(path) and path:match "^([%w_]+)/" == folder end))
end

rule("Lua's headers stay in lua_bindings and repl", each(function(path, source, breaches)
    for header in source:gmatch '#%s*include%s*[<"]([^>"]+)[>"]' do
        if lua_headers[header] then breaches[#breaches + 1] = path .. " includes " .. header end
    end
end, function(path) return is_c(path) and without_lua[path:match "^([%w_]+)/"] end))

rule("every file opens with its name and what it is", each(function(path, source, breaches)
    local name = path:match "[^/]+$"
    local plain = source:gsub("^#![^\n]*\n", "")
    if path:match "^examples/" then -- notebooks: a header, and the first cell is text
        plain = plain:gsub("^%-%- %-%-%-\n.-\n%-%- %-%-%-\n", ""):gsub("^%-%- %%%% %[markdown%]\n%-%- # ", "-- ")
    end
    local first = plain:match "^[^\n]*"
    local opening = is_c(path) and "/%* " or path:match "%.lua$" and "%-%- " or "# "
    if not first:match("^" .. opening .. name:gsub("%p", "%%%0") .. " %- %S") then
        breaches[#breaches + 1] = path .. ": " .. first:sub(1, 70)
    end
end, function(path) return not path:match "^tutorials/" end))

rule("every file names its licence", each(function(path, source, breaches)
    if not source:sub(1, 3000):find("SPDX-License-Identifier: MIT", 1, true) then breaches[#breaches + 1] = path end
end))

rule("no file is longer than " .. file_budget .. " lines", each(function(path, source, breaches)
    local _, lines = source:gsub("\n", "")
    if lines > file_budget then breaches[#breaches + 1] = path .. ": " .. lines end
end, function(path) return not path:match "%.def$" and not path:match "^t/" end))

rule("no line is longer than " .. line_budget .. " columns", each(function(path, source, breaches)
    local number = 0
    for line in source:gmatch "([^\n]*)\n" do
        number = number + 1
        local columns = utf8.len(line) or #line
        if columns > line_budget then breaches[#breaches + 1] = ("%s:%d: %d"):format(path, number, columns) end
    end
end, function(path) return not path:match "%.def$" and not path:match "^t/" and not path:match "^tutorials/" end))

rule("no tabs, no spaces at line ends", each(function(path, source, breaches)
    if source:find "\t" then breaches[#breaches + 1] = path .. ": a tab" end
    if source:find "[ ]\n" then breaches[#breaches + 1] = path .. ": spaces at a line's end" end
    if source ~= "" and source:sub(-1) ~= "\n" then breaches[#breaches + 1] = path .. ": no newline at the end" end
end, function(path) return not is_data(path) end))

rule("files are named for what they do", each(function(path, _, breaches)
    for part in path:gmatch "[^/.]+" do
        if empty_names[part] then breaches[#breaches + 1] = path end
    end
end))

rule("nothing is left to do later", each(function(path, source, breaches)
    for _, word in ipairs { "TO" .. "DO", "FIX" .. "ME", "X" .. "XX" } do
        if source:find("%f[%w]" .. word .. "%f[%W]") then breaches[#breaches + 1] = path .. ": " .. word end
    end
end, function(path) return not is_data(path) end))

rule("no source names a place on somebody's machine", each(function(path, source, breaches)
    for _, place in ipairs { "/wo" .. "rk/", "/ho" .. "me/", "/ro" .. "ot/" } do
        if source:find("%f[%w/]" .. place) then breaches[#breaches + 1] = path .. ": " .. place end
    end
end))

rule("the library never ends the program", each(function(path, source, breaches)
    local code = code_of(source)
    for _, name in ipairs { "exit", "_exit", "abort", "longjmp", "quick_exit" } do
        for before in code:gmatch("([%w_]*)%f[%w_]" .. name .. "%s*%(") do
            -- a child process between fork and exec has nowhere to return to
            if before == "" and not (name == "_exit" and code:find "fork") then
                breaches[#breaches + 1] = path .. ": " .. name
                break
            end
        end
    end
end, function(path) return is_c(path) and without_lua[path:match "^([%w_]+)/"] end))

-- Passing an error on (lua_error after a protected call) is no raising.
rule("only the box raises Lua errors", each(function(path, source, breaches)
    if code_of(source):find "%f[%w_]luaL_error%s*%(" then breaches[#breaches + 1] = path .. ": luaL_error" end
end, function(path)
    return is_c(path) and path:match "^lua_bindings/" and not path:match "/box%.c$" and not path:match "/protected%.c$"
        and not path:match "/interrupt%.c$"
end))

rule("headers are guarded", each(function(path, source, breaches)
    local guard = "LUN_" .. path:gsub("%.h$", "_H"):gsub("[/.]", "_"):upper()
    local first = source:match "#ifndef%s+(%S+)"
    if not (first and first:match "_H$" and source:find("#define " .. first, 1, true)) then
        breaches[#breaches + 1] = path .. ": want " .. guard
    end
end, function(path) return path:match "%.h$" end))

-- The rows, read as text: a row goes from its macro's name to the bracket that closes it.
local function rows_of(source)
    local rows = {}
    source = source:gsub('"[^"\n]*"', function(quoted) return (quoted:gsub("[()]", " ")) end)
    local plain = source:gsub("/%*.-%*/", function(comment) return (comment:gsub("[^\n]", " ")) end)
    local stands_for = {} -- fields that several rows of a file share have a name there
    for name, fields in plain:gmatch "#define%s+([%u_]+)%s+([^\n]*)" do stands_for[name] = fields end
    plain = plain:gsub("#define[^\n]*", ""):gsub("%f[%w_][%u_]+%f[^%w_]", stands_for)
    for start, kind, name in plain:gmatch "()%f[%w_]([A-Z]+)%s*%(%s*([%w_]+)%s*," do
        if kind == "UNARY" or kind == "BINARY" or kind == "COMPARE" or kind == "OP" then
            rows[#rows + 1] = { kind = kind, name = name, text = plain:sub(start):match "^[A-Z]+%s*(%b())" or "" }
        end
    end
    return rows
end

local seen, row_count, broken = {}, 0, {}
local function lacking(row, what) broken[#broken + 1] = row.name .. " lacks " .. what end
for _, path in ipairs(files) do
    if path:match "^core/ops/.*%.def$" then
        for _, row in ipairs(rows_of(text[path])) do
            row_count = row_count + 1
            if seen[row.name] then broken[#broken + 1] = row.name .. " stands twice" end
            seen[row.name] = true
            local hidden = row.text:find("HIDDEN", 1, true)
            if not row.text:find "%.help%s*=" then lacking(row, "help") end
            if not hidden and not row.text:find "%.demo%s*=" then lacking(row, "a demo") end
            if row.kind == "OP" then
                if not row.text:find "%.args%s*=" then lacking(row, "args") end
                local made = row.text:find "%.compose%s*=" or row.text:find "%.variant%s*="
                if not made and not row.text:find "%.infer%s*=" then lacking(row, "infer, compose or variant") end
                if not hidden and not row.text:find "%.sample%s*=" then lacking(row, "a sample") end
                if not made and not hidden and not row.text:find "%.vjp%s*=" and not row.text:find "NO_GRAD" then
                    lacking(row, "vjp, compose, variant or NO_GRAD")
                end
            end
        end
    end
end
tap.ok(row_count > 100, "the op table has its rows (" .. row_count .. ")")
rule("every row of the op table is complete", broken)

tap.done()
