import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readProfile, toNumbers } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "../../runtime/test/program.ts";
import { directory, hotBytes, pprof, serve, tool } from "./tool.ts";

/** A collector that runs, what it has said, and where it listens. */
class Collecting {
  readonly child: ChildProcess;
  said = "";
  readonly ended: Promise<unknown[]>;

  constructor(words: readonly string[], cwd: string) {
    this.child = spawn(process.execPath, [tool, "collect", "-listen=localhost:0", ...words], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, PPROF_TMPDIR: cwd },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.child.stderr!.setEncoding("utf8").on("data", (part: string) => {
      this.said += part;
    });
    this.ended = once(this.child, "close");
  }

  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    await expect.poll(() => this.said, { timeout: 30_000 }).toMatch(pattern);
    return pattern.exec(this.said)!;
  }

  async url(): Promise<string> {
    return (await this.saw(/look at (http:\S+)/))[1]!;
  }
}

test.each(["SIGINT", "SIGTERM"] as const)("says what it scrapes, takes pushes, and ends by %s", async (signal) => {
  using made = directory({});
  await using server = await serve((request, response) => {
    if (request.url === "/debug/pprof/cmdline") response.end("/srv/cart\0-v");
    else if (request.url?.startsWith("/debug/pprof/profile")) response.end(hotBytes);
    else response.writeHead(404, { "content-type": "text/plain" }).end("no such profile\n");
  });
  const collecting = new Collecting([server.origin, `127.0.0.1:${server.port}/`], made.path);
  const url = await collecting.url();
  expect(collecting.said).toBe(`Scraping 1 process: cart; kept in ${made.path}/fleet; look at ${url}\n`);
  const pushed = await fetch(`${url}/ingest?name=app`, { method: "POST", body: "a;b 1" });
  expect(pushed.status).toBe(200);
  // A page of another site may not push, nor one whose name was pointed here.
  const foreign = { method: "POST", body: "a;b 1", headers: { origin: "http://evil.example" } };
  expect((await fetch(`${url}/ingest?name=app`, foreign)).status).toBe(403);
  collecting.child.kill(signal);
  expect(await collecting.ended).toEqual([0, null]);
  // What was acknowledged is there when it runs again.
  const again = new Collecting([], made.path);
  const answer = await fetch(`${await again.url()}/merge.pb.gz?service=app`);
  expect(answer.status).toBe(200);
  expect(toNumbers((await readProfile(new Uint8Array(await answer.arrayBuffer()))).samples.values[0]!)).toEqual(
    Float64Array.of(1e7),
  );
  expect((await fetch(`${await again.url()}/fleet/services`)).headers.get("content-type")).toContain("text/html");
  again.child.kill(signal);
  expect(await again.ended).toEqual([0, null]);
});

test("a folder that another collector has open is refused", async () => {
  using made = directory({});
  const first = new Collecting([`-store=${made.path}/kept`], made.path);
  await first.url();
  const { status, stderr } = await pprof(["collect", "-listen=localhost:0", `-store=${made.path}/kept`], {
    cwd: made.path,
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining("open")]);
  first.child.kill("SIGKILL");
  expect(await first.ended).toEqual([null, "SIGKILL"]);
  const second = new Collecting([`-store=${made.path}/kept`], made.path);
  await second.url();
  second.child.kill();
  expect(await second.ended).toEqual([0, null]);
});

test("says once what fails, and when it no longer does", async () => {
  using made = directory({});
  let isBroken = true;
  await using server = await serve((_, response) => {
    if (isBroken) response.writeHead(503, { "content-type": "text/plain" }).end("starting\n");
    else response.end(hotBytes);
  });
  const config = `
scrape_configs:
  - job_name: shop
    scrape_interval: 1s
    profiling_config:
      pprof_config:
        process_cpu: { delta: false }
        memory: { enabled: false }
        goroutine: { enabled: false }
        block: { enabled: false }
        mutex: { enabled: false }
    static_configs: [{ targets: ["127.0.0.1:${server.port}"] }]
`;
  using files = directory({ "fleet.yml": config });
  const collecting = new Collecting(["-config", `${files.path}/fleet.yml`], made.path);
  await collecting.saw(/Scraping 1 process: shop; kept in /);
  const line = `shop at 127.0.0.1:${server.port}: `;
  await collecting.saw(/503 Service Unavailable: starting\n/);
  isBroken = false;
  await collecting.saw(/: profiles again\n/);
  expect(collecting.said.split("\n").slice(1)).toEqual([
    `${line}no process_cpu: 503 Service Unavailable: starting`,
    `${line}profiles again`,
    "",
  ]);
  collecting.child.kill("SIGTERM");
  expect(await collecting.ended).toEqual([0, null]);
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("attaches to a process by its number and by a word, and leaves it as it was", async () => {
  const folder = scratchFolder();
  using made = directory({ "burner.mjs": "setInterval(() => { for (let i = 0; i < 1e6; i++); }, 20);" });
  const program = new Program([`--inspect-port=0`, `${made.path}/burner.mjs`, "only-here"], { cwd: folder });
  try {
    for (const word of [`pid:${program.child.pid}`, "only-here"]) {
      const collecting = new Collecting([word], made.path);
      await collecting.saw(/^Scraping 1 process: burner; kept in /);
      collecting.child.kill("SIGINT");
      expect(await collecting.ended).toEqual([0, null]);
    }
    expect(program.child.exitCode).toBeNull();
  } finally {
    program.child.kill();
    await program.ended;
    removeFolder(folder);
  }
});

onLinux("ends although the process that it was attached to has ended", async () => {
  const folder = scratchFolder();
  using made = directory({ "burner.mjs": "setInterval(() => {}, 20);" });
  const program = new Program([`--inspect-port=0`, `${made.path}/burner.mjs`], { cwd: folder });
  const collecting = new Collecting([`pid:${program.child.pid}`], made.path);
  await collecting.saw(/^Scraping 1 process: burner; kept in /);
  program.child.kill("SIGKILL");
  await program.ended;
  // It has begun to ask for a profile by then.
  await collecting.saw(/burner at pid:\d+: no process_cpu: the process closed its inspector, or ended\n/);
  collecting.child.kill("SIGTERM");
  expect(await collecting.ended).toEqual([0, null]);
  removeFolder(folder);
});

test.each([
  [["-listen=0.0.0.0:0"], 'invalid -listen "0.0.0.0:0": others would read and write profiles there'],
  [["-listen=nowhere"], "missing port in address"],
  [["-config=none.yml"], "cannot read none.yml"],
  [["-retention=5m"], 'invalid -retention "5m": must be an hour or more, such as 15d'],
  [["-retention=soon"], 'invalid duration "soon"'],
  [["-nope"], "flag provided but not defined: -nope"],
  [["nobody-is-called-so"], '"nobody-is-called-so" is no address'],
  [["pid:4194304999"], "no process 4194304999"],
  [["http://me:secret@localhost:1"], "has a password: basic_auth of a -config file takes one"],
])("%j is refused in a sentence", async (words, why) => {
  using made = directory({});
  const { status, stdout, stderr } = await pprof(["collect", "-listen=localhost:0", ...words], { cwd: made.path });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(why);
  expect(stderr).not.toContain("secret");
});
