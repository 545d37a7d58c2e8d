import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { defaultOptions } from "@pprof-ts/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../runtime/test/free-port.ts";
import { type PageServer, serve } from "../src/pages/server.ts";
import { BAD_QUERIES } from "./bad-queries.ts";

const hasGo = spawnSync("go", ["tool", "pprof", "-h"]).error === undefined;

describe.skipIf(!hasGo)("addresses, beside go tool pprof -http (skipped without go)", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-parity-"));
  let server: PageServer;
  let reference: { readonly url: string; readonly process: ChildProcess };
  beforeAll(async () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
    builder.sample([builder.location({ lines: [{ function: builder.function({ name: "main" }), line: 3 }] })], [7]);
    const profile = builder.build();
    const file = path.join(directory, "cpu.pb");
    writeFileSync(file, encode(profile));
    const settings = path.join(directory, "settings.json");
    server = await serve("localhost:", {
      profile,
      options: defaultOptions,
      readSource: () => undefined,
      disassemble: async () => [],
      settings,
    });
    reference = await serveByGo(file, directory);
  }, 120_000);
  afterAll(async () => {
    if (reference !== undefined) process.kill(-reference.process.pid!);
    await server?.close();
    rmSync(directory, { recursive: true });
  });

  const PLACES = ["/", "/?f=a%7Cb", "/top", "/ui", "/ui/", "/ui/?si=cpu", "/ui/flamegraph2?f=x", "/ui/flamegraphold"];
  const PAGES = [
    "flamegraph",
    "top",
    "graph",
    "peek",
    "peek?f=main",
    "download",
    "nothing",
    "top?si=",
    "top?unit=x",
    "top?f=a&f=(",
    "top?f=(&f=a",
  ];
  test.each([...PLACES, ...[...PAGES, ...BAD_QUERIES.map(([target]) => target)].map((target) => `/ui/${target}`)])(
    "%s",
    async (target) => {
      const [ours, theirs] = await Promise.all([server.url, reference.url].map((url) => ask(new URL(target, url))));
      // The call graph of the reference tool needs Graphviz, which may be missing; ours brings it.
      if (theirs!.status !== 501) expect(ours).toEqual(theirs);
    },
  );
});

/** What matters of an answer: where it leads, or what is wrong. */
async function ask(url: URL): Promise<{ status: number; location: string | null; problem: string }> {
  const answer = await fetch(url, { redirect: "manual" });
  const text = await answer.text();
  const problem = answer.status >= 400 && answer.status !== 501 ? text : "";
  return { status: answer.status, location: answer.headers.get("location"), problem };
}

async function serveByGo(file: string, home: string): Promise<{ url: string; process: ChildProcess }> {
  const port = await freePort("localhost");
  const child = spawn("go", ["tool", "pprof", `-http=localhost:${port}`, "-no_browser", file], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, XDG_CONFIG_HOME: home },
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    let text = "";
    child.stderr!.setEncoding("utf8").on("data", (part) => {
      text += part;
      if (text.includes("Serving web UI")) resolve();
    });
    child.on("exit", () => reject(new Error(`go tool pprof: ${text}`)));
  });
  const url = `http://localhost:${port}/`;
  for (let left = 100; left > 0; left--) {
    if (
      await fetch(url, { redirect: "manual" }).then(
        () => true,
        () => false,
      )
    )
      break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, process: child };
}
