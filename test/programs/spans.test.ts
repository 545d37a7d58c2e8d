// Spans of OpenTelemetry's SDK, as its users make them, are tasks of a trace, and its processors hear of all as they do without.
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readGoTrace, TRACE_EVENTS } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { Program } from "../../packages/runtime/test/program.ts";

const home = process.env.PROGRAMS_DIR ?? path.join(tmpdir(), "pprof-programs");
const needs = ["@opentelemetry/api", "@opentelemetry/sdk-trace-node"];
const absent = needs.filter((name) => !existsSync(path.join(home, "node_modules", name)));
const lacking = absent.length === 0 ? "" : ` (skipped: ${absent.join(", ")} not installed: node scripts/programs.mjs)`;

const SCRIPT = `
import { trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { setTimeout as sleep } from "node:timers/promises";
const exporter = new InMemorySpanExporter();
const processor = new SimpleSpanProcessor(exporter);
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
provider.register();
const tracer = trace.getTracer("shop");
const work = () => tracer.startActiveSpan("checkout", async (span) => {
  await tracer.startActiveSpan("pay", async (part) => { await sleep(20); part.end(); });
  span.end();
});
process.on("message", async (told) => {
  if (told === "work") await work();
  const own = provider._activeSpanProcessor ?? provider.activeSpanProcessor;
  process.send({ deed: told, result: { exported: exporter.getFinishedSpans().map(({ name }) => name), own: Object.keys(own) } });
});
setInterval(() => {}, 1000);
`;

test.skipIf(lacking !== "")(
  `spans are tasks, each a part of its parent, and nothing of it stays${lacking}`,
  async () => {
    const folder = realpathSync(mkdtempSync(path.join(home, "spans-")));
    const script = path.join(folder, "app.mjs");
    writeFileSync(script, SCRIPT);
    const register = new URL("../../packages/runtime/dist/register.js", import.meta.url).href;
    const program = new Program(["--import", register, script], { cwd: folder });
    try {
      const base = await program.url();
      const before = await program.deed("state");
      const answer = fetch(`${base}trace?seconds=2&level=E`);
      await new Promise((resolve) => setTimeout(resolve, 700));
      await program.deed("work");
      const { trace } = readGoTrace(new Uint8Array(await (await answer).arrayBuffer()));
      const { events, strings } = trace;
      const tasks: { name: string; id: number; parent: number }[] = [];
      for (let i = 0; i < events.length; i++) {
        if (TRACE_EVENTS[events.kind[i]!]!.name !== "task-begin") continue;
        tasks.push({ name: strings[events.c[i]!]!, id: events.a[i]!, parent: events.b[i]! });
      }
      expect(tasks.map(({ name }) => name)).toEqual(["checkout", "pay"]);
      expect(tasks[1]!.parent).toBe(tasks[0]!.id);
      const after = (await program.deed("state")) as { exported: string[]; own: string[] };
      expect(after).toEqual({ ...(before as object), exported: ["pay", "checkout"] });
    } finally {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
