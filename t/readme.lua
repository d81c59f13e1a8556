-- readme.lua - the session in README.md is the one that t/repl/transcript.c replays (t/repl/readme.txt, with ~~ for any text)
--
-- Holds: reads the sources only. LUNETTE_TEST_ROOT names their root. SPDX-License-Identifier: MIT
local tap = require "tap"
local root = os.getenv "LUNETTE_TEST_ROOT" or "."

local function read(path)
    local file <close> = assert(io.open(root .. "/" .. path))
    return file:read "a"
end

local function lines(text)
    local list = {}
    for line in text:gmatch "([^\n]*)\n" do list[#list + 1] = line end
    return list
end

-- A transcript line as a Lua pattern.
local function pattern(line)
    return "^" .. line:gsub("%p", "%%%0"):gsub("%%~%%~", ".*") .. "$"
end

local readme = read "README.md"
local shown = lines(readme:match "```\n(Lunette .-\n)```" or "")
local replayed = lines((read "t/repl/readme.txt":gsub("^#[^\n]*\n#[^\n]*\n", "")))
tap.ok(#shown > 20, "README.md shows a session")
tap.is(#shown, #replayed, "with as many lines as the replayed one")
for i, line in ipairs(replayed) do
    if not (shown[i] or ""):match(pattern(line)) then tap.fail("line " .. i, "README: " .. tostring(shown[i]), "replay: " .. line) end
end
for _, path in ipairs {"doc/fashion_mnist.png", "doc/design.md", "doc/charts.md", "CONTRIBUTING.md", "examples/fashion_mnist.lua"} do
    tap.ok(readme:find(path, 1, true), "README.md names " .. path)
    tap.ok(io.open(root .. "/" .. path), path .. " is there")
end
tap.done()
