import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ProfileBuilder } from "@pprof-ts/profile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StallWriter } from "../src/agent/cpu/stall-writer.ts";
import { removeFolder, scratchFolder } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

const profile = async () => new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] }).build();

test("makes the directory, and those that it is in", async () => {
  const directory = path.join(folder, "a", "b");
  const [first, second] = [new StallWriter(directory, profile), new StallWriter(directory, profile)];
  await Promise.all([first.write(1e9), second.write(2e9)]);
  expect(readdirSync(directory)).toHaveLength(2);
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
