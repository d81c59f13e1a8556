-- examples.lua - every example runs, cut short; one that is killed goes on
--
-- Holds: pictures and weights go into a folder of the test's own. What needs data that is not here is skipped.
-- Read next: examples/README.md. SPDX-License-Identifier: MIT
local tap = require "tap"
local root, program = os.getenv "LUNETTE_TEST_ROOT" or ".", ("%s/lunette"):format(os.getenv "LUNETTE_BUILD" or "build")
local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)

local function absolute(path)
    if path:sub(1, 1) == "/" then return path end
    local pipe = io.popen "pwd"
    local here = pipe:read "l"
    pipe:close()
    return here .. "/" .. path
end
root, program = absolute(root), absolute(program)

local function run(arguments, limit)
    local pipe = io.popen(("cd '%s' && %s '%s' '%s/examples/'%s 2>&1; echo \"code $?\""):format(folder, limit or "", program, root, arguments))
    local text = pipe:read "a"
    pipe:close()
    return text, math.tointeger(text:match "code (%d+)\n$")
end

local function there(path)
    local file = io.open(path)
    if file then file:close() end
    return file ~= nil
end

local has_fashion = there "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"
local has_gnuplot = os.execute "command -v gnuplot >/dev/null 2>&1"
local slow = os.getenv "LUNETTE_SANITIZED"

-- {arguments, what it needs, a pattern of its last words}
local rows = {
    {"kfold.lua", has_gnuplot, "accuracy 0%.9%d+, f1"},
    {"autoencoder.lua --epochs 2", has_gnuplot, "test error 0%.0%d+"},
    {"forecast.lua --epochs 3", has_gnuplot, "24 months ahead: off by"},
    {"names.lua --epochs 1", there "/usr/share/dict/propernames.gz", "per letter of unseen names"},
    {"char_transformer.lua --steps 0 --text '" .. root .. "/doc/design.md' ", true, "letters of %d+ kinds"},
    {"fashion_mnist_by_hand.lua --epochs 1", has_fashion, "test accuracy 0%.8"},
    {"fashion_mnist_keras.lua --epochs 1", has_fashion and has_gnuplot, "loaded back: 0%.8"},
}
for _, row in ipairs(rows) do
    if not row[2] then
        tap.skip(row[1] .. ": its data or gnuplot is not here")
    elseif slow and row[1]:find "fashion" then
        tap.skip(row[1] .. ": takes long under a sanitizer")
    else
        local text, code = run(row[1])
        if code == 0 and text:find(row[3]) then tap.ok(true, row[1]) else tap.fail(row[1], text) end
    end
end

if has_gnuplot then
    local first = run("autoencoder.lua --epochs 40 --out straight")
    local _, code = run("autoencoder.lua --epochs 40 --out killed", "timeout -s KILL 0.4")
    for _ = 1, 10 do
        if code == 0 then break end
        _, code = run("autoencoder.lua --epochs 40 --out killed", "timeout -s KILL 3")
    end
    local last = code == 0 and run "autoencoder.lua --epochs 40 --out killed" or ""
    tap.is(last:match "test error ([%d.]+)", first:match "test error ([%d.]+)", "a killed example goes on to the same result")
end
local text, code = run "names.lua --file missing"
tap.ok(code == 1 and text:find "apt install miscfiles", "data that is missing is told, and where to get it")
text, code = run "kfold.lua --fold 3"
tap.ok(code == 2 and text:find "usage", "an unknown option gets the usage")
os.execute("rm -rf " .. folder)
tap.done()
