import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { encode, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { defaultOptions } from "@pprof-ts/report";
import { expect, test } from "vitest";
import { type PackedSources, packedSentences, packSources } from "../src/pages/packed-sources.ts";
import { pageSources } from "../src/pages/page-sources.ts";
import { directory, pprof } from "./tool.ts";

/** A function in each file, the later ones the more expensive. */
function profileIn(files: readonly string[]): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  files.forEach((filename, i) => {
    const fn = builder.function({ name: `in ${filename}`, filename });
    builder.sample([builder.location({ lines: [{ function: fn, line: 1 }] })], [i + 1]);
  });
  return builder.build();
}

function packedIn(file: string): PackedSources | undefined {
  const text = /id="pprof-sources"[^>]*>([^<]*)</.exec(readFileSync(file, "utf8"))?.[1];
  return text === undefined ? undefined : JSON.parse(gunzipSync(Buffer.from(text, "base64")).toString());
}

test("-html -with_sources puts in what pages may show, and says what else there is", async () => {
  using here = directory({ id_rsa: "a key" });
  mkdirSync(path.join(here.path, "src"));
  writeFileSync(path.join(here.path, "src", "mine.js"), "my line\n");
  using there = directory({ "theirs.js": "their line", prof: "" });
  const theirs = path.join(there.path, "theirs.js");
  const files = [
    "src/mine.js",
    "/build/src/mine.js",
    theirs,
    path.join(here.path, "id_rsa"),
    "/etc/passwd",
    "gone.js",
    "__proto__",
  ];
  using made = directory({ prof: encode(profileIn(files)) });
  const prof = path.join(made.path, "prof");
  const { status, stderr } = await pprof(["-html=page.html", "-with_sources", prof], { cwd: here.path });
  expect(status).toBe(0);
  expect(stderr).toMatch(/Sources in it: 2 \(0\.0 MB\); left out: 2 not found, 3 that no page may show\n/);
  expect(stderr).toContain("theirs.js is not shown: it is not below the working directory");
  const { sources, paths } = packedIn(path.join(here.path, "page.html"))!;
  const of = (file: string): string => JSON.stringify(sources[paths[file]!]);
  expect(of("src/mine.js")).toContain('"my line"');
  expect(of("/src/mine.js")).toBe(of("src/mine.js"));
  expect(of("/build/src/mine.js")).toContain('"my line"');
  expect(of("gone.js")).toContain("no file of this name");
  // Neither what is in them nor where things are on this machine.
  const all = JSON.stringify(sources);
  for (const secret of ["their line", "a key", "root:", here.path, there.path]) expect(all).not.toContain(secret);
  const plain = await pprof(["-html=plain.html", prof], { cwd: here.path });
  expect(plain.stderr).not.toContain("Sources");
  expect(packedIn(path.join(here.path, "plain.html"))).toBeUndefined();
});

test("the sources of the most expensive functions are packed until there is no room", () => {
  using here = directory({ "a.js": "a".repeat(60), "b.js": "b".repeat(60), "c.js": "c".repeat(30) });
  const at = (name: string): string => path.join(here.path, name);
  const found = pageSources({ ...defaultOptions, source_path: here.path });
  const packed = packSources(profileIn([at("a.js"), at("c.js"), at("b.js")]), found, 100);
  const inPage = (name: string): unknown => packed.packed.sources[packed.packed.paths[at(name)]!];
  expect(inPage("b.js")).toMatchObject({ text: "b".repeat(60), changed: expect.any(Number) });
  expect(inPage("c.js")).toMatchObject({ text: "c".repeat(30) });
  expect(inPage("a.js")).toEqual({ why: expect.stringContaining("no room") });
  expect(packedSentences(packed)).toEqual(["Sources in it: 2 (0.0 MB); left out: 1 for which there is no room"]);
});

test("-with_sources without -html says what it goes with", async () => {
  const { status, stderr } = await pprof(["-top", "-with_sources", "prof"]);
  expect([status, stderr]).toEqual([2, "pprof: -with_sources only makes sense with -html\n"]);
});
