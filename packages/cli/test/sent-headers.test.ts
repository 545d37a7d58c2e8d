import { spawn } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { directory, hotBytes, pprof, serve } from "./tool.ts";

const SECRET = "s3cr3t-t0ken";

/** A server that answers who says the secret, and those who say nothing of it with a redirect elsewhere. */
function asked(heads: http.IncomingHttpHeaders[], location = ""): http.RequestListener {
  return (request, response) => {
    heads.push(request.headers);
    if (location !== "") response.writeHead(302, { location }).end();
    else response.end(hotBytes);
  };
}

test("a token and headers are sent: from the command line, the environment and files of one's own", async () => {
  using made = directory({ token: `${SECRET}\n`, headers: `X-Key: ${SECRET}\nX-Other: o\n` });
  for (const file of ["token", "headers"]) chmodSync(path.join(made.path, file), 0o600);
  const heads: http.IncomingHttpHeaders[] = [];
  await using server = await serve(asked(heads));
  const runs: readonly (readonly [readonly string[], NodeJS.ProcessEnv])[] = [
    [[`-bearer=${SECRET}`], {}],
    [["-bearer=@token"], {}],
    [["-bearer=$TOKEN"], { TOKEN: SECRET }],
    [[], { PPROF_BEARER: SECRET }],
    [[`-header=Authorization: Bearer ${SECRET}`, "-header=X-Key: k"], {}],
    [["-header=@headers"], {}],
  ];
  for (const [flags, env] of runs) {
    const run = await pprof(["-top", ...flags, `${server.origin}/x`], { cwd: made.path, env });
    expect(run.status).toBe(0);
    expect(run.stdout + run.stderr).not.toContain(SECRET);
  }
  expect(heads.slice(0, 5).map(({ authorization }) => authorization)).toEqual(Array(5).fill(`Bearer ${SECRET}`));
  expect(heads[4]).toMatchObject({ "x-key": "k" });
  expect(heads[5]).toMatchObject({ "x-key": SECRET, "x-other": "o" });
  for (const name of readdirSync(made.path).filter((name) => name.endsWith(".pb.gz"))) {
    expect(name).not.toContain(SECRET);
    expect(readFileSync(path.join(made.path, name)).includes(SECRET)).toBe(false);
  }
});

test(".netrc has users' names and passwords; those in an address and a token go before", async () => {
  const netrc =
    "# mine\nmachine other login a password b\nmachine 127.0.0.1\n  login me\n  password pw\ndefault login x password y\n";
  using made = directory({ ".netrc": netrc });
  chmodSync(path.join(made.path, ".netrc"), 0o600);
  const heads: http.IncomingHttpHeaders[] = [];
  await using server = await serve(asked(heads));
  const run = (...args: string[]) => pprof(["-top", ...args], { cwd: made.path });
  await run(`${server.origin}/x`);
  await run(server.origin.replace("//", "//you:own@"));
  await run("-bearer=t", `${server.origin}/x`);
  await run(`http://localhost:${server.port}/x`);
  expect(heads.map(({ authorization }) => authorization)).toEqual([
    `Basic ${btoa("me:pw")}`,
    `Basic ${btoa("you:own")}`,
    "Bearer t",
    `Basic ${btoa("x:y")}`,
  ]);
});

test.skipIf(process.platform === "win32")("a file of secrets that others may read is refused", async () => {
  using made = directory({ token: SECRET, ".netrc": `machine 127.0.0.1 login a password ${SECRET}` });
  for (const file of ["token", ".netrc"]) chmodSync(path.join(made.path, file), 0o644);
  await using server = await serve((_, response) => response.end(hotBytes));
  for (const flags of [["-bearer=@token"], []]) {
    const { status, stderr } = await pprof(["-top", ...flags, `${server.origin}/x`], { cwd: made.path });
    expect(status).toBe(2);
    expect(stderr).toMatch(/(?:token|\.netrc) holds secrets and others may read it: chmod 600 .*\n$/);
    expect(stderr).not.toContain(SECRET);
  }
});

test("a redirect to another server takes no secret along", async () => {
  using made = directory({});
  const [here, there]: [http.IncomingHttpHeaders[], http.IncomingHttpHeaders[]] = [[], []];
  await using second = await serve(asked(there));
  await using first = await serve(asked(here, `${second.origin}/y`));
  await pprof(["-top", `-bearer=${SECRET}`, "-header=X-Key: k", `${first.origin}/x`], { cwd: made.path });
  expect(here[0]).toMatchObject({ authorization: `Bearer ${SECRET}`, "x-key": "k" });
  expect(there[0]!.authorization).toBeUndefined();
  expect(there[0]!["x-key"]).toBeUndefined();
});

test.each([
  ["-header=none", "a header of -header is none: it is written as Name: value"],
  ["-header=Host: x", "the header Host is not one that -header sets"],
  ["-header=X-A: a\r\nX-B: b", "the header X-A is empty or holds what no header may"],
  ["-header=X-A:", "the header X-A is empty or holds what no header may"],
  ["-bearer=$NOT_SET", "the variable NOT_SET that -bearer names is not set"],
  ["-bearer=@nowhere", "cannot read nowhere: "],
])("%j is one clear line", async (flag, line) => {
  using made = directory({});
  const { status, stderr } = await pprof(["-top", flag, "http://127.0.0.1:1/x"], { cwd: made.path });
  expect(stderr).toContain(line);
  expect(status).toBe(2);
});

test.skipIf(process.platform !== "linux")(
  "no secret is in the command line that ps shows (Linux has /proc)",
  async () => {
    using made = directory({});
    const tool = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));
    let shown = "";
    await using server = await serve((_, response) => {
      shown = readFileSync(`/proc/${child.pid}/cmdline`, "utf8");
      response.end(hotBytes);
    });
    const env = { ...process.env, HOME: made.path, PPROF_TMPDIR: made.path };
    const child = spawn(process.execPath, [tool, "-top", `-bearer=${SECRET}`, `${server.origin}/x`], { env });
    await new Promise((resolve) => child.once("close", resolve));
    expect(shown).toContain("pprof");
    expect(shown).not.toContain(SECRET);
  },
);

test.skipIf(process.platform === "win32")("a socket of this machine is a source", async () => {
  using made = directory({});
  const socket = path.join(made.path, "app.sock");
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/missing") response.writeHead(404).end();
    else response.end(hotBytes);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    const run = await pprof(["-top", `unix:${socket}:/debug/pprof/heap`], { cwd: made.path });
    expect(run.stdout).toContain("700ms 70.00% 70.00%      700ms 70.00%  hash");
    expect(run.stderr).toContain(`Fetching profile over HTTP from unix:${socket}:/debug/pprof/heap\n`);
    await pprof(["-top", "-seconds=2", `unix:${socket}`], { cwd: made.path });
    expect(asked).toEqual(["/debug/pprof/heap", "/debug/pprof/profile?seconds=2"]);
    const missing = await pprof(["-top", `unix:${socket}:/missing`], { cwd: made.path });
    expect(missing.stderr).toContain(`pprof: unix:${socket}:/missing: server response: 404 Not Found\n`);
    const nobody = await pprof(["-top", `unix:${socket}.not:/x`], { cwd: made.path });
    expect(nobody.stderr).toContain("nothing listens there");
    writeFileSync(path.join(made.path, "file"), "");
    expect((await pprof(["-top", `unix:${made.path}/file:/x`], { cwd: made.path })).status).toBe(2);
  } finally {
    server.close();
  }
});
