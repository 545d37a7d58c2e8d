import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../dist/soak.js", import.meta.url));

test("captures of every kind, half of them aborted, lose no request and leave nothing behind", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, "--captures", "40"], { encoding: "utf8" });
  expect([status, stderr], stdout).toEqual([0, ""]);
  expect(stdout).toContain("40 captures");
  expect(stdout).toContain(" 0 lost");
}, 180_000);
