import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CREDITS_INLINED, Scripts } from "../src/agent/code/scripts.ts";
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

test("a line of text that V8 has inlined is no function's of the file that has the same line", async () => {
  const file = path.join(folder, "lines.mjs");
  writeFileSync(
    file,
    `// The text has its loop where this file has another function.
function other(n) {
  return n + 1;
}
const made = new Function("n", "let sum = 0; for (let i = 0; i < n; i++) sum += i; return sum;");
export function calls() {
  return made(100) + other(1);
}
`,
  );
  const scripts = new Scripts();
  const url = pathToFileURL(file).href;
  await scripts.load([url]);
  await scripts.scan([url]);
  const calls = { line: 5, column: 21 };
  const at = (): unknown => scripts.inlinedAt(url, calls, 2);
  if (CREDITS_INLINED) expect(at()).toBe("caller");
  else expect(at()).toMatchObject({ range: { name: "other" } });
  scripts.noteEvaluated(url, 2, 2);
  expect(at()).toBe(CREDITS_INLINED ? "caller" : "unclear");
});

test("what V8 has inlined of text is not credited to another function of the file", { timeout: 60_000 }, async () => {
  const file = path.join(folder, "credits.mjs");
  writeFileSync(
    file,
    `// other stands at the lines that the loops of both texts have.

function other(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += i % 3;
  return sum;
}

const add = new Function("n", "\\nlet sum = 0;\\nfor (let i = 0; i < n; i++) sum += Math.sqrt(i) * Math.sin(i);\\nreturn sum;");
const mix = (0, eval)("(function mix(n) {\\n  let out = 0;\\n  for (let i = 0; i < n; i++) {\\n    out += Math.cos(i);\\n  }\\n  return out;\\n})");
function adds() { let sum = 0; for (let k = 0; k < 200; k++) sum += add(200); return sum; }
function mixes() { let sum = 0; for (let k = 0; k < 200; k++) sum += mix(200); return sum; }
setInterval(() => {
  for (const end = Date.now() + 40; Date.now() < end; ) { adds(); mixes(); }
  other(10);
}, 50);
`,
  );
  const credits = new Program(["--import", "@pprof-ts/runtime/register", file], { cwd: folder });
  try {
    const url = await credits.url();
    for (let times = 0; times < 3; times++) {
      const frames = stacksOf(await fetchProfile(`${url}profile?seconds=2&lines=0`)).map((stack) => stack.frames[0]!);
      expect(frames.filter((frame) => frame.startsWith("other "))).toEqual([]);
      expect(frames.some((frame) => frame.includes("(eval):"))).toBe(true);
    }
  } finally {
    await credits.stop();
  }
});

test("a module whose text is its address has a short name, another than one that begins alike", {
  timeout: 60_000,
}, async () => {
  const text = (name: string, rest: string): string =>
    `data:text/javascript,${encodeURIComponent(`/* It begins as the other does, and goes on for long. */
export function ${name}(millis) {
  let sum = 0;
  for (const end = Date.now() + millis; Date.now() < end; ) sum += Math.sqrt(sum + 1);
  return sum;
}
for (let i = 0; i < 20; i++) ${name}(1);
// ${rest}`)}`;
  const [first, second] = [text("burnFirst", "x"), text("burnSecond", "y".repeat(300_000))];
  const file = path.join(folder, "addresses.mjs");
  writeFileSync(
    file,
    `const { burnFirst } = await import(${JSON.stringify(first)});
const { burnSecond } = await import(${JSON.stringify(second)});
setInterval(() => { burnFirst(20); burnSecond(20); }, 5);`,
  );
  const addressed = new Program(["--import", "@pprof-ts/runtime/register", file], {
    cwd: folder,
  });
  try {
    const own = await addressed.url();
    const places = new Map<string, string>();
    while (places.size < 2) {
      for (const { frames } of stacksOf(await fetchProfile(`${own}profile?seconds=1`)))
        for (const frame of frames) {
          const [, name, place] = /^(burnFirst|burnSecond) (.*):4$/.exec(frame) ?? [];
          if (name !== undefined) places.set(name, place!);
        }
    }
    const [one, other] = [places.get("burnFirst")!, places.get("burnSecond")!];
    for (const place of [one, other]) expect(place).toMatch(/^data:text\/javascript,.{39}…[0-9a-f]{8}$/);
    expect(one).not.toBe(other);
    expect(one.slice(0, 60)).toBe(other.slice(0, 60));
  } finally {
    await addressed.stop();
  }
});
