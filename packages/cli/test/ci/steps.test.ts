import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tool } from "../tool.ts";
import { TestRepository } from "./repository.ts";

const LONG = 120_000;
const onUnix = process.platform === "win32" ? test.skip : test;
const folder = fileURLToPath(new URL("../../ci", import.meta.url));
// The parser that knip brings.
const { parse } = createRequire(createRequire(import.meta.url).resolve("knip"))("yaml") as {
  readonly parse: (text: string) => unknown;
};
const read = (name: string): unknown => parse(readFileSync(path.join(folder, name), "utf8"));

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly shell: string;
      readonly run: string;
      readonly uses?: string;
      readonly env: Readonly<Record<string, string>>;
    }[];
  };
}

const action = read("action.yml") as Action;
const BUSY = "for (const end = Date.now() + 50; Date.now() < end; );";

/** What GitHub does with a step of a composite action: a bash with its variables. */
function step(
  made: TestRepository,
  number: number,
  inputs: Readonly<Record<string, string>>,
  more: NodeJS.ProcessEnv,
): { status: number | null; text: string } {
  const { run, env, shell } = action.runs.steps[number]!;
  expect(shell).toBe("bash");
  const given = {
    ...Object.fromEntries(Object.entries(action.inputs).map(([name, row]) => [name, row.default ?? ""])),
    ...inputs,
  };
  const variables = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      value.replace(/^\$\{\{ inputs\.(\w+) \}\}$/, (_, input) => given[input as keyof typeof given]!),
    ]),
  );
  const ran = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
    cwd: made.top,
    env: { PATH: process.env.PATH, ...made.env, ...variables, ...more },
    encoding: "utf8",
  });
  return { status: ran.status, text: ran.stdout + ran.stderr };
}

test("the action is a composite one, of nothing but the tool, and takes no text of others into its scripts", () => {
  const { using, steps } = action.runs;
  expect(using).toBe("composite");
  for (const { run, uses } of steps) {
    expect(uses).toBeUndefined();
    expect(run).not.toContain("${{");
  }
  for (const [, input] of readFileSync(path.join(folder, "action.yml"), "utf8").matchAll(/inputs\.(\w+)/g)) {
    expect(Object.keys(action.inputs)).toContain(input);
  }
});

test("the example of the README has inputs that the action knows", () => {
  const readme = readFileSync(path.join(folder, "../README.md"), "utf8");
  const [, example = ""] = /^```yaml\n([\s\S]*?)^```/m.exec(readme) ?? [];
  const steps = parse(example) as readonly { readonly uses?: string; readonly with?: object }[];
  const own = steps.find(({ uses }) => uses?.startsWith("./node_modules/pprof-ts/") === true);
  const place = own!.uses!.replace("./node_modules/pprof-ts/", "");
  expect(existsSync(path.join(folder, "..", place, "action.yml"))).toBe(true);
  expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(own!.with!)));
});

onUnix(
  "the action's steps compare a merged pull request of a shallow clone, and leave a summary and a comment",
  { timeout: LONG },
  () => {
    using made = new TestRepository();
    made.commit({ "app.js": BUSY });
    made.git("checkout", "--quiet", "-b", "topic");
    made.commit({ "app.js": `${BUSY}\n1;` });
    made.git("checkout", "--quiet", "main");
    made.commit({ "other.js": "" });
    made.git("merge", "--quiet", "--no-ff", "--message=merge", "topic");
    made.git("config", "uploadpack.allowAnySHA1InWant", "true");
    const into = made.git("rev-parse", "--short=7", "HEAD^1").trim();
    const clone = path.join(made.folder, "clone");
    made.git("clone", "--quiet", "--depth=1", `file://${made.top}`, clone);
    const place = (name: string): string => path.join(made.folder, name);
    mkdirSync(place("bin"));
    // What gh was asked for.
    writeFileSync(place("bin/gh"), `#!/bin/sh\necho "$@" >> "${place("asked")}"\n`, { mode: 0o755 });
    const runner = {
      PATH: `${place("bin")}:${process.env.PATH}`,
      GITHUB_ACTION_PATH: folder,
      GITHUB_OUTPUT: place("output"),
      GITHUB_STEP_SUMMARY: place("summary"),
      GITHUB_REPOSITORY: "a/b",
      RUNNER_TEMP: made.folder,
    };
    const ofClone = Object.create(made, { top: { value: clone } }) as TestRepository;
    const inputs = { command: `"${process.execPath}" app.js`, runs: "2", flags: "-limit=cpu=1000% -o=../profiles" };
    const { status, text } = step(ofClone, 0, inputs, runner);
    expect([status, text]).toEqual([0, expect.stringMatching(new RegExp(`^base: ${into}\\nhead: HEAD `, "m"))]);
    const markdown = readFileSync(place("summary"), "utf8");
    expect(markdown).toMatch(/^<!-- pprof ci -->\n### pprof ci: /);
    expect(markdown).toContain("No limit is exceeded (cpu 1000%).");
    expect(existsSync(place("profiles/head.002.cpu.pb.gz"))).toBe(true);
    const outputs = Object.fromEntries(
      readFileSync(place("output"), "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split("=")),
    );
    expect(Object.keys(outputs)).toEqual(Object.keys(action.outputs));
    for (const file of Object.values(outputs)) expect(existsSync(file as string)).toBe(true);
    expect(step(ofClone, 1, {}, { ...runner, NUMBER: "7", MARKDOWN: outputs.markdown }).status).toBe(0);
    expect(readFileSync(place("asked"), "utf8").trim().split("\n")).toEqual([
      expect.stringMatching(/^api --paginate repos\/a\/b\/issues\/7\/comments --jq /),
      `api --method POST repos/a/b/issues/7/comments --field body=@${outputs.markdown} --silent`,
    ]);
  },
);

onUnix("the script of GitLab's snippet compares a merge request", { timeout: LONG }, () => {
  const { "pprof-ci": job } = read("gitlab-ci.yml") as Record<
    string,
    { variables: Record<string, string>; script: string[]; artifacts: { paths: string[] }; rules: object[] }
  >;
  using made = new TestRepository();
  made.commit({ "package.json": "{}", ".gitignore": "node_modules\npprof-ci.*\n", "bench.js": BUSY });
  made.commit({ "bench.js": `${BUSY}\n1;` });
  mkdirSync(path.join(made.top, "node_modules/.bin"), { recursive: true });
  symlinkSync(tool, path.join(made.top, "node_modules/.bin/pprof"));
  const base = made.git("rev-parse", "HEAD^").trim();
  const ran = spawnSync("sh", ["-ec", job!.script.join("\n")], {
    cwd: made.top,
    env: {
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
      ...made.env,
      ...job!.variables,
      PPROF_CI_RUNS: "2",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
    },
    encoding: "utf8",
  });
  expect(ran.status, ran.stdout + ran.stderr).toBe(0);
  for (const file of job!.artifacts.paths) expect(existsSync(path.join(made.top, file))).toBe(true);
});
