import path from "node:path";
import { readProfile } from "@pprof-ts/profile";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lineOf, Program, removeFolder, scratchFolder, sourceOf, TELLS_AWAITS } from "./program.ts";
import { stacksOf } from "./stacks.ts";

let folder: string;
let program: Program;
let base: string;

beforeAll(async () => {
  folder = scratchFolder();
  const bundle = await rolldown({
    input: sourceOf("minified"),
    external: [/^node:/, /^@pprof-ts/],
    platform: "node",
  });
  const script = path.join(folder, "minified.mjs");
  await bundle.write({ file: script, format: "esm", minify: true, sourcemap: true });
  const env = { PPROF_BLOCK_RATE: "1000000", PPROF_MUTEX_FRACTION: "1", PPROF_MEM_RATE: "4096" };
  program = new Program(["--import", "@pprof-ts/runtime/register", script], { cwd: folder, env });
  base = await program.url();
});

afterAll(async () => {
  await program.stop();
  removeFolder(folder);
});

/** The frames of the bundle, where they come from. */
async function framesOf(query: string): Promise<string[]> {
  const profile = await readProfile(new Uint8Array(await (await fetch(base + query)).arrayBuffer()));
  const frames = new Set(stacksOf(profile).flatMap(({ frames }) => frames));
  return [...frames].filter((frame) => frame.includes("minified"));
}

const at = (name: string, text: string): string => `${name} ${sourceOf("minified")}:${lineOf("minified", text)}`;

/** For each profile a function that it must find again, at a line where it is known: in a bundle of one line, its own. */
const rows: readonly (readonly [query: string, name: string, text: string])[] = [
  ["profile?seconds=1&lines=0", "addUp", "function addUp"],
  ["profile?seconds=1&lines=1", "serve", "serve(order"],
  ["heap", "keepOrder", "const keepOrder"],
  ...(TELLS_AWAITS ? ([["goroutine", "waitForever", "await new Promise((resolve) => kept"]] as const) : []),
  ["block", "addUp", "total += Math.sqrt"],
  ["mutex", "holdLock", "await lock.run"],
  ["threadcreate", "startChild", "spawn(process.execPath"],
];

/**
 * All that is named in the original, and what names are made of what has none; where V8 says not where a function begins, and
 * several on the line have its name, that stays as it is.
 */
const NAMES =
  /^(?:addUp|keepOrder|serve|Cashier|waitForever|holdLock|startChild|\(module minified\.(?:ts|mjs)\)|\(anonymous minified\.(?:ts:\d+|mjs)\)|<.*>|[a-z]) /;

test.each(rows)("%s has %s", async (query, name, text) => {
  const line = at(name, text);
  // Of what the sampler of call sites finds, the line depends on the moment.
  const found = (frames: string[]): boolean =>
    query.includes("lines=1") ? frames.some((one) => one.startsWith(`${name} `)) : frames.includes(line);
  let frames = await framesOf(query);
  while (!found(frames)) {
    expect(frames.filter((frame) => !NAMES.test(frame))).toEqual([]);
    frames = await framesOf(query);
  }
  expect(frames.filter((frame) => !NAMES.test(frame))).toEqual([]);
});

test.skipIf(!TELLS_AWAITS)("goroutine?debug=2 names them, too", async () => {
  const line = lineOf("minified", "await new Promise((resolve) => kept");
  const read = async (): Promise<string> => (await fetch(`${base}goroutine?debug=2`)).text();
  // V8 may collect a promise while it is asked about it, and another profile is then asked for.
  await expect.poll(read).toContain(`waitForever()\n\t${sourceOf("minified")}:${line}\n`);
});
