import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { PLAIN_CLIENT } from "../src/config/client-config.ts";
import type { TargetGroup } from "../src/config/group-config.ts";
import { programName } from "../src/discover/command-source.ts";
import { Discovery, type GroupSource } from "../src/discover/discovery.ts";
import { fileSource } from "../src/discover/file-source.ts";
import { httpSource } from "../src/discover/http-source.ts";
import { targetsOf } from "../src/discover/targets.ts";
import { ByteBudget } from "../src/fetch/byte-budget.ts";
import type { Get } from "../src/fetch/http-get.ts";
import { parseFleetConfig } from "../src/index.ts";
import { serve } from "./servers.ts";

const nobody: Get = () => Promise.reject(new Error("nobody is asked"));

/** The targets of a job, without those of profiles that are not looked at here. */
function targets(yaml: string) {
  const job = parseFleetConfig(`scrape_configs:\n${yaml}`, "fleet.yml").jobs[0]!;
  const found = targetsOf(job, job.groups, nobody, 1000);
  const of = (name: string) => found.targets.filter((target) => target.name === name);
  return { cpu: of("process_cpu"), memory: of("memory"), ...found };
}

/** Watches what is found, and what is told. */
function watch(sources: readonly GroupSource[]) {
  const seen = { groups: [] as readonly TargetGroup[], told: [] as string[] };
  const discovery = new Discovery([], sources, {
    onGroups: (groups) => {
      seen.groups = groups;
    },
    tell: (sentence) => seen.told.push(sentence),
  });
  return { seen, discovery, addresses: () => seen.groups.flatMap(({ addresses }) => addresses) };
}

test("a target's address is made of its labels, and what is left of them is kept", () => {
  const { cpu, memory } = targets(`
  - job_name: shop
    params: { gc: ["1"] }
    profiling_config: { path_prefix: /internal }
    relabel_configs:
      - { source_labels: [__address__], regex: '([^:]+):.*', target_label: host }
    static_configs:
      - targets: [a:6060]
        labels: { __meta_docker_container_name: /shop, zone: eu, __profile_path_prefix__: /own }
      - targets: [b]
        labels: { service_name: other, instance: b-1, __scheme__: https }`);
  expect(cpu.map(({ shown }) => shown)).toEqual([
    "http://a:6060/own/debug/pprof/profile",
    "https://b/internal/debug/pprof/profile",
  ]);
  expect(Object.fromEntries(cpu[0]!.labels)).toEqual({
    job: "shop",
    zone: "eu",
    host: "a",
    service_name: "/shop",
    instance: "a:6060",
  });
  expect(Object.fromEntries(cpu[1]!.labels)).toMatchObject({ service_name: "other", instance: "b-1" });
  expect(cpu[0]).toMatchObject({ intervalMillis: 10_000, isDelta: true });
  expect(memory[0]).toMatchObject({ intervalMillis: 60_000, isDelta: false });
  expect(new Set([...cpu, ...memory].map(({ key }) => key)).size).toBe(4);
});

test("what is asked for is in the address, and relabelling may change it", async () => {
  const asked: string[] = [];
  const job = parseFleetConfig(
    `
scrape_configs:
  - job_name: a
    params: { rate: ["1000", "x"] }
    static_configs: [{ targets: ["a:1"], labels: { __param_lines: "1" } }]
    relabel_configs:
      - { target_label: __param_rate, replacement: "250" }
      - { source_labels: [__name__], regex: process_cpu, action: keep }
`,
    "fleet.yml",
  ).jobs[0]!;
  const get: Get = async (url) => {
    asked.push(url.href);
    return { body: Buffer.from("x"), contentType: "" };
  };
  const { targets } = targetsOf(job, job.groups, get, 1000);
  expect(targets).toHaveLength(1);
  await targets[0]!.take(new AbortController().signal);
  expect(asked).toEqual(["http://a:1/debug/pprof/profile?seconds=9&rate=250&rate=x&lines=1"]);
});

test("a page is no profile", async () => {
  const job = parseFleetConfig("scrape_configs: [{job_name: a, static_configs: [{targets: ['a:1']}]}]", "f").jobs[0]!;
  const get: Get = async () => ({ body: Buffer.from("\n<!DOCTYPE html><p>"), contentType: "text/html" });
  const [target] = targetsOf(job, job.groups, get, 1000).targets;
  await expect(target!.take(new AbortController().signal)).rejects.toThrow("the answer is a page and no profile");
});

test("a service's name is what its cluster says, or its job", () => {
  const name = (labels: string): string =>
    targets(`
  - job_name: j
    static_configs: [{ targets: [a:1], labels: ${labels} }]`).cpu[0]!.labels.get("service_name")!;
  expect(name("{}")).toBe("j");
  expect(name("{ __meta_kubernetes_namespace: n, __meta_kubernetes_pod_container_name: c }")).toBe("n/c");
  expect(name("{ __meta_kubernetes_namespace: n }")).toBe("j");
  expect(
    name("{ __meta_kubernetes_pod_annotation_pyroscope_io_service_name: p, __meta_docker_container_name: d }"),
  ).toBe("p");
  expect(name("{ service_name: s, __meta_docker_container_name: d }")).toBe("s");
});

test("a target that cannot be scraped is said, and the others are scraped", () => {
  const { cpu, problems } = targets(`
  - job_name: j
    relabel_configs: [{ source_labels: [to], regex: (.+), target_label: __address__ }]
    static_configs: [{ targets: [a:1] }, { targets: [b:1], labels: { to: "http://c/" } }]`);
  expect(cpu.map(({ shown }) => shown)).toEqual(["http://a:1/debug/pprof/profile"]);
  expect(problems).toEqual(['job j: invalid __address__ "http://c/:80": must be host:port']);
});

test("files of targets are read again as they change, and what is broken changes nothing", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "fleet-files-"));
  const write = (name: string, text: string): void => writeFileSync(path.join(directory, name), text);
  write("a.json", '[{"targets": ["a:1"], "labels": {"zone": "eu"}}]');
  write("b.json", "[]");
  write("c.txt", "no list");
  const source = fileSource({ files: [path.join(directory, "*.json")], refreshMillis: 20 });
  const { seen, discovery, addresses } = watch([source]);
  await discovery.start();
  expect(addresses()).toEqual(["a:1"]);
  expect(seen.groups[0]!.labels.get("__meta_filepath")).toBe(path.join(directory, "a.json"));
  write("b.json", "- targets: [b:1]");
  await expect.poll(addresses).toEqual(["a:1", "b:1"]);
  write("a.json", '[{"targets": ["a:1"');
  await expect.poll(() => seen.told).toHaveLength(1);
  expect(seen.told[0]).toMatch(/a\.json:1: no YAML/);
  write("a.json", '[{"targets": ["a:2"]}]');
  await expect.poll(addresses).toEqual(["a:2", "b:1"]);
  expect(addresses()).toEqual(["a:2", "b:1"]);
  expect(seen.told).toHaveLength(1);
  discovery.end();
  rmSync(directory, { recursive: true });
});

test("a server of targets is asked again, and what it says wrong changes nothing", async () => {
  let answer = { type: "application/json", text: '[{"targets": ["a:1"]}]' };
  const asked: (string | undefined)[] = [];
  await using server = await serve((request, response) => {
    asked.push(String(request.headers["x-prometheus-refresh-interval-seconds"]));
    if (answer.text === "") response.writeHead(302, { location: "http://169.254.169.254/" }).end();
    else response.writeHead(200, { "content-type": answer.type }).end(answer.text);
  });
  const source = httpSource(
    { url: `${server.origin}/t?token=secret`, refreshMillis: 20, client: PLAIN_CLIENT },
    new ByteBudget(1e6),
  );
  const { seen, discovery, addresses } = watch([source]);
  await discovery.start();
  expect(addresses()).toEqual(["a:1"]);
  expect(asked[0]).toBe("0.02");
  const wrong = [
    [{ type: "text/html", text: "[]" }, "text/html, and not application/json"],
    [{ type: "application/json", text: "- targets: [b:1]" }, "no JSON"],
    [{ type: "application/json", text: '[{"targets": [7, "a b"]}]' }, 'invalid target "a b"'],
    [{ type: "application/json", text: '[{"target": ["b:1"]}]' }, 'unknown key "target"'],
    [{ type: "", text: "" }, "it leads to another server"],
  ] as const;
  for (const [given, why] of wrong) {
    answer = given;
    await expect.poll(() => seen.told.at(-1)).toContain(why);
  }
  // What an address asks with may be a secret.
  expect(seen.told.join()).not.toContain("secret");
  expect(addresses()).toEqual(["a:1"]);
  answer = { type: "application/json; charset=utf-8", text: "[]" };
  await expect.poll(addresses).toEqual([]);
  discovery.end();
});

test.each([
  ["/usr/bin/node\0/srv/shop/dist/main.js\0--port=1", "shop"],
  ["node\0--import\0x/register.js\0--no-warnings\0-r\0y\0/srv/cart/server.js", "cart"],
  ["/usr/bin/node\0--inspect\0/srv/cart.mjs", "cart"],
  ["/tmp/go-build1/exe/checkout\0-v", "checkout"],
  ["./main", "main"],
  ["C:\\app\\shop.exe", "shop"],
  ["", ""],
])("the program of %j is %s", (commandLine, name) => {
  expect(programName(commandLine)).toBe(name);
});
