// Runs random command lines beside a given version of the reference tool and prints what differs:
//   node scripts/reference.mjs VERSION [--runs N] [--seed N] [--profiles DIR] [--show N]
// VERSION is one of the module github.com/google/pprof (latest, v0.0.0-…), which Go builds, or "go" for `go tool pprof`.
// Runs whose answer changes from one time to the next in the reference are left out; so are its own messages, whose
// words are not ours. Ends with 1 where anything differs.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
    profiles: { type: "string", default: path.join(root, "..", "shared", "reference-2026-11", "profiles") },
    show: { type: "string", default: "10" },
  },
});
const [version] = positionals;
if (version === undefined) stop("usage: node scripts/reference.mjs VERSION [--runs N] [--seed N] [--profiles DIR]");
if (!existsSync(given.profiles)) stop(`${given.profiles} is not there: --profiles DIR names a folder of profiles`);

/** The same numbers for the same seed, each at least 0 and below 1. */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = numbers(Number(given.seed));
const pick = (list) => list[Math.floor(random() * list.length)];

const NAMES = [".", "main|runtime", "main", "total", "^f_", "line[0-9]+", "libpthread|libc", "work", "unknown$", "^$"];
const KEYS = ["request", "bytes", "key1", "thread"];

/** The outputs, and what each is asked about. */
const OUTPUTS = {
  ...Object.fromEntries(
    ["top", "text", "dot", "tree", "traces", "callgrind", "raw", "tags", "comments", "proto"].map((name) => [
      name,
      undefined,
    ]),
  ),
  list: NAMES,
  peek: NAMES,
};

/** The options, and what each may be; none is a switch. "profile" stands for one of the profiles. */
const OPTIONS = {
  ...Object.fromEntries([..."focus ignore hide show show_from prune_from".split(" ")].map((name) => [name, NAMES])),
  tagfocus: ["1kb:", "thread=1", "bytes=1:", "key1=tag1", "request=.*"],
  tagignore: ["x=y", "key1=tag1", "request", ":64kb"],
  tagshow: ["."],
  taghide: ["key", "request"],
  tagroot: KEYS,
  tagleaf: KEYS,
  sample_index: ["0", "1", "cpu", "samples", "space", "alloc_space", "inuse_objects"],
  unit: ["hrs", "s", "ms", "us", "kb", "MB", "minimum", "auto"],
  divide_by: ["2", "0.5", "10"],
  nodecount: ["-1", "0", "1", "3", "7", "20"],
  nodefraction: ["0", "0.01", "0.1", "0.3"],
  edgefraction: ["0", "0.05", "0.2"],
  trim: ["false"],
  trim_path: ["/home"],
  source_path: ["/nowhere"],
  base: "profile",
  diff_base: "profile",
  ...Object.fromEntries(
    "cum mean normalize drop_negative relative_percentages call_tree noinlines showcolumns compact_labels"
      .split(" ")
      .map((name) => [name, undefined]),
  ),
  ...Object.fromEntries("files lines functions filefunctions addresses".split(" ").map((name) => [name, undefined])),
};

const profiles = readdirSync(given.profiles).sort();
const profile = () => path.join(given.profiles, pick(profiles));

function flag(table, name) {
  const values = table[name];
  if (values === undefined) return `-${name}`;
  return `-${name}=${values === "profile" ? profile() : pick(values)}`;
}

function randomRun() {
  const args = ["-symbolize=none", flag(OUTPUTS, pick(Object.keys(OUTPUTS)))];
  const names = new Set(Array.from({ length: Math.floor(random() * 5) }, () => pick(Object.keys(OPTIONS))));
  // The two stand for each other, and normalize asks for one.
  if (names.has("base")) names.delete("diff_base");
  if (names.has("normalize") && !names.has("base")) names.add("diff_base");
  for (const name of names) args.push(flag(OPTIONS, name));
  return [...args, profile()];
}

const home = mkdtempSync(path.join(tmpdir(), "reference-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
const reference = build(version);
const ours = [process.execPath, path.join(root, "packages", "cli", "bin", "pprof.js")];

/** The command that runs a version of the reference, built where it is not Go's own. */
function build(version) {
  if (version === "go") return ["go", "tool", "pprof"];
  const env = { ...process.env, GOBIN: path.join(home, "bin") };
  const { error, status, stderr } = spawnSync("go", ["install", `github.com/google/pprof@${version}`], {
    env,
    encoding: "utf8",
  });
  if (error) stop(`Go is needed to build the reference: ${error.message}`);
  if (status !== 0) stop(`cannot build github.com/google/pprof@${version}: ${stderr.trim()}`);
  return [path.join(home, "bin", "pprof")];
}

function answer([command, ...first], args) {
  const env = { ...process.env, PPROF_TMPDIR: home, PPROF_BINARY_PATH: "/nonexistent", TZ: "UTC", NO_COLOR: "1" };
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args], { cwd: home, env, stdio: ["ignore", "pipe", "ignore"] });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => stop(String(error)));
    child.on("close", (code) => {
      const bytes = Buffer.concat(chunks);
      const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes).toString("latin1") : bytes.toString();
      resolve({ text, failed: code !== 0 });
    });
  });
}

const alike = (a, b) => a.text === b.text && a.failed === b.failed;

let left = Number(given.runs);
let compared = 0;
let unstable = 0;
const different = [];
async function worker() {
  while (left-- > 0) {
    const args = randomRun();
    const want = await answer(reference, args);
    const got = await answer(ours, args);
    if (alike(want, got)) compared++;
    else if (!(alike(want, await answer(reference, args)) && alike(want, await answer(reference, args)))) unstable++;
    else {
      compared++;
      different.push({ args, want, got });
    }
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker));

for (const { args, want, got } of different.slice(0, Number(given.show))) {
  const [wanted, had] = [want.text.split("\n"), got.text.split("\n")];
  let line = 0;
  while (line < wanted.length && wanted[line] === had[line]) line++;
  console.log(`DIFFERS pprof ${args.map((arg) => (/[^\w=./-]/.test(arg) ? `'${arg}'` : arg)).join(" ")}`);
  const end = ({ failed }) => (failed ? ", and fails" : "");
  console.log(`  line ${line + 1}\n  reference ${JSON.stringify(wanted[line])}${end(want)}`);
  console.log(`  ours      ${JSON.stringify(had[line])}${end(got)}`);
}
const leftOut = unstable === 0 ? "" : `, ${unstable} left out that the reference answers in several ways`;
console.log(`${compared - different.length} of ${compared} random runs are alike (seed ${given.seed}${leftOut})`);
process.exitCode = different.length === 0 ? 0 : 1;

function stop(message) {
  console.error(message);
  process.exit(2);
}
