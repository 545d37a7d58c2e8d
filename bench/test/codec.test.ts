import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../dist/codec.js", import.meta.url));

test("the codec bench measures every case that needs only npm", () => {
  const args = [script, "--input", "^0.4 MB", "--case", "^(?!process)", "--runs", "1"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toBe("");
  const cases = ["gunzip", "decode", "pprof-format decode", "speedscope decode", "encode", "pprof-format encode"];
  for (const name of cases) expect(stdout).toMatch(new RegExp(`^\\| ${name} \\| [\\d.]+ \\|.* \\| \\d+ \\|$`, "m"));
});
