import { type Trace, TraceBuilder } from "../../src/index.ts";

export const MS = 1e6;
const LOOP = [["event loop", "node", 0]] as const;

/**
 * A loop on thread 0 and, in each round of 100 ms, a request: it runs 10 ms, waits 20 ms for the network, 5 ms for the loop, runs
 * 1 ms, is 2 ms in a system call, and waits 3 ms for a lock.
 */
export function rounds(count: number): Trace {
  const builder = new TraceBuilder();
  const thread = 0;
  const text = (of: string): number => builder.text(of);
  const loop = builder.stack(LOOP);
  const route = ["GET /item/:id", "http", 0] as const;
  const at = (name: string): number => builder.stack([[name, "app.js", 7], route]);
  builder.add("present", 0, { thread, goroutine: 1 });
  builder.add("proc-start", 0, { thread, a: 0 });
  builder.add("ready", 0, { goroutine: 1 });
  builder.add("run", 0, { thread, goroutine: 1 });
  builder.add("procs", 0, { thread, a: 1 });
  for (let i = 0; i < count; i++) {
    const begun = i * 100 * MS;
    const goroutine = 100 + i;
    const step = (millis: number, name: Parameters<TraceBuilder["add"]>[0], fields = {}): void =>
      builder.add(name, begun + millis * MS, { thread, goroutine, ...fields });
    const away = (millis: number): void =>
      step(millis, "wait", { goroutine: 1, a: text("system goroutine wait"), stack: loop });
    const back = (millis: number): void => {
      step(millis, "ready", { goroutine: 1, thread: -1 });
      step(millis, "run", { goroutine: 1 });
    };
    step(0, "create", { a: builder.stack([route]), stack: loop });
    away(0);
    step(0, "run");
    step(0, "task-begin", { a: goroutine, c: text("GET /item/:id") });
    step(1, "region-begin", { a: goroutine, b: text("parse") });
    step(2, "log", { a: goroutine, b: text("url"), c: text(`/item/${i}`) });
    step(3, "sample", { stack: at("parse") });
    step(4, "region-end", { a: goroutine, b: text("parse") });
    step(10, "wait", { a: text("network"), stack: at("query") });
    back(10);
    step(11, "stop-begin", { goroutine: 0, a: text("GC scavenge") });
    step(12, "stop-end", { goroutine: 0 });
    step(13, "gc-begin", { goroutine: 0 });
    step(14, "gc-end", { goroutine: 0 });
    step(14, "heap", { goroutine: 0, a: 5e6 + i });
    step(14, "heap-goal", { goroutine: 0, a: 9e6 });
    step(15, "counter", { goroutine: 0, a: text("rss"), b: 1 });
    step(30, "ready", { thread: -1 });
    step(35, "yield", { goroutine: 1, a: text("preempted"), stack: loop });
    step(35, "run");
    step(36, "call-begin", { stack: at("readFileSync") });
    step(38, "call-end");
    step(38, "wait", { a: text("sync"), stack: at("lock") });
    step(38, "run", { goroutine: 1 });
    step(41, "ready", { thread: -1 });
    away(41);
    step(41, "run");
    step(41, "task-end", { a: goroutine });
    step(41, "end");
    back(41);
    step(50, "wait", { goroutine: 1, a: text("sleep"), stack: loop });
    step(50, "proc-stop", { a: 0, goroutine: 0 });
    step(99, "proc-start", { a: 0, goroutine: 0 });
    back(99);
  }
  return builder.build(0n, count * 100 * MS);
}
