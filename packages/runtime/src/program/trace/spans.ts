import type { TraceRecordName } from "../../exchange/trace-records.ts";
import { early } from "./early.ts";

const { apply, MapOf, get, put, drop, ownOf, define, forget, symbolFor } = early;

/** What OpenTelemetry's SDK tells of each span, as its processors know it; of the versions 1 and 2 what both have. */
interface Span {
  readonly name?: unknown;
  readonly parentSpanId?: string;
  readonly parentSpanContext?: { readonly spanId?: string };
  spanContext(): { readonly spanId: string };
}

interface Processor {
  onStart(span: Span, context: unknown): void;
  onEnd(span: Span): void;
}

interface Recorder {
  current(): number;
  begin(kind: TraceRecordName, other: number, text: string): number;
  note(kind: TraceRecordName, value: number, id: number, text?: string): void;
}

/** Under which all copies of its API have what is registered. */
const API = symbolFor("opentelemetry.js.api.1");
const METHODS = ["onStart", "onEnd"] as const;

/**
 * Notes spans of OpenTelemetry as tasks, where its API is loaded and an SDK is registered there: by what that hands each span to, which
 * until `stop` has these two methods of its own, and then what it had.
 */
export class Spans {
  readonly #recorder: Recorder;
  readonly #processor: Processor | undefined;
  readonly #had: (PropertyDescriptor | undefined)[] = [];
  /** By the numbers of spans, those of their tasks. */
  readonly #open = new MapOf<string, number>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    const processor = processorOf(globalThis as unknown as Readonly<Record<symbol, unknown>>);
    if (typeof processor?.onStart !== "function" || typeof processor.onEnd !== "function") return;
    this.#processor = processor;
    const { onStart, onEnd } = processor;
    const begin = (span: Span): void => this.#begin(span);
    const end = (span: Span): void => this.#end(span);
    this.#put(0, function (this: unknown, span: Span, context: unknown): void {
      begin(span);
      apply(onStart, this, [span, context]);
    });
    this.#put(1, function (this: unknown, span: Span): void {
      end(span);
      apply(onEnd, this, [span]);
    });
  }

  stop(): void {
    if (this.#processor === undefined) return;
    for (let i = 0; i < METHODS.length; i++) {
      const had = this.#had[i];
      if (had === undefined) forget(this.#processor, METHODS[i]!);
      else define(this.#processor, METHODS[i]!, had);
    }
  }

  #put(method: number, value: (...args: never[]) => void): void {
    const name = METHODS[method]!;
    this.#had[method] = ownOf(this.#processor!, name);
    define(this.#processor!, name, {
      __proto__: null,
      value,
      writable: true,
      configurable: true,
    } as PropertyDescriptor);
  }

  #begin(span: Span): void {
    try {
      const parent = span.parentSpanContext?.spanId ?? span.parentSpanId;
      const whole = parent === undefined ? undefined : get(this.#open, parent);
      const id = this.#recorder.begin("task", whole ?? this.#recorder.current(), `${span.name}`);
      put(this.#open, span.spanContext().spanId, id);
    } catch {
      // The program goes first.
    }
  }

  #end(span: Span): void {
    try {
      const { spanId } = span.spanContext();
      const id = get(this.#open, spanId);
      if (id === undefined) return;
      drop(this.#open, spanId);
      this.#recorder.note("task-end", 0, id);
    } catch {
      // See above.
    }
  }
}

function processorOf(global: Readonly<Record<symbol, unknown>>): Processor | undefined {
  const api = global[API] as { readonly trace?: { getDelegate?(): object } } | undefined;
  const provider = api?.trace?.getDelegate?.() as
    | { readonly _activeSpanProcessor?: Processor; readonly activeSpanProcessor?: Processor }
    | undefined;
  return provider?._activeSpanProcessor ?? provider?.activeSpanProcessor;
}
