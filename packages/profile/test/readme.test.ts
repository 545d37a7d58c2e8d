import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { decode, encode } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { show, stacks } from "./stacks.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const index = fileURLToPath(new URL("../dist/index.js", import.meta.url));

test("the README's example runs", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pprof-readme-"));
  try {
    const types = [{ type: "cpu", unit: "milliseconds" }];
    const files = ["main;pay 1500 endpoint=/checkout\nmain;list 9 endpoint=/", "main;pay 500 endpoint=/checkout"];
    files.forEach((text, i) => {
      writeFileSync(path.join(folder, `${i}.pb`), encode(stacks(text, { sampleTypes: types })));
    });
    const nanoseconds = stacks("main;ship 3000000000 endpoint=/checkout", {
      sampleTypes: [{ type: "cpu", unit: "nanoseconds" }],
    });
    writeFileSync(path.join(folder, "2.pb"), encode(nanoseconds));
    // Types stripped by hand: Node 20 does not do it.
    const [, example] = /```ts\n([\s\S]*?)```/.exec(readme)!;
    const script = example!.replace('"@pprof-ts/profile"', JSON.stringify(index)).replace("]!)", "])");
    writeFileSync(path.join(folder, "example.mjs"), script);
    const { stdout, stderr } = spawnSync(process.execPath, ["example.mjs", "0.pb", "1.pb", "2.pb"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toBe("2 of 3 samples, 5 s of CPU\n");
    expect(show(decode(gunzipSync(readFileSync(path.join(folder, "checkout.pb.gz")))))).toEqual([
      "main;pay 2000000000 endpoint=/checkout",
      "main;ship 3000000000 endpoint=/checkout",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
