"""Types into a program on a terminal: terminal.py JSON, a list of steps [text to wait for, what to type then]."""
import json, os, pty, select, sys, time

steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b""
searched = 0
deadline = time.time() + 25
while time.time() < deadline:
    if steps and steps[0][0].encode() in seen[searched:]:
        searched += seen[searched:].index(steps[0][0].encode()) + len(steps[0][0].encode())
        os.write(terminal, steps.pop(0)[1].encode())
    if not select.select([terminal], [], [], 0.1)[0]:
        continue
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if time.time() < deadline else 124)
