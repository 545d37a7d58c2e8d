import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseFleetConfig, readFleetConfig } from "../src/index.ts";

const parse = (yaml: string) => parseFleetConfig(yaml, "/etc/fleet.yml");

const WHOLE = `
tenants:
  - { name: shop, token_file: shop.token }
scrape_configs:
  - job_name: shop
    tenant: shop
    params: { gc: ["1"] }
    scrape_interval: 15s
    scrape_timeout: 20s
    scheme: https
    normalized_addresses: true
    authorization: { type: Token, credentials_file: token }
    tls_config: { ca_file: ca.pem, server_name: shop, insecure_skip_verify: false, min_version: TLS13 }
    relabel_configs:
      - source_labels: [__address__]
        target_label: host
    profiling_config:
      path_prefix: /internal
      pprof_config:
        process_cpu: { seconds: 10 }
        memory: { path: /debug/pprof/allocs, interval: 30s, keep_sample_type: [{ type: inuse_space, unit: bytes }] }
        goroutine: { enabled: false }
        block: { delta: true }
        fgprof: { path: /debug/fgprof, delta: true }
    static_configs:
      - targets: [a:6060, "[::1]:6060"]
        labels: { version: 1.10, canary: true }
    file_sd_configs:
      - files: [targets/*.json]
        refresh_interval: 1m
    http_sd_configs:
      - url: http://localhost:8080/targets
        basic_auth: { username: me, password: secret }
`;

describe("a configuration", () => {
  test("in Parca's words is read whole", () => {
    const { jobs, tenants } = parse(WHOLE);
    expect(tenants).toEqual([{ name: "shop", token: { file: "/etc/shop.token" } }]);
    const [job] = jobs;
    expect(job).toMatchObject({
      name: "shop",
      tenant: "shop",
      timeoutMillis: 20_000,
      scheme: "https",
      pathPrefix: "/internal",
      client: {
        scheme: "Token",
        token: { file: "/etc/token" },
        tls: { ca: { file: "/etc/ca.pem" }, serverName: "shop", checksCertificate: true, lowestVersion: "TLSv1.3" },
      },
      fileDiscoveries: [{ files: ["/etc/targets/*.json"], refreshMillis: 60_000 }],
      httpDiscoveries: [{ url: "http://localhost:8080/targets", refreshMillis: 60_000 }],
    });
    expect(job!.params).toEqual(new Map([["gc", ["1"]]]));
    // What stands there without quotes is text all the same.
    expect(job!.groups).toEqual([
      {
        addresses: ["a:6060", "[::1]:6060"],
        labels: new Map([
          ["version", "1.10"],
          ["canary", "true"],
        ]),
      },
    ]);
    expect(job!.profiles).toEqual([
      { name: "process_cpu", path: "/debug/pprof/profile", seconds: 10, intervalMillis: 15_000, keep: [] },
      {
        name: "memory",
        path: "/debug/pprof/allocs",
        seconds: undefined,
        intervalMillis: 30_000,
        keep: [{ type: "inuse_space", unit: "bytes" }],
      },
      { name: "block", path: "/debug/pprof/block", seconds: 14, intervalMillis: 60_000, keep: [] },
      { name: "mutex", path: "/debug/pprof/mutex", seconds: undefined, intervalMillis: 60_000, keep: [] },
      { name: "fgprof", path: "/debug/fgprof", seconds: 14, intervalMillis: 15_000, keep: [] },
    ]);
  });

  test("has defaults that fit servers of Go and of this project", () => {
    const { jobs } = parse("scrape_configs: [{ job_name: a }]");
    expect(jobs[0]).toMatchObject({ timeoutMillis: 13_000, scheme: "http", pathPrefix: "", relabel: [] });
    expect(jobs[0]!.profiles.map(({ name, seconds, intervalMillis }) => [name, seconds, intervalMillis])).toEqual([
      ["process_cpu", 9, 10_000],
      ["memory", undefined, 60_000],
      ["goroutine", undefined, 60_000],
      ["block", undefined, 60_000],
      ["mutex", undefined, 60_000],
    ]);
  });

  test("may use anchors, merges and JSON, and may be empty", () => {
    const merged = parse(`
scrape_configs:
  - &usual { job_name: a, scrape_interval: 1m }
  - { <<: *usual, job_name: b }
`);
    expect(merged.jobs.map(({ name, profiles }) => [name, profiles[0]!.intervalMillis])).toEqual([
      ["a", 60_000],
      ["b", 60_000],
    ]);
    expect(parse('{"scrape_configs": [{"job_name": "a"}]}').jobs).toHaveLength(1);
    expect(parse("")).toEqual({ jobs: [], tenants: [] });
    expect(parse("scrape_configs:\n").jobs).toEqual([]);
  });
});

test.each([
  [
    "scrape_configs:\n  - job_name: a\n    scrape_intervall: 1s",
    3,
    'scrape_configs[0]: unknown key "scrape_intervall": must be one of job_name,',
  ],
  ["object_storage: {}", 1, 'unknown key "object_storage": must be one of scrape_configs, tenants'],
  ["scrape_configs:\n  - scrape_interval: 1s", 2, "job_name is missing"],
  ["scrape_configs:\n  - job_name: a\n    scrape_interval: 10", 3, 'invalid duration "10": must be such as 10s'],
  ["scrape_configs:\n  - job_name: a\n    scrape_interval: 100ms", 2, "invalid scrape_interval 100ms"],
  [
    "scrape_configs:\n  - job_name: a\n    scrape_timeout: 5s",
    2,
    "scrape_timeout 5s is no longer than the 9s that process_cpu",
  ],
  ["scrape_configs:\n  - job_name: a\n    scheme: ftp", 3, 'invalid "ftp": must be one of http, https'],
  [
    "scrape_configs:\n  - job_name: a\n    static_configs:\n      - targets:\n        - http://a:1/x",
    5,
    'invalid target "http://a:1/x"',
  ],
  ["scrape_configs:\n  - job_name: a\n    bearer_token: x\n    basic_auth: {username: y}", 2, "only one of basic_auth"],
  ["scrape_configs:\n  - job_name: a\n    tls_config: {cert_file: x}", 2, "tls_config needs both a cert and its key"],
  [
    "scrape_configs:\n  - job_name: a\n    profiling_config:\n      pprof_config:\n        odd: {}",
    5,
    "path is missing",
  ],
  ["scrape_configs:\n  - job_name: a\n    file_sd_configs: [{files: [a.txt]}]", 3, "must end in .json, .yml or .yaml"],
  [
    "scrape_configs:\n  - job_name: a\n    http_sd_configs: [{url: 'file:///etc/x'}]",
    3,
    "must be an http or https address",
  ],
  ["scrape_configs: {}", 1, "must be a list, and is a map"],
  ["scrape_configs: [{job_name: a}, {job_name: a}]", 1, 'the job_name "a" is there twice'],
  ["a: [", 1, "no YAML"],
  ["a: 1\na: 2", 2, "no YAML"],
  [
    "tenants: [{name: a, token: x}]\nscrape_configs: [{job_name: b}]",
    1,
    "nobody could ask for the profiles of job b: its tenant default is none of a",
  ],
  ["tenants: [{name: a}]", 1, "a tenant has a token or a token_file"],
])("what is wrong is said with its line: %j", (yaml, line, why) => {
  expect(() => parse(yaml)).toThrow(new RegExp(`^/etc/fleet\\.yml:${line}: `));
  expect(() => parse(yaml)).toThrow(why);
});

test("a secret that is wrong is not told", () => {
  expect(() => parse("tenants: [{name: a, token: 'with space'}]")).toThrow(/^(?!.*with space)/);
});

test("aliases of aliases are not followed for ever", () => {
  const rows = ["a0: &a0 [x]"];
  for (let i = 1; i <= 30; i++) rows.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
  expect(() => parse(rows.join("\n"))).toThrow(/more than 250000 values|no YAML/);
});

test("files stand where the configuration does", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "fleet-config-"));
  const file = path.join(directory, "fleet.yml");
  writeFileSync(file, "scrape_configs: [{ job_name: a, bearer_token_file: t }]");
  expect(readFleetConfig(file).jobs[0]!.client.token).toEqual({ file: path.join(directory, "t") });
  expect(() => readFleetConfig(path.join(directory, "none.yml"))).toThrow("cannot read");
  rmSync(directory, { recursive: true });
});
