import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Scripts } from "../src/agent/code/scripts.ts";
import { removeFolder, scratchFolder } from "./program.ts";

const map = JSON.stringify({ version: 3, sources: ["src/one.ts"], names: [], mappings: "AAAA;AACA" });
let folder: string;
let server: Server;
let origin: string;
let asked: string[];

beforeAll(async () => {
  folder = scratchFolder();
  server = createServer((request, response) => {
    asked.push(request.url!);
    if (request.url === "/moved.map") response.writeHead(302, { location: "/good.map" }).end();
    else if (request.url === "/endless.map") {
      const part = Buffer.alloc(1 << 20, 32);
      const more = (error?: Error | null): void => void (error || response.write(part, more));
      more();
    } else if (request.url === "/silent.map") response.writeHead(200).flushHeaders();
    else response.end(map);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  removeFolder(folder);
});

/** Where the first line of a script comes from whose map is at this URL. */
async function originalOf(name: string, mapUrl: string, hosts: readonly string[] = ["127.0.0.1"]): Promise<string> {
  asked = [];
  const script = path.join(folder, name);
  writeFileSync(script, `one();\n//# sourceMappingURL=${mapUrl}\n`);
  const scripts = new Scripts();
  scripts.remote.hosts = hosts;
  await scripts.load([script]);
  return scripts.original(script, 1).file;
}

test("a map of a host that is named is got, once", async () => {
  expect(await originalOf("good.js", `${origin}/good.map`)).toBe(`${origin}/src/one.ts`);
  expect(asked).toEqual(["/good.map"]);
});

test("a host that is not named is not asked, nor is any by default", async () => {
  expect(new Scripts().remote.hosts).toEqual([]);
  expect(await originalOf("none.js", `${origin}/good.map`, [])).toBe(path.join(folder, "none.js"));
  expect(await originalOf("other.js", `${origin}/good.map`, ["maps.example.com"])).toBe(path.join(folder, "other.js"));
  expect(await originalOf("far.js", "http://169.254.169.254/latest/meta-data")).toBe(path.join(folder, "far.js"));
  expect(asked).toEqual([]);
  const { host } = new URL(origin);
  expect(await originalOf("port.js", `${origin}/good.map`, ["127.0.0.1:1"])).toBe(path.join(folder, "port.js"));
  expect(await originalOf("named.js", `${origin}/good.map`, [host])).toBe(`${origin}/src/one.ts`);
});

test("what is said of a map that is left out names no password, and each reason once", async () => {
  const scripts = new Scripts();
  const files = ["one", "two"].map((name) => path.join(folder, `${name}-secret.js`));
  for (const file of files) writeFileSync(file, `//# sourceMappingURL=http://me:pass@127.0.0.1:1/a.map?key=pass\n`);
  const unnamed = await scripts.load(files);
  expect([...unnamed]).toEqual([["its host is not among sourceMapHosts (PPROF_SOURCE_MAP_HOSTS)", files[1]]]);
  const named = new Scripts();
  named.remote.hosts = ["127.0.0.1"];
  expect([...(await named.load(files))].join()).not.toMatch(/me:|pass@|key/);
  const inline = Buffer.from(JSON.stringify({ sources: ["https://me:pass@example.com/a.ts"], mappings: "AAAA" }));
  writeFileSync(files[0]!, `one();\n//# sourceMappingURL=data:;base64,${inline.toString("base64")}\n`);
  const fresh = new Scripts();
  await fresh.load(files);
  expect(fresh.original(files[0]!, 1).file).toBe("https://example.com/a.ts");
});

test.for(["moved", "endless", "silent"])("a map that is %s is left", async (name) => {
  const begun = performance.now();
  expect(await originalOf(`${name}.js`, `${origin}/${name}.map`)).toBe(path.join(folder, `${name}.js`));
  expect(asked).toEqual([`/${name}.map`]);
  expect(performance.now() - begun).toBeLessThan(8_000);
});
