import { type Trace, TraceBuilder, type TraceEventName } from "@pprof-ts/profile";

export const MS = 1e6;

/** A trace written step by step: at a millisecond, what happens to a goroutine on thread 0, as its fields have it. */
export interface Written {
  readonly builder: TraceBuilder;
  step(millis: number, name: TraceEventName, goroutine: number, fields?: Fields): void;
  /** A goroutine of this name and kind begins, with a task of its number that is a part of another one's. */
  begin(millis: number, goroutine: number, name: string, kind: string, whole?: number): void;
  wait(millis: number, goroutine: number, reason: string, what?: string): void;
  run(millis: number, goroutine: number): void;
  end(millis: number, goroutine: number): void;
  build(millis: number): Trace;
}

type Fields = NonNullable<Parameters<TraceBuilder["add"]>[2]>;

/** Begins a trace of one loop, which is on proc 0 of thread 0. */
export function written(): Written {
  const builder = new TraceBuilder();
  const thread = 0;
  const own = new Map<number, readonly [string, string, number]>([[1, ["event loop", "node", 0]]]);
  const step: Written["step"] = (millis, name, goroutine, fields = {}) =>
    builder.add(name, millis * MS, { thread, goroutine, ...fields });
  step(0, "present", 1, { stack: builder.stack([own.get(1)!]) });
  builder.add("proc-start", 0, { thread, a: 0 });
  return {
    builder,
    step,
    begin(millis, goroutine, name, kind, whole = 0) {
      own.set(goroutine, [name, kind, 0]);
      step(millis, "create", goroutine, { a: builder.stack([own.get(goroutine)!]) });
      step(millis, "run", goroutine);
      step(millis, "task-begin", goroutine, { a: goroutine, b: whole, c: builder.text(name) });
    },
    wait(millis, goroutine, reason, what) {
      const frame = own.get(goroutine)!;
      const stack = builder.stack(what === undefined ? [frame] : [[what, "node", 0], frame]);
      step(millis, "wait", goroutine, { a: builder.text(reason), stack });
    },
    run(millis, goroutine) {
      step(millis, "ready", goroutine, { thread: -1 });
      step(millis, "run", goroutine);
    },
    end(millis, goroutine) {
      step(millis, "task-end", goroutine, { a: goroutine });
      step(millis, "end", goroutine);
    },
    build: (millis) => builder.build(0n, millis * MS),
  };
}
