import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { hotBytes, pprof } from "./tool.ts";

/** Node 22 and later keep compiled code by themselves, in files of their own. */
const isOurs = !("enableCompileCache" in createRequire(import.meta.url)("node:module"));
const posix = process.platform !== "win32";

const folder = mkdtempSync(path.join(tmpdir(), "pprof-cache-"));
afterAll(() => rmSync(folder, { recursive: true }));

function caches(): { readonly home: string; readonly directory: string } {
  const home = mkdtempSync(path.join(folder, "home-"));
  return { home, directory: path.join(home, "pprof-ts") };
}

/** All files below a directory. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

describe.runIf(posix)("compiled code", () => {
  const file = path.join(folder, "hot.pb.gz");
  writeFileSync(file, hotBytes);
  const top = async (home: string): Promise<string> => {
    const { status, stdout, stderr } = await pprof(["-top", file], { env: { XDG_CACHE_HOME: home } });
    expect([status, stderr]).toEqual([0, ""]);
    return stdout;
  };

  test("is kept where the user alone may write, and used again", async () => {
    const { home, directory } = caches();
    const first = await top(home);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const kept = filesIn(directory);
    expect(kept.length).toBeGreaterThan(0);
    const before = kept.map((file) => statSync(file).mtimeMs);
    expect(await top(home)).toBe(first);
    expect(kept.map((file) => statSync(file).mtimeMs)).toEqual(before);
  });

  test.each([
    [
      "a directory that others may write to",
      (directory: string) => {
        mkdirSync(directory);
        chmodSync(directory, 0o777);
      },
    ],
    [
      "a link to one",
      (directory: string) => {
        mkdirSync(`${directory}-elsewhere`);
        symlinkSync(`${directory}-elsewhere`, directory);
      },
    ],
    ["a file in its place", (directory: string) => writeFileSync(directory, "")],
  ])("is not kept in %s", async (_, make) => {
    const { home, directory } = caches();
    make(directory);
    expect(await top(home)).toMatch(/^Type: cpu/m);
    expect(filesIn(home)).toEqual(statSync(directory).isFile() ? [directory] : []);
  });

  test.runIf(isOurs)("that is broken, or that others may have written, is not run", async () => {
    const { home, directory } = caches();
    const first = await top(home);
    const [kept] = filesIn(directory);
    const whole = readFileSync(kept!);
    const spoils: ((bytes: Buffer) => Buffer)[] = [
      ...[0.001, 0.1, 0.5, 0.9].map((part) => (bytes: Buffer): Buffer => {
        bytes[Math.floor(part * bytes.length)]! ^= 0x55;
        return bytes;
      }),
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      () => Buffer.alloc(0),
    ];
    for (const spoil of spoils) {
      writeFileSync(kept!, spoil(Buffer.from(whole)));
      expect(await top(home)).toBe(first);
      expect(readFileSync(kept!).length).toBeGreaterThan(whole.length / 2);
    }
    chmodSync(kept!, 0o666);
    const before = statSync(kept!).ino;
    expect(await top(home)).toBe(first);
    expect(statSync(kept!).ino).not.toBe(before);
  });

  test("is not kept where Node's own variable says so", async () => {
    const { home } = caches();
    const env = { XDG_CACHE_HOME: home, NODE_DISABLE_COMPILE_CACHE: "1" };
    expect((await pprof(["-top", file], { env })).stdout).toBe(await top(caches().home));
    expect(filesIn(home)).toEqual([]);
  });
});
