import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { decode, encode, ProfileBuilder } from "@pprof-ts/profile";
import { expect } from "vitest";
import { servePages } from "../tool.ts";
import { itWith, run, scratch } from "./machine.ts";

const directory = scratch();
const tiny = directory.write("tiny64", gunzipSync(readFileSync(new URL("testdata/tiny64.gz", import.meta.url))));

/** A tool in a directory of its own that answers when there is a file of this name. */
function slow(tool: string, answers: string): string {
  const real = run("sh", ["-c", `command -v ${tool}`]).trim();
  const script = `#!/bin/sh\nwhile [ ! -e "${answers}" ]; do sleep 0.05; done\nexec ${real} "$@"\n`;
  const own = path.join(directory.path, `slow-${tool}`);
  mkdirSync(own);
  writeFileSync(path.join(own, tool), script, { mode: 0o755 });
  return own;
}

for (const [tool, other] of [
  ["addr2line", "llvm-symbolizer"],
  ["llvm-symbolizer", "addr2line"],
] as const) {
  itWith([tool], `pages are there while ${tool} still looks for names`, async () => {
    const answers = path.join(directory.path, `${tool}-answers`);
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
    const mapping = builder.mapping({ filename: tiny, start: 0x400000n, limit: 0x401000n });
    builder.sample([builder.location({ mapping, address: 0x400110n })], [1]);
    writeFileSync(path.join(directory.path, "prof"), encode(builder.build()));
    using served = await servePages(
      [`-tools=${other}:/nowhere,${tool}:${slow(tool, answers)}`, "prof"],
      directory.path,
    );
    const page = await fetch(`${served.url}/ui/top?f=square`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect((await fetch(`${served.url}/ui/settings`)).status).toBe(200);
    const asked = fetch(`${served.url}/ui/profile`);
    const first = await Promise.race([asked, fetch(`${served.url}/ui/favicon.ico`).then(() => "still looking")]);
    expect(first).toBe("still looking");
    writeFileSync(answers, "");
    const { functions, strings } = decode(new Uint8Array(await (await asked).arrayBuffer()));
    expect(Array.from(functions.name, (row) => strings.get(row))).toContain("square");
  });
}
