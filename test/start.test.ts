import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../packages/runtime/test/free-port.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

function start(address: string, ...args: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ["scripts/start.mjs", ...args], {
    cwd: root,
    env: { ...process.env, PPROF_ADDR: address },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (data) => {
      text += data;
    });
  }
  return { child, output: () => text };
}

test("a taken port is said in one line, with how to choose another", async () => {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const { child, output } = start(`localhost:${port}`, "--once");
  const [status] = await once(child, "close");
  server.close();
  expect(status).toBe(1);
  expect(output()).toBe(
    `npm start: localhost:${port} is taken: choose another address with PPROF_ADDR=localhost:6061 npm start\n`,
  );
});

test.each([
  ["localhost", [], /^npm start: invalid PPROF_ADDR "localhost": must be HOST:PORT\n$/],
  ["localhost:0", ["--twice"], /^npm start: Unknown option '--twice': usage: npm start -- \[--once\]\n$/],
])("PPROF_ADDR=%s with %j is refused in one line", async (address, args, message) => {
  const { child, output } = start(address, ...args);
  const [status] = await once(child, "close");
  expect(status).toBe(2);
  expect(output()).toMatch(message);
});

test("the service is profiled, stays up, and goes with Ctrl-C", { timeout: 90_000 }, async () => {
  const port = await freePort("localhost");
  const { child, output } = start(`localhost:${port}`);
  const closed = once(child, "close");
  await expect.poll(output, { timeout: 80_000, interval: 100 }).toContain("Ctrl-C ends it");
  // The hot function comes first, at its own file and line.
  expect(output()).toMatch(/cum%\n.* bestDiscount examples\/service\/src\/pricing\.ts:\d+\n/);
  expect((await fetch(`http://localhost:${port}/debug/pprof/`)).status).toBe(200);
  child.kill("SIGINT");
  expect(await closed).toEqual([0, null]);
  await expect.poll(() => fetch(`http://localhost:${port}/debug/pprof/`).catch(() => "gone")).toBe("gone");
});
