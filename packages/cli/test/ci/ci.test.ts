import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { COMMAND, program, TestRepository } from "./repository.ts";

// Each runs a program a dozen times and more.
const LONG = 300_000;
const onUnix = process.platform === "win32" ? test.skip : test;

interface Told {
  readonly exceeded: readonly { readonly limit: string; readonly name: string }[];
  readonly tables: readonly {
    readonly kind: string;
    readonly measure: string;
    readonly rows: readonly { readonly name: string; readonly verdict: string; readonly baseAgainstItself?: object }[];
    readonly power: readonly { readonly found: readonly { readonly runs: number }[] }[];
  }[];
}

const told = (file: string): Told => JSON.parse(readFileSync(file, "utf8")) as Told;

const namedIn = ({ tables }: Told, kind: string, measure: string): string[] =>
  tables
    .filter((table) => table.kind === kind && table.measure === measure)
    .flatMap(({ rows }) =>
      rows.filter(({ verdict }) => verdict !== "noise").map(({ name, verdict }) => `${verdict} ${name}`),
    );

onUnix(
  "names the function that became slower, exceeds its limit, and shows it in all formats",
  { timeout: LONG },
  async () => {
    using made = new TestRepository();
    made.commit({ "app.js": program(false), ".pprof-ci.json": '{ "limits": { "function": "10%" } }' });
    made.commit({ "app.js": program(true) });
    const files = ["-md=../ci.md", "-json=../ci.json", "-html=../ci.html", "-o=../profiles"];
    const { status, stdout, stderr } = await made.ci(["-base=HEAD^", "-n=8", ...files, ...COMMAND]);
    expect(status, stdout + stderr).toBe(1);
    expect(stderr).toMatch(/^Limit exceeded: function changing app\.js \+\d+% of all CPU time; 10% is allowed\.$/m);
    expect(stdout).toMatch(/^\d+ functions? became slower\.$/m);
    expect(stdout).toMatch(/ slower {2}changing app\.js$/m);
    expect(stdout).toMatch(/^With nothing changed \(4 runs against 4, /m);
    const place = (name: string): string => path.join(made.folder, name);
    const data = told(place("ci.json"));
    expect(namedIn(data, "function", "cpu")).toContain("more changing app.js");
    expect(data.exceeded).toContainEqual(expect.objectContaining({ limit: "function", name: "changing app.js" }));
    expect(data.tables[0]!.power[0]!.found.map(({ runs }) => runs)).toEqual([5, 10, 20, 40]);
    const markdown = readFileSync(place("ci.md"), "utf8");
    expect(markdown).toMatch(/^<!-- pprof ci -->\n### pprof ci: /);
    expect(markdown).toContain("| `changing app.js` |");
    expect(markdown).toMatch(/^<details><summary>What is found<\/summary>$/m);
    const html = readFileSync(place("ci.html"), "utf8");
    expect(html).toContain('id="pprof-profile"');
    expect(html).toMatch(/id="pprof-query">q=%5E%28[^<]*changing/);
    for (const file of ["base.008.cpu.pb.gz", "head.001.cpu.pb.gz"])
      expect(existsSync(place(`profiles/${file}`))).toBe(true);
    expect(made.left()).toEqual([]);
  },
);

onUnix(
  "the same revision twice: no function is named, whatever the machine does meanwhile",
  { timeout: LONG },
  async () => {
    using made = new TestRepository();
    made.commit({ "app.js": program(false) });
    // Chance names something in one comparison of a hundred, and the same in two of them never.
    const compareOnce = async (): Promise<string[]> => {
      const words = ["-base=HEAD", "-head=HEAD", "-aa", "-n=4", "-json=../ci.json", ...COMMAND];
      const { status, stdout, stderr } = await made.ci(words);
      expect([status, stderr], stdout).toEqual([
        0,
        expect.stringMatching(/^round 4 of 4: (base|head) [\d.]+s, same /m),
      ]);
      expect(stdout).toMatch(/^With nothing changed \(4 runs against 4, in two worktrees\): /m);
      return namedIn(told(path.join(made.folder, "ci.json")), "function", "cpu");
    };
    const first = await compareOnce();
    if (first.length > 0) expect((await compareOnce()).filter((name) => first.includes(name))).toEqual([]);
    expect(made.left()).toEqual([]);
  },
);

onUnix("a working tree with changes is what is compared, and is left as it is", { timeout: LONG }, async () => {
  using made = new TestRepository();
  made.commit({ "app.js": "require('./part.js');", "part.js": "", "gone.js": "", "stashed.js": "" });
  made.write({ "stashed.js": "1;" });
  made.git("stash", "--quiet");
  made.write({
    "staged.js": "1;",
    "part.js": "require('./new.js');",
    "new.js": "for (const end = Date.now() + 50; Date.now() < end; );",
  });
  made.git("add", "staged.js");
  made.git("rm", "--quiet", "--cached", "gone.js");
  const state = (): readonly string[] => [
    made.git("--no-optional-locks", "status", "--porcelain"),
    made.git("stash", "list"),
    made.git("for-each-ref"),
    readFileSync(path.join(made.top, ".git/index"), "hex"),
    ...["app.js", "part.js", "new.js", "staged.js", "gone.js"].map((file) =>
      readFileSync(path.join(made.top, file), "utf8"),
    ),
  ];
  const before = state();
  // The program fails where it is not as it stands here.
  const check =
    "const { existsSync: is } = require('fs'); if (is('new.js') !== is('staged.js')) process.exit(3); require('./app.js');";
  const { status, stderr } = await made.ci(["-n=1", "--", process.execPath, "-e", check]);
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(/^base: HEAD \(\w{7}\)\nhead: the working tree \(\w{7} and what is changed\)\n/),
  ]);
  expect(state()).toEqual(before);
  expect(made.left()).toEqual([]);
});

const casesOf = async (made: TestRepository, file: string): Promise<string[]> => {
  const words = [
    "-base=HEAD^",
    "-n=6",
    "-cases",
    "-json=../ci.json",
    "--",
    process.execPath,
    "--no-turbo-inlining",
    file,
  ];
  const { status, stdout, stderr } = await made.ci(words);
  expect(status, stdout + stderr).toBe(0);
  return namedIn(told(path.join(made.folder, "ci.json")), "case", "cpu");
};

const withoutCalls = (isSlow: boolean): string => program(isSlow).replace(/^console.*$/m, "");

onUnix("cases are those that the program labels", { timeout: LONG }, async () => {
  using made = new TestRepository();
  const text = (isSlow: boolean): string => `import { withLabels } from "@pprof-ts/runtime";
${withoutCalls(isSlow)}
withLabels({ case: "one" }, changing);
withLabels({ case: "other" }, steady);`;
  made.commit({ "app.mjs": text(false), "package.json": "{}", ".gitignore": "node_modules\n" });
  made.commit({ "app.mjs": text(true) });
  mkdirSync(path.join(made.top, "node_modules"));
  const packages = fileURLToPath(new URL("../../../../node_modules/@pprof-ts", import.meta.url));
  symlinkSync(packages, path.join(made.top, "node_modules/@pprof-ts"));
  expect(await casesOf(made, "app.mjs")).toContain("more one");
});

onUnix("cases are the tests of a runner that tells them", { timeout: LONG }, async () => {
  using made = new TestRepository();
  const text = (isSlow: boolean): string => `const { test } = require("node:test");
${withoutCalls(isSlow)}
test("one", () => { changing(); });
test("other", () => { steady(); });`;
  made.commit({ "app.test.js": text(false) });
  made.commit({ "app.test.js": text(true) });
  // Before Node 24 nobody tells which test runs.
  const isTold = Number.parseInt(process.versions.node, 10) >= 24;
  const cases = await casesOf(made, "app.test.js");
  if (isTold) expect(cases).toContain("more app.test.js: one");
  else expect(cases).toEqual([]);
});

onUnix("what is allocated is compared by function, too", { timeout: LONG }, async () => {
  using made = new TestRepository();
  const text = (many: number): string => `const kept = [];
function allocating() { for (let i = 0; i < ${many}; i++) kept.push(new Array(1000).fill(i)); }
allocating();`;
  made.commit({ "app.js": text(1_000) });
  made.commit({ "app.js": text(10_000) });
  const words = ["-base=HEAD^", "-n=5", "-allocs", "-limit=allocated=50%", "-limit=cpu=1000%", ...COMMAND];
  const { status, stdout, stderr } = await made.ci(words);
  expect(status, stdout + stderr).toBe(1);
  expect(stdout).toMatch(/ larger {2}allocating( app\.js)?$/m);
  expect(stdout).toMatch(/ larger {2}allocated memory$/m);
  expect(stderr).toMatch(/^Limit exceeded: allocated memory \+\d+%; 50% is allowed\.$/m);
});
