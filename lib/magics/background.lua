-- background.lua - code that runs beside the session: %bg
--
-- A job is a copy of the session (repl/job.h): it reads all names, and what it changes stays with it; only its value comes back. A job that has
-- ended is told after the next cell. Read next: lib/magics.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

local jobs = {} -- {pid, code, name, path, state}

local function output(job)
    local file = io.open(job.path, "r")
    local text = file and file:read "a" or ""
    if file then file:close() end
    return text
end

local function remove_files(job)
    os.remove(job.path)
    os.remove(job.path .. ".value")
end

-- Takes the value of a job that is done: into its name, or as job.value.
local function take(job)
    local values = table.pack(pcall(shell.job_value, job.path))
    if not values[1] then return "its value is lost: " .. tostring(values[2]) end
    job.value = values[2]
    if job.name then rawset(_G, job.name, values[2]) end
    return values.n > 1 and (job.name and job.name .. " = " or "") .. shell.brief(values[2]) or "no value"
end

-- Looks at all jobs and says which have ended.
local function look()
    for n, job in ipairs(jobs) do
        local state = job.state == "running" and shell.job(job.pid)
        if state and state ~= "running" then
            job.state = state
            job.output = output(job)
            local what = state == "done" and take(job) or (job.output:match "[^\n]+" or "")
            remove_files(job)
            print(("  bg %d is %s: %s   %s"):format(n, state, job.code, what))
        end
    end
end

local function list()
    look()
    for n, job in ipairs(jobs) do print(("  bg %d  %-10s %s"):format(n, job.state, job.code)) end
    if #jobs == 0 then print "nothing runs in the background" end
end

local function start(text)
    local name, code = text:match "^([%a_][%w_]*)%s*=%s*([^=].*)$"
    local f, problem = load("return " .. (code or text), "=%bg", "t")
    if not f and not name then f, problem = load(text, "=%bg", "t") end
    if not f then return complain((problem:gsub("^%%bg:%d+: ", "")), "%bg loss = train(net)") end
    local path = os.tmpname()
    local pid, why = shell.start_job(f, path)
    if not pid then
        os.remove(path)
        return complain("nothing can run in the background: " .. why)
    end
    if #jobs == 0 then shell.on_cell(look) end
    jobs[#jobs + 1] = {pid = pid, code = text:gsub("%s+", " "), name = name, path = path, state = "running"}
    print(("  bg %d runs; it has its own copy of everything, only its value comes back"):format(#jobs))
end

local help = "run code beside the session, its value comes back; alone: the jobs; N: what it printed"

add("bg", "[CODE or NAME = EXPR or N or stop N]", help, function(text)
    if text == "" then return list() end
    look()
    local verb, number = text:match "^(%a*)%s*(%d+)$"
    local job = number and jobs[tonumber(number)]
    if number and not job then return complain("there is no bg " .. number, "%bg lists the jobs") end
    if job and verb == "" then return io.stdout:write(job.output or output(job)) end
    if job and verb == "stop" then
        if job.state == "running" then shell.stop_job(job.pid) end
        return look()
    end
    start(text)
end, function(_, body) start(body) end)
