import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StallWriter } from "../src/agent/cpu/stall-writer.ts";
import { removeFolder, scratchFolder } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

const modeOf = (file: string): number => statSync(file).mode & 0o777;

const profile = { name: "stall", extension: "pb.gz", bytesOf: async (): Promise<Uint8Array> => new Uint8Array() };

test("makes the directory, and those that it is in, and the files, for their owner alone", async () => {
  const directory = path.join(folder, "a", "b");
  const [first, second] = [new StallWriter(directory, profile), new StallWriter(directory, profile)];
  await Promise.all([first.write(1e9), second.write(2e9)]);
  const files = readdirSync(directory);
  expect(files).toHaveLength(2);
  if (process.platform === "win32") return;
  for (const made of [directory, path.dirname(directory)]) expect(modeOf(made)).toBe(0o700);
  for (const file of files) expect(modeOf(path.join(directory, file))).toBe(0o600);
});

const proc = existsSync("/proc/self") ? "" : ": there is no /proc here";

test.skipIf(proc !== "")(`a directory that cannot be made is said${proc}`, async () => {
  await expect(new StallWriter("/proc/nope/deeper", profile).write(1e9)).rejects.toThrow("ENOENT");
});

test("a file in the directory's place is said", async () => {
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  await expect(new StallWriter(file, profile).write(1e9)).rejects.toThrow("EEXIST");
  await expect(new StallWriter(path.join(file, "below"), profile).write(1e9)).rejects.toThrow(/ENOTDIR|EEXIST/);
});
