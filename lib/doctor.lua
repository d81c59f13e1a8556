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
    local some
    for i = 0, count - 1 do
        local good, p = pcall(core.properties, i)
        local m = good and core.memory(i)
        local what = good and ("%s, compute capability %d.%d, %.1f GB free of %.1f GB"):format(p.name, p.major, p.minor, m.free / 1e9, m.total / 1e9)
                     or ("cannot be used: %s%s"):format(p.message, p.hint and " (" .. p.hint .. ")" or "")
        line(i == 0 and "CUDA" or "", "cuda:%d %s", i, what)
        some = good and p or some
    end
    if not some then return end
    line("", "runs of elementwise ops: NVRTC %s", (core.compiler()))
    line("", "the driver knows CUDA %s, this build was made with %s", version(some.driver), version(some.runtime))
end

local function terminal()
    local screen, in_program, shell = require "lunette.plot_core".screen(), pcall(require, "lunette.shell")
    local name = os.getenv "TERM" or ""
    if not screen.tty then
        line("terminal", "no: nothing is coloured or redrawn")
    else
        line("terminal", "%s, %d columns, %d rows", name ~= "" and name or "TERM is not set", screen.columns, screen.rows)
        line("colours", "%s", screen.colors == 0 and "none" .. (os.getenv "NO_COLOR" and ": NO_COLOR is set" or "") or
             screen.colors > 256 and "24 bits" or tostring(screen.colors))
        local graphics = {none = "none", dumb = "characters", braille = "braille dots", sixel = "sixel", kitty = "kitty's"}
        line("pictures", "%s", graphics[screen.graphics])
    end
    line("text", "%s", screen.ascii and "ASCII: the locale is not UTF-8, or the terminal is dumb" or "UTF-8")
    if not in_program then return end
    line("theme", "%s", shell.theme())
    local home = os.getenv "HOME" or ""
    local function folder(variable, below) return os.getenv(variable) or home ~= "" and home .. below or nil end
    local state, config = folder("XDG_STATE_HOME", "/.local/state"), folder("XDG_CONFIG_HOME", "/.config")
    line("history", "%s", state and state .. "/lunette/history" or "none: neither HOME nor XDG_STATE_HOME is set")
    local start = config and config .. "/lunette/init.lua"
    local file = start and io.open(start)
    line("start-up", "%s", file and start or "none" .. (start and ": there is no " .. start or ""))
    if file then file:close() end
end

line("Lunette", "%s, %s", lun.version, _VERSION)
line("threads", "%d", lun.get_num_threads())
line("products", "%s", lun.matrix_libraries())
terminal()
line("gnuplot", "%s", program "gnuplot" or "not found: charts are drawn as text")
line("debugger", "%s", pcall(require, "lunette.dbg_core") and "yes" or "none: configured with --disable-debugger")
cuda()
