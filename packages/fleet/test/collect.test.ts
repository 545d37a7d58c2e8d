import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../../runtime/test/free-port.ts";
import { Program, removeFolder, scratchFolder } from "../../runtime/test/program.ts";
import { MemoryStore, parseFleetConfig, parseMatchers, startCollector } from "../src/index.ts";
import { serve } from "./servers.ts";

const hasGo = spawnSync("go", ["version"]).status === 0;

const SERVER = `package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
)

func burn() int {
	sum := 0
	for i := 0; i < 1<<20; i++ {
		sum += i * i
	}
	return sum
}

func main() {
	go func() {
		for {
			burn()
		}
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	http.Serve(listener, nil)
}
`;

/** A server of Go's, until it is disposed of. */
async function goServer(folder: string): Promise<{ readonly host: string } & AsyncDisposable> {
  writeFileSync(path.join(folder, "go.mod"), "module burner\n\ngo 1.21\n");
  writeFileSync(path.join(folder, "main.go"), SERVER);
  const built = spawnSync("go", ["build", "-o", "burner", "."], { cwd: folder, encoding: "utf8" });
  expect(built.stderr).toBe("");
  const child = spawn(path.join(folder, "burner"), { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  return {
    host: String(line).trim(),
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "close");
    },
  };
}

const BUSY = `
function burn() { let sum = 0; for (let i = 0; i < 2e7; i++) sum += i * i; return sum; }
setInterval(burn, 20);
`;

const SHORT = `
    scrape_interval: 2s
    scrape_timeout: 4s
    profiling_config:
      pprof_config: { memory: { interval: 1s }, goroutine: { interval: 1s }, block: { interval: 1s }, mutex: { interval: 1s } }`;

test.skipIf(!hasGo)(
  `collects programs of Go and of Node, and says what does not answer${hasGo ? "" : " (skipped: Go is not installed)"}`,
  async () => {
    const folder = scratchFolder();
    const node = Program.registered(BUSY, { cwd: folder });
    const store = new MemoryStore();
    try {
      const nodeUrl = new URL(await node.url());
      await using go = await goServer(folder);
      await using hanging = await serve(() => {});
      const dead = `127.0.0.1:${await freePort()}`;
      const config = parseFleetConfig(
        `
scrape_configs:
  - job_name: all
    static_configs:
      - { targets: ["${go.host}"], labels: { service_name: go } }
      - { targets: ["${nodeUrl.host}"], labels: { service_name: node } }
      - { targets: ["${dead}"], labels: { service_name: dead } }
      - { targets: ["${hanging.host}"], labels: { service_name: hanging } }${SHORT}
`,
        "fleet.yml",
      );
      const tell = (sentence: string): void => expect.unreachable(sentence);
      const listen = { host: "127.0.0.1", port: 0, forbids: () => undefined, tell };
      const collector = await startCollector({ config, store, ...listen });
      const range = () => ({ fromMillis: 0, toMillis: Date.now() + 1 });
      const all = { tenant: "default", matchers: [] };
      const counts = async (): Promise<Record<string, number>> => {
        const targets = await store.targets(all, range());
        return Object.fromEntries(
          targets.map(({ labels, name, profiles, lastFailure }) => [
            `${labels.get("service_name")} ${name}`,
            lastFailure === undefined ? profiles : -1,
          ]),
        );
      };
      for (const service of ["go", "node"]) {
        for (const name of ["process_cpu", "memory", "goroutine", "block", "mutex"]) {
          await expect
            .poll(async () => (await counts())[`${service} ${name}`], {
              message: `${service} ${name}`,
              timeout: 30_000,
            })
            .toBeGreaterThanOrEqual(1);
        }
      }
      await expect.poll(async () => (await counts())["hanging memory"], { timeout: 30_000 }).toBe(-1);
      const functionsOf = async (service: string): Promise<readonly string[]> => {
        const selector = { tenant: "default", matchers: parseMatchers(`service_name="${service}"`) };
        const asked = {
          selector,
          name: "process_cpu",
          range: range(),
          sampleType: "cpu",
          sort: "cum",
          limit: 20,
        } as const;
        return (await store.top(asked)).rows.map((row) => row.function);
      };
      // Of a busy machine some seconds may have no sample.
      await expect.poll(() => functionsOf("go"), { timeout: 30_000 }).toContain("main.burn");
      await expect.poll(() => functionsOf("node"), { timeout: 30_000 }).toContain("burn");
      await collector.close();
      const targets = await store.targets(all, range());
      const failures = new Map(
        targets.map(({ labels, name, lastFailure }) => [`${labels.get("service_name")} ${name}`, lastFailure]),
      );
      expect(failures.get("dead process_cpu")).toMatchObject({ status: 0, reason: "connection refused" });
      expect(failures.get("hanging memory")).toMatchObject({ status: 0, reason: "no answer within 4s" });
      for (const { skewMillis, profiles } of targets) {
        // One machine has one clock.
        if (profiles > 0) expect(Math.abs(skewMillis!)).toBeLessThan(60_000);
      }
    } finally {
      node.child.kill();
      await node.ended;
      removeFolder(folder);
    }
  },
  120_000,
);

test("addresses need no configuration: programs are called by their command line", async () => {
  const folder = scratchFolder();
  writeFileSync(path.join(folder, "cart.mjs"), BUSY);
  const node = new Program(["--import", "@pprof-ts/runtime/register", "cart.mjs"], { cwd: folder });
  const store = new MemoryStore();
  try {
    const url = await node.url();
    await using plain = await serve((_, response) => response.writeHead(404).end());
    const collector = await startCollector({
      config: { jobs: [], tenants: [] },
      addresses: [url, plain.host],
      store,
      host: "127.0.0.1",
      port: 0,
      forbids: () => undefined,
      tell: (sentence) => expect.unreachable(sentence),
    });
    expect(collector.targets()).toHaveLength(10);
    expect(new Set(collector.targets().map(({ labels }) => labels.get("service_name")))).toEqual(
      new Set(["cart", plain.host]),
    );
    expect([...collector.targets()[0]!.labels.keys()].sort()).toEqual(["instance", "service_name"]);
    expect(collector.targets()[0]!.shown).toBe(`${new URL(url).origin}/debug/pprof/profile`);
    await collector.close();
  } finally {
    node.child.kill();
    await node.ended;
    removeFolder(folder);
  }
});

test.each([
  ["ftp://a:1", "invalid target"],
  ["http://", "invalid target"],
  ["http://me:secret@a:1", "the target at a:1 has a password"],
])("%s is no address to scrape", async (address, why) => {
  const started = startCollector({
    config: { jobs: [], tenants: [] },
    addresses: [address],
    store: new MemoryStore(),
    host: "127.0.0.1",
    port: 0,
    forbids: () => undefined,
    tell: () => {},
  });
  await expect(started).rejects.toThrow(why);
  await expect(started).rejects.toThrow(/^(?!.*secret)/);
});
