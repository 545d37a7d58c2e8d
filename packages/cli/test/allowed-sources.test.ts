import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { AllowedSources } from "../src/source/allowed-sources.ts";
import { directory, pprof, servePages } from "./tool.ts";

test("sources are read below the roots, and only what is one, after links are resolved", () => {
  using here = directory({ "a.ts": "a", id_rsa: "key", ".env": "secret", "data.json": "{}", "b.GO": "b" });
  using there = directory({ "c.js": "c", passwd: "root" });
  using named = directory({ "d.rs": "d" });
  const at = (name: string): string => path.join(here.path, name);
  mkdirSync(at("sub"));
  mkdirSync(at("directory.js"));
  symlinkSync(path.join(there.path, "c.js"), at("out.js"));
  symlinkSync(path.join(there.path, "passwd"), at("passwd.js"));
  symlinkSync(there.path, at("linked"));
  symlinkSync(at("a.ts"), at("in.js"));
  const hasPipe = spawnSync("mkfifo", [at("pipe.js")]).status === 0;
  const allowed = new AllowedSources(here.path, [named.path]);
  const reads = (file: string): string | undefined => allowed.read(file);
  expect([at("a.ts"), at("in.js"), at("b.GO"), path.join(named.path, "d.rs")].map(reads)).toEqual(["a", "a", "b", "d"]);
  const refused = [
    at("id_rsa"),
    at(".env"),
    at("data.json"),
    at("out.js"),
    at("passwd.js"),
    at("linked/c.js"),
    `${at("sub")}/../linked/c.js`,
    path.join(there.path, "c.js"),
    "/etc/passwd",
    ...(process.platform === "linux" ? ["/proc/self/environ", "/proc/self/cmdline"] : []),
  ];
  for (const file of refused) expect([file, reads(file)]).toEqual([file, undefined]);
  expect([...allowed.refusals.keys()]).toEqual(refused);
  expect(allowed.refusals.get("/etc/passwd")).toContain("not of a kind that sources are; pprof -list=");
  expect(allowed.refusals.get(at("out.js"))).toMatch(/not below the working directory.*; -source_path=\/.* allows/);
  const nothing = [at("directory.js"), at("missing.js"), at("a.ts\0"), ...(hasPipe ? [at("pipe.js")] : [])];
  for (const file of nothing) expect([file, reads(file)]).toEqual([file, undefined]);
});

test("what is hidden is no source, unless its folder was asked for; modules that a package manager hides are", () => {
  using here = directory({ "a.ts": "a", ".env.js": "secret" });
  const at = (name: string): string => path.join(here.path, name);
  const hidden = [
    ".git/hook.js",
    ".ssh/key.py",
    "src/.cache/deep/b.ts",
    ".git/node_modules/c.js",
    "node_modules/x/.git/d.js",
    "node_modules/.other/k.js",
  ];
  const shown = ["node_modules/.pnpm/e@1/f.js", "packages/g/node_modules/.pnpm/h.js", "src/a.b/i.js"];
  for (const name of [...hidden, ...shown]) {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), name);
  }
  symlinkSync(at(".git"), at("git"));
  const allowed = new AllowedSources(here.path, []);
  for (const name of [...hidden, ".env.js", "git/hook.js"])
    expect([name, allowed.read(at(name))]).toEqual([name, undefined]);
  expect(allowed.refusals.get(at("git/hook.js"))).toMatch(
    /: what is hidden is no source; -source_path=\/.*\.git allows/,
  );
  for (const name of shown) expect(allowed.read(at(name))).toBe(name);
  const asked = new AllowedSources(here.path, [at(".git")]);
  expect([asked.read(at(".git/hook.js")), asked.read(at(".ssh/key.py"))]).toEqual([".git/hook.js", undefined]);
  // All that is below a folder which is hidden itself is hidden no further.
  expect(new AllowedSources(at(".git"), []).read(at(".git/hook.js"))).toBe(".git/hook.js");
});

test("the pages' server says how to allow what it does not give out, which list in a terminal prints", async () => {
  using here = directory({ "mine.js": "my line" });
  using there = directory({ "theirs.js": "their line" });
  const theirs = path.join(there.path, "theirs.js");
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  for (const filename of [path.join(here.path, "mine.js"), theirs, "/etc/passwd", "file:///etc/passwd"]) {
    const fn = builder.function({ name: `in ${filename}`, filename });
    builder.sample([builder.location({ lines: [{ function: fn, line: 1 }] })], [1]);
  }
  writeFileSync(path.join(here.path, "prof"), encode(builder.build()));
  const ask = async (words: readonly string[], asked: readonly string[]): Promise<(readonly [number, string])[]> => {
    using served = await servePages([...words, "prof"], here.path);
    const answers: (readonly [number, string])[] = [];
    for (const file of asked) {
      const answer = await fetch(`${served.url}/ui/file?path=${encodeURIComponent(file)}`);
      answers.push([answer.status, await answer.text()]);
    }
    return answers;
  };
  const asked = [path.join(here.path, "mine.js"), theirs, "/etc/passwd", "file:///etc/passwd"];
  const [mine, other, ...passwords] = await ask([], asked);
  expect(mine).toEqual([200, "my line"]);
  expect(other).toEqual([403, expect.stringContaining(`${theirs} is not shown`)]);
  for (const [status, text] of passwords)
    expect([status, text]).toEqual([403, expect.stringContaining("is not shown")]);
  const [allowed, still] = await ask([`-source_path=${there.path}`], [theirs, "/etc/passwd"]);
  expect(allowed).toEqual([200, "their line"]);
  expect(still?.[0]).toBe(403);
  const { stdout } = await pprof(["-list=theirs", "prof"], { cwd: here.path });
  expect(stdout).toContain("their line");
});
