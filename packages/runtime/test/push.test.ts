import http from "node:http";
import type { AddressInfo } from "node:net";
import { readProfile } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

interface Pushed {
  readonly query: URLSearchParams;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly bytes: Buffer;
}

/** A collector that keeps what it is sent, and answers with a status. */
class TestCollector implements AsyncDisposable {
  readonly pushed: Pushed[] = [];
  status = 200;
  readonly #server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url!, "http://localhost");
      const { authorization } = request.headers;
      this.pushed.push({ query: searchParams, path: pathname, authorization, bytes: Buffer.concat(parts) });
      response.writeHead(this.status).end();
    });
  });

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const BUSY = "setInterval(function burn() { for (let i = 0; i < 2e7; i++); }, 20);";

/** A program that pushes, in a folder of its own. */
async function pushing(env: Record<string, string>, use: (program: Program) => Promise<void>): Promise<void> {
  const cwd = scratchFolder();
  const program = Program.registered(BUSY, { cwd, env: { PPROF_PUSH_EVERY: "1s", ...env } });
  try {
    await program.url();
    await use(program);
  } finally {
    program.child.kill();
    await program.ended;
    removeFolder(cwd);
  }
}

test("profiles are sent again and again, of what ran since the last one", async () => {
  await using collector = new TestCollector();
  const url = await collector.listen();
  const env = { PPROF_PUSH: `${url}/base/`, PPROF_PUSH_NAME: "shop", PPROF_PUSH_TOKEN: "secret-token" };
  await pushing(env, async (program) => {
    await expect.poll(() => collector.pushed.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(4);
    for (const { path, query, authorization } of collector.pushed) {
      expect([path, authorization, query.get("format")]).toEqual(["/base/ingest", "Bearer secret-token", "pprof"]);
      expect(query.get("name")).toMatch(new RegExp(`^shop\\{instance=[\\w.:/-]+:${program.child.pid}\\}$`));
    }
    const profiles = await Promise.all(collector.pushed.map(({ bytes }) => readProfile(bytes)));
    const cpu = profiles.filter(({ sampleTypes }) => sampleTypes.some(({ type }) => type === "cpu"));
    expect(cpu.length).toBeGreaterThanOrEqual(3);
    expect(profiles.some(({ sampleTypes }) => sampleTypes.some(({ type }) => type === "inuse_space"))).toBe(true);
    // Of a busy machine some seconds may have no sample.
    const hasBurnt = async (): Promise<boolean> => {
      const all = await Promise.all(collector.pushed.map(({ bytes }) => readProfile(bytes)));
      return all.some(({ strings }) => strings.rowOf("burn") > 0);
    };
    await expect.poll(hasBurnt, { timeout: 30_000 }).toBe(true);
    // Each begins where the one before has ended.
    for (const [i, { timeNanos }] of cpu.slice(1).entries()) {
      const gap = Number(timeNanos - cpu[i]!.timeNanos - cpu[i]!.durationNanos) / 1e6;
      expect(Math.abs(gap)).toBeLessThan(1000);
    }
    expect(program.stderr).not.toContain("secret-token");
  });
});

test("what nobody takes waits, is said once, and comes later", async () => {
  const port = await freePort();
  await pushing({ PPROF_PUSH: `http://127.0.0.1:${port}` }, async (program) => {
    await program.saw(/profiles are not taken by http:\/\/127\.0\.0\.1:\d+ \(PPROF_PUSH\): .*ECONNREFUSED/);
    await using collector = new TestCollector();
    collector.status = 429;
    await collector.listen(port);
    await expect.poll(() => collector.pushed.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
    // The same one, until it is taken.
    expect(collector.pushed[1]!.bytes.equals(collector.pushed[0]!.bytes)).toBe(true);
    collector.status = 200;
    const before = collector.pushed.length;
    await expect.poll(() => collector.pushed.length - before, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    expect(program.stderr.match(/not taken/g)).toHaveLength(1);
  });
});

test.each([
  ["while it is sent", "hang"],
  ["while nobody is there", "none"],
])("a program ends by itself, with its own status, %s", async (_, kind) => {
  const hanging = http.createServer(() => {});
  await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
  const port = kind === "hang" ? (hanging.address() as AddressInfo).port : await freePort();
  const cwd = scratchFolder();
  const ending = "setTimeout(() => process.exit(7), 2500);";
  const env = { PPROF_PUSH: `http://127.0.0.1:${port}`, PPROF_PUSH_EVERY: "1s" };
  const program = Program.registered(BUSY + ending, { cwd, env });
  expect((await program.ended).code).toBe(7);
  hanging.closeAllConnections();
  hanging.close();
  removeFolder(cwd);
});

test.each([
  [{ PPROF_PUSH: "localhost:4040" }, "invalid push (PPROF_PUSH)"],
  [{ PPROF_PUSH: "http://localhost:1", PPROF_PUSH_EVERY: "10ms" }, "must be a second or more"],
  [{ PPROF_PUSH_NAME: "shop" }, "pushName needs push (PPROF_PUSH)"],
  [{ PPROF_PUSH: "http://localhost:1", PPROF_PUSH_TOKEN: "" }, 'invalid PPROF_PUSH_TOKEN "": must not be empty'],
])("%j is said to mean nothing, and the program goes on", async (env, why) => {
  const cwd = scratchFolder();
  const program = Program.registered("setTimeout(() => process.exit(0), 100);", { cwd, env });
  const { code, stderr } = await program.ended;
  expect(code).toBe(0);
  expect(stderr).toContain(`no profiles are served: `);
  expect(stderr).toContain(why);
  removeFolder(cwd);
});
