// The same requests to Go's net/http/pprof and to ours: status, headers and what of the bodies is not the program's.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { checkGoTrace } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, Program, removeFolder, scratchFolder } from "./program.ts";

const hasGo = spawnSync("go", ["version"]).status === 0;
const why = hasGo ? "" : " (skipped: no go here)";

let folder: string;
let ours: Program;
let theirs: ChildProcess;
let bases: readonly [go: string, node: string];

beforeAll(async () => {
  if (!hasGo) return;
  folder = scratchFolder();
  const source = fileURLToPath(new URL("programs/go-service", import.meta.url));
  const binary = path.join(folder, "go-service");
  const built = spawnSync("go", ["build", "-o", binary, "."], { cwd: source, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`go build failed: ${built.stderr}`);
  theirs = spawn(binary, { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await once(theirs.stdout!.setEncoding("utf8"), "data")) as [string];
  ours = new Program(["--import", "@pprof-ts/runtime/register", compile("everything", folder)], { cwd: folder });
  const base = await ours.url();
  // The program's own profile is there a moment after the port.
  while ((await fetch(`${base}open_files`)).status !== 200);
  bases = [/http:\S+/.exec(line)![0], base];
}, 120_000);

afterAll(async () => {
  theirs?.kill("SIGKILL");
  await ours?.stop();
  if (folder !== undefined) removeFolder(folder);
});

interface Got {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: Buffer;
}

const HEADERS = ["content-type", "content-disposition", "x-content-type-options", "x-go-pprof", "allow", "location"];

/** By hand: `fetch` follows redirects and hides headers. */
function ask(base: string, query: string, { method = "GET", body = "", millis = 20_000 } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(base);
    const asked = { hostname, port, path: query.startsWith("/") ? query : pathname + query };
    const request = http.request({ ...asked, method, agent: false, timeout: millis }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const headers = Object.fromEntries(HEADERS.map((name) => [name, response.headers[name]?.toString()]));
        resolve({ status: response.statusCode!, headers, body: Buffer.concat(parts) });
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${millis} ms`)));
    request.on("error", reject);
    request.end(body);
  });
}

/** What a body is, where it is not a sentence to be compared whole. */
function kindOf({ body, headers, status }: Got): string {
  if (body[0] === 0x1f && body[1] === 0x8b) return "gzip";
  const text = body.toString();
  if (status >= 300 || text.length < 20) return text;
  if (headers["content-type"]?.startsWith("text/html")) return "html";
  return text.split(/[\d\n]/, 1)[0]!;
}

const same: readonly (readonly [query: string, options?: { method?: string; body?: string }])[] = [
  [""],
  ["heap"],
  ["heap?debug=1"],
  ["heap?debug=2"],
  ["heap?debug=abc"],
  ["heap?gc=1"],
  ["heap?gc=x&debug=0"],
  ["allocs?seconds=1"],
  ["block"],
  ["block?debug=1"],
  ["mutex"],
  ["mutex?debug=1"],
  ["goroutine"],
  ["goroutine?debug=1"],
  ["goroutine?debug=2"],
  ["threadcreate"],
  ["threadcreate?debug=1"],
  ["open_files"],
  ["open_files?debug=1"],
  ["heap?seconds=1"],
  ["block?seconds=1"],
  ["mutex?seconds=1"],
  ["goroutine?seconds=1"],
  ["threadcreate?seconds=1"],
  ["profile?seconds=1"],
  ["profile?seconds=1&debug=1"],
  ["symbol"],
  ["symbol?0x1"],
  ["symbol", { method: "POST", body: "0x1+0x2" }],
  ["symbol", { method: "HEAD" }],
  ["cmdline", { method: "HEAD" }],
  ["heap", { method: "HEAD" }],
  ["heap?debug=1", { method: "HEAD" }],
  ["heap?seconds=abc"],
  ["heap?seconds=0"],
  ["heap?seconds=-1"],
  ["heap?seconds=1.5"],
  ["heap?seconds=1e3"],
  ["heap?seconds=+1"],
  ["heap?seconds="],
  ["heap?seconds=99999999999999999999"],
  ["heap?seconds=1&debug=1"],
  ["heap?seconds=abc&debug=1"],
  ["open_files?seconds=1"],
  ["open_files?seconds=abc"],
  ["nothing"],
  ["nothing?seconds=1"],
  ["nothing?debug=1"],
  ["heap/"],
  ["Heap"],
  ["heap", { method: "POST" }],
  ["heap", { method: "DELETE" }],
  ["heap", { method: "OPTIONS" }],
  ["symbol", { method: "PUT" }],
  ["heap?debug=9"],
  ["goroutine?debug=9"],
  ["heap?seconds=1&debug=0"],
  ["%68eap?debug=1"],
  ["/debug/other"],
  ["/nothing"],
];

describe.skipIf(!hasGo)(`as Go's net/http/pprof${why}`, () => {
  const compare = async ([query, options]: (typeof same)[number]): Promise<void> => {
    const [go, node] = await Promise.all(bases.map((base) => ask(base, query, options)));
    const summary = (got: Got): object => ({ status: got.status, ...got.headers, body: kindOf(got) });
    expect(summary(node!)).toEqual(summary(go!));
  };
  const isCpu = ([query]: (typeof same)[number]): boolean => query.startsWith("profile");
  test.concurrent.for(same.filter((row) => !isCpu(row)))("%s %j", compare);
  test.for(same.filter(isCpu))("%s %j", compare);

  test("the prefix without its slash, and a path with one too many, lead to the path that was meant", async () => {
    for (const query of ["/debug/pprof", "/debug/pprof?x=1&y", "//debug//pprof/heap?debug=1"]) {
      // As it is: a URL would take what follows two slashes for a host.
      const [go, node] = await Promise.all(bases.map((base) => ask(base, query)));
      // Go's status depends on its version: 301 before 1.26.
      const status = go!.status === 301 ? 307 : go!.status;
      // Go says of its refusals alone that they are not to be taken for something else.
      const headers = { ...go!.headers, "x-content-type-options": "nosniff" };
      expect([node!.status, node!.headers, node!.body.toString()]).toEqual([status, headers, go!.body.toString()]);
    }
  });

  test("of two CPU profiles at a time, the second is refused; ours, by line at another rate", async () => {
    const both = async (base: string, one: string, other: string): Promise<void> => {
      const answers = await Promise.all([ask(base, `profile?seconds=2${one}`), ask(base, `profile?seconds=2${other}`)]);
      const [ran, refused] = answers.sort((a, b) => a.status - b.status);
      expect([ran!.status, kindOf(ran!)]).toEqual([200, "gzip"]);
      expect({ ...refused, body: refused!.body.toString() }).toEqual({
        status: 500,
        headers: {
          "content-type": "text/plain; charset=utf-8",
          "x-content-type-options": "nosniff",
          "x-go-pprof": "1",
        },
        body: expect.stringMatching(/^Could not enable CPU profiling: cpu profiling already in use/),
      });
    };
    const [goBase, nodeBase] = bases;
    await Promise.all([both(goBase, "", ""), both(nodeBase, "&lines=1", "&lines=1&rate=333")]);
    const together = await Promise.all([1, 2].map(() => ask(nodeBase, "profile?seconds=1")));
    expect(together.map(({ status }) => status)).toEqual([200, 200]);
  });

  test("the command line has a NUL between its parts and none at its end", async () => {
    for (const base of bases) expect((await ask(base, "cmdline")).body.toString()).toMatch(/^[^\0]+(\0[^\0]+)*$/);
  });

  test.for(["profile?seconds=0", "profile?seconds=-1"])("%s lasts the default 30 seconds", async (query) => {
    await Promise.all(
      bases.map((base) => expect(ask(base, query, { millis: 1500 })).rejects.toThrow("no answer within 1500 ms")),
    );
    // What nobody waits for any more has ended.
    await Promise.all(
      bases.map(async (base) => {
        while ((await ask(base, "profile?seconds=1")).status !== 200);
      }),
    );
  });

  test("what differs, and is meant to", async () => {
    const [goBase, nodeBase] = bases;
    // Go takes what is no number for 30 seconds.
    expect((await ask(nodeBase, "profile?seconds=abc")).status).toBe(400);
    await expect(ask(goBase, "profile?seconds=abc", { millis: 1500 })).rejects.toThrow("no answer");
    // Go sends profile.proto as text.
    expect((await ask(nodeBase, "goroutine?debug=-1")).body.toString()).toMatch(/^goroutine profile: total /);
    expect(kindOf(await ask(goBase, "goroutine?debug=-1"))).toBe("gzip");
  });

  test("traces have the same headers, and the same reader", async () => {
    for (const base of bases) {
      const { status, headers, body } = await ask(base, "trace?seconds=0.2");
      expect([status, headers["content-type"], headers["content-disposition"]]).toEqual([
        200,
        "application/octet-stream",
        'attachment; filename="trace"',
      ]);
      expect(checkGoTrace(body)).toBeUndefined();
    }
  });
});
