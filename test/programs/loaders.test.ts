import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Profile, readProfile, toNumbers } from "@pprof-ts/profile";
import { afterEach, expect, test } from "vitest";
import { TELLS_AWAITS } from "../../packages/runtime/test/program.ts";
import { AWAIT, FUNCTION, LOOP, type Loader, loaders } from "./loaders.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const register = new URL("../../packages/runtime/dist/register.js", import.meta.url).href;
const program = fileURLToPath(new URL("transpiled.ts", import.meta.url));
const home = process.env.PROGRAMS_DIR ?? path.join(tmpdir(), "pprof-programs");

let folder: string | undefined;
let child: ChildProcess | undefined;

afterEach(async () => {
  if (child !== undefined) {
    const ended = new Promise((resolve) => child!.once("close", resolve));
    // With those that it has started.
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid!, "SIGKILL");
    await ended;
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  [child, folder] = [undefined, undefined];
});

/** Why the loader cannot be tried here; "": it can. */
function lacking({ needs, flag }: Loader): string {
  if (flag !== undefined && !process.allowedNodeEnvironmentFlags.has(flag)) return `this Node has no ${flag}`;
  const absent = needs.filter((name) => !existsSync(path.join(home, "node_modules", name)));
  return absent.length === 0 ? "" : `${absent.join(", ")} not installed: node scripts/programs.mjs`;
}

/** What the processes say; each that has the profiler names its address. */
function start({ args, files = {}, needs, handedDown = false }: Loader): () => string[] {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "pprof-loader-")));
  copyFileSync(program, path.join(folder, "transpiled.ts"));
  writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "commonjs" }');
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  symlinkSync(path.join(needs.length > 0 ? home : root, "node_modules"), path.join(folder, "node_modules"), "dir");
  const preload = ["--import", register];
  child = spawn(process.execPath, [...(handedDown ? [] : preload), ...args], {
    cwd: folder,
    detached: true,
    env: {
      ...process.env,
      PPROF_ADDR: "127.0.0.1:0",
      PPROF_BLOCK_RATE: "1",
      // What a busy machine takes long for is not refused.
      PPROF_STALL_BUDGET: "10s",
      NODE_OPTIONS: handedDown ? preload.join(" ") : "",
      VITEST: "",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  return () => {
    if (child!.exitCode !== null) throw new Error(`the program has ended: ${said}`);
    return Array.from(said.matchAll(/pprof: serving profiles at (\S+)/g), ([, url]) => url!);
  };
}

/** The places on top of the stacks in the files whose name has this text, the hottest first. */
function hottest(profile: Profile, text: string): string[] {
  const { samples } = profile;
  const nanos = toNumbers(samples.values[1]!);
  const found = new Map<string, number>();
  for (const [row, value] of nanos.entries()) {
    const place = placeAt(profile, samples.locations[samples.locationStart[row]!]!);
    if (place.includes(text)) found.set(place, (found.get(place) ?? 0) + value);
  }
  return [...found].sort(([, a], [, b]) => b - a).map(([place]) => place);
}

function placeAt({ locations, functions, strings }: Profile, location: number): string {
  const line = locations.lineStart[location]!;
  const fn = locations.lines.function[line]!;
  return `${strings.get(functions.name[fn]!)} ${strings.get(functions.filename[fn]!)}:${locations.lines.line[line]}`;
}

async function profileOf(url: string): Promise<Profile> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${await response.text()}`);
  return readProfile(new Uint8Array(await response.arrayBuffer()));
}

/** The places of a function in the stacks of a profile that call sites make, which has it soon. */
async function placesOf(url: string, name: string): Promise<Set<string>> {
  for (;;) {
    const profile = await profileOf(url);
    const places = Array.from(profile.samples.locations, (location) => placeAt(profile, location));
    const found = places.filter((place) => place.startsWith(`${name} `));
    if (found.length > 0) return new Set(found);
    await sleep(100);
  }
}

test("the lines of the table are those of the program", () => {
  const lines = readFileSync(program, "utf8").split("\n");
  expect([FUNCTION, LOOP, AWAIT].map((line) => lines[line - 1])).toEqual([
    expect.stringMatching(/^function burn/),
    expect.stringContaining("sum += Math.sqrt(i)"),
    expect.stringContaining("await new Promise"),
  ]);
});

for (const loader of loaders) {
  const reason = lacking(loader);
  test.skipIf(reason !== "")(
    `${loader.name}: burn is at line ${loader.line}, waits at ${AWAIT} ${reason && `(${reason})`}`,
    async () => {
      const addresses = start(loader);
      const asked = new Set<string>();
      for (;;) {
        await sleep(100);
        for (const address of addresses()) {
          // A process of the loader's own may have ended since.
          const response = await fetch(`${address}profile?seconds=2`).catch(() => undefined);
          if (response === undefined) continue;
          asked.add(address);
          const profile = await readProfile(new Uint8Array(await response.arrayBuffer()));
          const places = hottest(profile, "transpiled.ts");
          // The samples of a moment in which it was compiled may have all of it elsewhere.
          if (places.length === 0 || !places[0]!.startsWith("burn ")) continue;
          const file = `${folder}/transpiled.ts`;
          expect(places[0]).toBe(`burn ${file}:${loader.line}`);
          if (loader.apart === true) return;
          if (TELLS_AWAITS)
            expect(await placesOf(`${address}goroutine`, "waits")).toEqual(new Set([`waits ${file}:${AWAIT}`]));
          const lines = Array.from({ length: LOOP - FUNCTION + 1 }, (_, i) => `burn ${file}:${FUNCTION + i}`);
          for (const place of await placesOf(`${address}block`, "burn")) expect(lines).toContain(place);
          return;
        }
      }
    },
    60_000,
  );
}
