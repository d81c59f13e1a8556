-- client.lua - a client of the Debug Adapter Protocol for the tests: lunette --dap at two named pipes, requests, answers, events
--
-- Every message that goes or comes is kept in client.messages, for t/dap/schema.lua. Read next: t/dap/protocol.lua. SPDX-License-Identifier: MIT
local build = os.getenv "LUNETTE_BUILD" or "build"
local json = require "lunette.dap.json"
local client = {}
client.__index = client

local function write(path, text)
    local file <close> = assert(io.open(path, "w"))
    file:write(text)
end

--- Starts lunette --dap for a program's text. arguments: of the command line, instead of --dap alone.
function client.start(text, arguments)
    local base = os.tmpname()
    local self = setmetatable({base = base, program = base .. ".lua", sequence = 0, events = {}, answers = {}, messages = {}}, client)
    write(self.program, text)
    assert(os.execute(("mkfifo %s.in %s.out"):format(base, base)))
    self.process = io.popen(("timeout 120 %s/lunette %s <%s.in >%s.out 2>%s.err"):format(build, arguments or "--dap", base, base, base), "w")
    self.to = assert(io.open(base .. ".in", "w"))
    self.from = assert(io.open(base .. ".out", "r"))
    self.to:setvbuf "full"
    return self
end

-- What the file says that matches, waited for.
local function awaited(path, pattern)
    for _ = 1, 600 do
        local file = io.open(path)
        local found = file and file:read "a":match(pattern)
        if file then file:close() end
        if found then return found end
        os.execute "sleep 0.05"
    end
end

--- Starts a program that waits at a port for who debugs it, and connects there; nil and why where no port can be reached from here.
function client.connect(text)
    local base = os.tmpname()
    local self = setmetatable({base = base, program = base .. ".lua", sequence = 0, events = {}, answers = {}, messages = {}}, client)
    write(self.program, text)
    self.server = io.popen(("timeout 120 %s/lunette --dap=0 %s.lua >%s.said 2>%s.err </dev/null"):format(build, base, base, base), "w")
    local port = awaited(base .. ".err", "127%.0%.0%.1:(%d+)")
    if not port or not os.execute(("bash -c ': <>/dev/tcp/127.0.0.1/%s' 2>/dev/null"):format(port)) then return nil, "no port can be reached" end
    assert(os.execute(("mkfifo %s.in %s.out"):format(base, base)))
    self.process = io.popen(("bash -c 'exec 3<>/dev/tcp/127.0.0.1/%s; cat <&3 >%s.out & exec cat <%s.in >&3'"):format(port, base, base), "w")
    self.to = assert(io.open(base .. ".in", "w"))
    self.from = assert(io.open(base .. ".out", "r"))
    self.to:setvbuf "full"
    return self
end

--- Ends it: what the program's exit status was.
function client:close()
    self.to:close()
    self.from:close()
    local _, _, status = self.process:close()
    if self.server then _, _, status = self.server:close() end
    for _, ending in ipairs {"", ".lua", ".in", ".out", ".err", ".said"} do os.remove(self.base .. ending) end
    return status
end

function client:send(text) self.to:write(("Content-Length: %d\r\n\r\n"):format(#text), text):flush() end

--- The next message; nil at the end.
function client:receive()
    local length
    while true do
        local line = self.from:read "L"
        if not line then return nil end
        line = line:match "^(.-)\r?\n$"
        if line == "" then break end
        length = tonumber(line:match "^Content%-Length: (%d+)$") or length
    end
    local message = json.decode(self.from:read(length))
    self.messages[#self.messages + 1] = message
    return message
end

--- Sends without waiting; gives the request's number.
function client:ask(command, arguments)
    self.sequence = self.sequence + 1
    local request = {seq = self.sequence, type = "request", command = command, arguments = arguments}
    self.messages[#self.messages + 1] = json.decode(json.encode(request))
    self:send(json.encode(request))
    return self.sequence
end

--- The answer to a request by its number; events on the way are kept.
function client:answer(number)
    if self.answers[number] then return self.answers[number] end
    for message in self.receive, self do
        if message.type == "response" then self.answers[message.request_seq] = message end
        if self.answers[number] then return message end
        if message.type == "event" then self.events[#self.events + 1] = message end
    end
end

--- Sends and waits: the answer's body, or nil and the problem.
function client:request(command, arguments)
    local answer = self:answer(self:ask(command, arguments))
    if not answer then return nil, "the server is gone" end
    if answer.success then return answer.body or {}, answer end
    return nil, answer.message
end

--- Waits for an event: its body; nil when the server is gone.
function client:event(name)
    for i, message in ipairs(self.events) do
        if message.event == name then return table.remove(self.events, i).body or {} end
    end
    for message in self.receive, self do
        if message.type == "event" and message.event == name then return message.body or {} end
        if message.type == "event" then self.events[#self.events + 1] = message end
    end
end

--- What was printed so far, by category.
function client:output(category)
    local parts = {}
    for _, message in ipairs(self.messages) do
        if message.event == "output" and message.body.category == category then parts[#parts + 1] = message.body.output end
    end
    return table.concat(parts)
end

--- initialize, launch, and whatever `configure(client)` asks, up to the start of the program.
function client:launch(options, configure)
    options = options or {}
    options.program = self.program
    local capabilities = self:request("initialize", {adapterID = "lunette", clientName = "t/dap", linesStartAt1 = true, columnsStartAt1 = true,
                                                     supportsVariablePaging = true, supportsInvalidatedEvent = true,
                                                     supportsMemoryReferences = true, supportsMemoryEvent = true})
    self:event "initialized"
    self:request("launch", options)
    if configure then configure(self) end
    self:request("configurationDone")
    return capabilities
end

--- Waits for a stop: its body, and the frames of its stack.
function client:stopped()
    local body = self:event "stopped"
    if not body then return nil, {} end
    return body, self:request("stackTrace", {threadId = body.threadId}).stackFrames
end

--- Goes on by a request ("next", "continue"), to the next stop.
function client:go(command, arguments)
    arguments = arguments or {}
    arguments.threadId = arguments.threadId or 1
    local _, problem = self:request(command, arguments)
    if type(problem) == "string" then return nil, {}, problem end
    return self:stopped()
end

--- The variables of a scope by its name, as a table by their names, and their list.
function client:scope(frame, name)
    for _, scope in ipairs(self:request("scopes", {frameId = frame}).scopes) do
        if scope.name == name then return self:children(scope.variablesReference) end
    end
end

function client:children(reference, more)
    more = more or {}
    more.variablesReference = reference
    local list, by_name = self:request("variables", more).variables, {}
    for _, variable in ipairs(list) do by_name[variable.name] = variable end
    by_name[0] = reference
    return by_name, list
end

--- Lets it run to its end: the exit code that it told, and the status of the process.
function client:finish()
    local exited = self:event "exited"
    self:event "terminated"
    self:request "disconnect"
    return exited and exited.exitCode, self:close()
end

return client
