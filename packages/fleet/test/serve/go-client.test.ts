import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { fleetRoutes } from "../../src/index.ts";
import { filledStore, MINUTE, NOON } from "../filled-store.ts";
import { serveRoutes } from "../serve-routes.ts";

const client = fileURLToPath(new URL("../testdata/querier.go", import.meta.url));
const CPU = "s:process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const RANGE = [`3=i:${NOON}`, `4=i:${NOON + 10 * MINUTE}`];
const API = [`1=${CPU}`, '2=s:{service_name="api"}', ...RANGE];

// Written in another language, from the numbers in Pyroscope's schema alone.
describe.skipIf(spawnSync("go", ["version"]).error !== undefined)("a client in Go (skipped without go)", () => {
  test("reads what Grafana asks for", async () => {
    await using server = await serveRoutes(fleetRoutes(await filledStore(), () => NOON + 10 * MINUTE));
    const ask = async (method: string, ...fields: string[]): Promise<string> =>
      (await promisify(execFile)("go", ["run", client, server.origin, method, ...fields])).stdout;

    expect(JSON.parse(await ask("ProfileTypes"))["1"]).toContainEqual({
      1: [CPU.slice(2)],
      2: ["process_cpu"],
      4: ["cpu"],
      5: ["nanoseconds"],
      6: ["cpu"],
      7: ["nanoseconds"],
    });
    expect(JSON.parse(await ask("LabelNames", '1=s:{service_name="api"}', `2=i:${NOON}`))).toEqual({
      1: ["instance", "service_name", "version"],
    });
    expect(JSON.parse(await ask("LabelValues", "1=s:version"))).toEqual({ 1: ["v1", "v2"] });
    expect(JSON.parse(await ask("SelectSeries", ...API, "6=d:600", "5=s:service_name"))).toEqual({
      1: [
        {
          1: [{ 1: ["service_name"], 2: ["api"] }],
          2: [{ 1: [5_645_000_000], 2: [NOON + 10 * MINUTE] }],
        },
      ],
    });
    const flame = JSON.parse(await ask("SelectMergeStacktraces", ...API, "5=i:100"))["1"][0];
    expect(flame["1"]).toEqual(expect.arrayContaining(["total", "main", "serve", "hash", "parse"]));
    expect([flame["3"], flame["4"]]).toEqual([[5_645_000_000], [3_000_000_000]]);
    expect(flame["2"]).toHaveLength(4);
    expect(await ask("SelectSeries", "1=s:nope")).toMatch(/^400 application\/json \{"code":"invalid_argument"/);
  }, 120_000);
});
