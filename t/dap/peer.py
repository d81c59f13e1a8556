# peer.py - a debugging session by dap-python, a client that nobody here wrote: python3 peer.py lunette program.lua
#
# Prints what it saw, a line each, for t/dap/peer.lua. SPDX-License-Identifier: MIT
import subprocess
import sys

from dap import Client
from dap.events import ExitedEvent, InitializedEvent, OutputEvent, StoppedEvent, TerminatedEvent
from dap.responses import ScopesResponse, StackTraceResponse, VariablesResponse

lunette, program = sys.argv[1:]
server = subprocess.Popen([lunette, "--dap"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
client = Client("lunette", lines_start_at1=True, columns_start_at1=True)
read_response = client.handler.handle_response


def handle_response(response):
    """Its models of bare acknowledgements, and of set breakpoints, ask for fields that the protocol does not have there."""
    if not response.success:
        print("refused", response.command, response.message)
    if not response.body or response.command == "setFunctionBreakpoints":
        return response
    return read_response(response)


read_event = client.handler.handle_event


def handle_event(event):
    """Its model of a stop wants texts for the numbers of breakpoints, which are integers in the protocol."""
    return StoppedEvent.model_construct(**event.body) if event.event == "stopped" else read_event(event)


client.handler.handle_response = handle_response
client.handler.handle_event = handle_event
waiting = []


def until(kind):
    """Sends what is to be sent, and reads until a message of this class comes."""
    for message in waiting:
        if isinstance(message, kind):
            waiting.remove(message)
            return message
    while True:
        data = client.send()
        if data:
            server.stdin.write(bytes(data))
            server.stdin.flush()
        data = server.stdout.read1(65536)
        if not data:
            raise SystemExit("the server is gone")
        found = None
        for message in client.receive(data):
            if isinstance(message, OutputEvent) and message.category == "stdout":
                print("output", message.output.strip())
            if found is None and isinstance(message, kind):
                found = message
            else:
                waiting.append(message)
        if found is not None:
            return found


def stop():
    stopped = until(StoppedEvent)
    client.stack_trace(stopped.threadId)
    frames = until(StackTraceResponse).stackFrames
    print("stopped", stopped.reason, frames[0].name, frames[0].line)
    return stopped.threadId, frames


client.send_request("launch", {"program": program})
until(InitializedEvent)
client.set_breakpoints({"path": program}, [{"line": 3}])
client.set_function_breakpoints([{"name": "op:relu"}])
client.configuration_done()
thread, frames = stop()
client.step_in(thread, granularity="line")
thread, frames = stop()
client.continue_(thread)
thread, frames = stop()
client.scopes(frames[0].id)
scopes = until(ScopesResponse).scopes
client.variables(scopes[0].variablesReference)
for variable in until(VariablesResponse).variables:
    print("variable", variable.name, variable.value)
client.set_variable(scopes[0].variablesReference, "in1", "in1 + 1")
client.step_back(thread, granularity="instruction")
thread, frames = stop()
client.set_function_breakpoints([])
client.continue_(thread)
print("exit", until(ExitedEvent).exitCode)
client.disconnect()
until(TerminatedEvent)
