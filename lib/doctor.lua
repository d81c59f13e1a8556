-- doctor.lua - what this program finds on this machine: `lunette doctor`
--
-- One line per thing, with the reason where something is missing. Read next: lib/cuda.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.cuda_core"

local function line(name, format, ...) print(("%-10s %s"):format(name, format:format(...))) end
local function version(number) return ("%d.%d"):format(number // 1000, number % 1000 // 10) end

local function program(name)
    local pipe = io.popen(("command -v %s 2>/dev/null"):format(name))
    local path = pipe and pipe:read "l"
    if pipe then pipe:close() end
    return path
end

local function cuda()
    local count, why, hint = core.count()
    if count == 0 then
        line("CUDA", "none: %s%s", why, hint ~= "" and " (" .. hint .. ")" or "")
        return
    end
    for i = 0, count - 1 do
        local p, m = core.properties(i), core.memory(i)
        line(i == 0 and "CUDA" or "", "cuda:%d %s, compute capability %d.%d, %.1f GB free of %.1f GB", i, p.name, p.major, p.minor, m.free / 1e9,
             m.total / 1e9)
    end
    local p = core.properties(0)
    line("", "the driver knows CUDA %s, this build was made with %s", version(p.driver), version(p.runtime))
end

line("Lunette", "%s, %s", lun.version, _VERSION)
line("threads", "%d", lun.get_num_threads())
line("products", "%s", lun.matrix_libraries())
line("terminal", lun.is_terminal() and "yes" or "no: nothing is coloured or redrawn")
line("gnuplot", "%s", program "gnuplot" or "not found: charts are drawn as text")
cuda()
