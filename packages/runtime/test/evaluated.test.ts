import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder, TELLS_AWAITS } from "./program.ts";
import { stacksOf } from "./stacks.ts";

/** As template engines and validators do: functions that are made of text as the program runs, which V8 knows no file of. */
const code = `
  globalThis.kept = [];
  const add = new Function("n", "let sum = 0;\\nfor (let i = 0; i < n; i++) sum += Math.sqrt(i) % 7;\\nreturn sum;");
  const keep = eval("(function keepSome() {\\n  for (let i = 0; i < 100; i++) kept.push({ i, text: String(i) });\\n})");
  const wait = eval("(async function waitInText() {\\n\\n  await new Promise((resolve) => kept.push(resolve));\\n})");
  void wait();
  setInterval(() => kept.length < 1e6 && keep(), 5);
  await 0;
  for (;;) {
    add(3e7);
    for (let i = 0; i < 3e6; i++) kept.count = i % 7;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
`;

let folder: string;
let program: Program;
let base: string;

beforeAll(async () => {
  folder = scratchFolder();
  writeFileSync(path.join(folder, "app.mjs"), code);
  const args = ["--import", "@pprof-ts/runtime/register", path.join(folder, "app.mjs")];
  program = new Program(args, { cwd: folder, env: { PPROF_MEM_RATE: "16384" } });
  base = await program.url();
});

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

/** The frames of all samples with this query. */
async function framesOf(query: string): Promise<string[]> {
  return [...new Set(stacksOf(await fetchProfile(base + query)).flatMap(({ frames }) => frames))];
}

// `new Function` puts two lines in front.
test.each([
  ["profile?seconds=2&lines=0", "(anonymous (eval):1) (eval):4"],
  ["profile?seconds=2&lines=1", "(anonymous (eval):4) (eval):4"],
  ["heap", "keepSome (eval):1"],
  ...(TELLS_AWAITS ? ([["goroutine?full=1", "waitInText (eval):3"]] satisfies [string, string][]) : []),
])("in %s code made of text has its line, and no file of another's", { timeout: 60_000 }, async (query, frame) => {
  // On a busy machine a sample may be long in coming.
  while (!(await framesOf(query)).includes(frame));
});

test("what runs behind an await of a module is the module", async () => {
  const frames = await framesOf("profile?seconds=2&lines=0");
  expect(frames.filter((one) => one.startsWith("(anonymous app.mjs"))).toEqual([]);
  expect(frames.some((one) => one.startsWith("(module app.mjs) "))).toBe(true);
});
