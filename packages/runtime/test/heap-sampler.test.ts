import { Session as InspectorSession } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { HeapSampler } from "../src/agent/heap/heap-sampler.ts";
import { ownSession } from "./own-session.ts";

const inspector = new InspectorSession();
const session = ownSession(inspector);

test("all allocations are counted, and V8 holds the samples of the last seconds only", async () => {
  inspector.connect();
  const sampler = new HeapSampler(session, "all", 4096);
  await sampler.start();
  const bytesOf = async (): Promise<number> =>
    [...(await sampler.totals()).totals.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  const seen: number[] = [];
  // The first fold comes after 6 seconds.
  for (let second = 0; second < 8; second++) {
    let length = 0;
    for (let i = 0; i < 100_000; i++) length += `c${i}${[i, i + 1]}`.length;
    expect(length).toBeGreaterThan(0);
    seen.push(await bytesOf());
    await sleep(1000);
  }
  // The types of Node 20 lack the samples.
  const { profile } = await inspector.post("HeapProfiler.getSamplingProfile");
  const { samples } = profile as typeof profile & { samples: { size: number }[] };
  const held = samples.reduce((sum, { size }) => sum + size, 0);
  await sampler.stop();
  inspector.disconnect();
  for (const [second, bytes] of seen.entries()) if (second > 0) expect(bytes).toBeGreaterThan(seen[second - 1]!);
  expect(held).toBeLessThan(seen.at(-1)! / 2);
}, 30_000);

test("one that is stopped while its samples are folded starts no other later", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  inspector.connect();
  const stops: Promise<unknown>[] = [];
  const folding = ownSession(inspector, (method) => {
    // The first to end V8's sampler is the fold.
    if (method === "HeapProfiler.stopSampling" && stops.length === 0) stops.push(sampler.stop());
  });
  const sampler = new HeapSampler(folding, "all", 4096);
  await sampler.start();
  await vi.advanceTimersByTimeAsync(7_000);
  expect(stops).toHaveLength(1);
  await stops[0];
  // The next fold would come within two minutes.
  await vi.advanceTimersByTimeAsync(300_000);
  await expect(inspector.post("HeapProfiler.getSamplingProfile")).rejects.toThrow(/not started/i);
  inspector.disconnect();
});
