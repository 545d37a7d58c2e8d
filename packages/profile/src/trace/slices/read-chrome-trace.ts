import { ProfileError } from "../../error.ts";
import type { ReadTrace } from "../read-trace.ts";
import { SliceTrace } from "./slice-trace.ts";

/** What an event of Chrome's may have; it is another program's, so each may be anything. */
interface ChromeEvent {
  readonly ph?: unknown;
  readonly name?: unknown;
  readonly ts?: unknown;
  readonly dur?: unknown;
  readonly pid?: unknown;
  readonly tid?: unknown;
  readonly cat?: unknown;
  readonly id?: unknown;
  readonly args?: unknown;
}

const HEAD = /^\s*(?:\{\s*"(?:traceEvents|metadata|displayTimeUnit|systemTraceEvents|otherData)"\s*:|\[\s*\{)/;

/** Whether these bytes look like Chrome's JSON. */
export function isChromeTraceEvents(bytes: Uint8Array): boolean {
  return HEAD.test(new TextDecoder().decode(bytes.subarray(0, 200)));
}

/** So many counters of one event are told apart, and so much of what one says is kept. */
const MOST_COUNTERS = 16;
const MOST_SAID = 500;
/** What no moment is beyond: half of what 64 bits hold. */
const MOST_NANOS = 2 ** 62;

/** Reads the slices of a trace in Chrome's JSON, be there CPU samples or none: see `SliceTrace`. */
export function readChromeTraceEvents(bytes: Uint8Array): ReadTrace {
  const { events, broken } = eventsOf(bytes);
  const trace = slicesOf(events).build();
  if (trace === undefined) throw new ProfileError(broken ?? "the trace holds no slices");
  return { trace, broken };
}

function eventsOf(bytes: Uint8Array): { readonly events: ChromeEvent[]; readonly broken: string | undefined } {
  const text = new TextDecoder().decode(bytes);
  let json: unknown;
  let broken: string | undefined;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    broken = `malformed trace: ${cause instanceof Error ? cause.message : cause}`;
    json = wholeEvents(text);
    if (json === undefined) throw new ProfileError(broken, { cause });
  }
  const events = Array.isArray(json) ? json : (json as { traceEvents?: unknown } | null)?.traceEvents;
  if (!Array.isArray(events)) throw new ProfileError("malformed trace: it has no traceEvents");
  return {
    events: events.filter((event): event is ChromeEvent => typeof event === "object" && event !== null),
    broken,
  };
}

/** The events of a text that is cut: whoever writes them one by one may leave out the end, as a program that is killed does. */
function wholeEvents(text: string): unknown[] | undefined {
  const head = /^\s*(?:\{[^[]*"traceEvents"\s*:\s*)?\[/.exec(text);
  if (head === null) return undefined;
  let [depth, end, inText] = [0, 0, false];
  for (let i = head[0].length; i < text.length; i++) {
    const at = text.charCodeAt(i);
    if (inText) {
      if (at === BACKSLASH) i++;
      else if (at === QUOTE) inText = false;
    } else if (at === QUOTE) inText = true;
    else if (at === OPEN) depth++;
    else if (at === CLOSE && --depth === 0) end = i + 1;
  }
  if (end === 0) return undefined;
  try {
    return JSON.parse(`[${text.slice(head[0].length, end)}]`) as unknown[];
  } catch {
    return undefined;
  }
}

const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, 0x7b, 0x7d];

function slicesOf(events: readonly ChromeEvent[]): SliceTrace {
  const slices = new SliceTrace();
  const names = namesOf(events);
  for (const event of events) {
    const { ph, ts, dur, pid, tid, name, cat, id, args } = event;
    if (typeof ts !== "number") continue;
    const nanos = ts * 1000;
    const lasts = typeof dur === "number" && dur > 0 ? dur * 1000 : 0;
    if (!(Math.abs(nanos) + lasts < MOST_NANOS)) continue;
    const key = laneKey(pid, tid);
    const lane = slices.lane(key, names.get(key));
    const task = `${textOf(cat)} ${textOf(id)} ${textOf(name)}`;
    if (ph === "B") slices.begin(lane, nanos, textOf(name));
    else if (ph === "E") slices.end(lane, nanos);
    else if (ph === "X" && lasts > 0) slices.slice(lane, nanos, lasts, textOf(name));
    else if (ph === "b" || ph === "S") slices.beginTask(lane, nanos, task, textOf(name));
    else if (ph === "e" || ph === "F") slices.endTask(lane, nanos, task);
    else if (ph === "i" || ph === "I") slices.instant(lane, nanos, textOf(name), saidOf(args));
    else if (ph === "C" && typeof args === "object" && args !== null) {
      for (const [key, value] of Object.entries(args).slice(0, MOST_COUNTERS)) {
        if (typeof value !== "number" || !Number.isFinite(value)) continue;
        slices.counter(nanos, key === "value" ? textOf(name) : `${textOf(name)} ${key}`, value);
      }
    }
  }
  return slices;
}

/** What an event says beside its name. */
function saidOf(args: unknown): string {
  if (typeof args !== "object" || args === null || Object.keys(args).length === 0) return "";
  const { value } = args as { readonly value?: unknown };
  if (typeof value === "string") return value;
  return jsonWithin(args, MOST_SAID);
}

/** The first characters of what `JSON.stringify` makes of the value, which may nest deeper than it can follow. */
function jsonWithin(value: unknown, room: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value).slice(0, room);
  const list = Array.isArray(value);
  let text = list ? "[" : "{";
  let separator = "";
  for (const [key, item] of Object.entries(value)) {
    if (text.length >= room) return text.slice(0, room);
    text += list ? separator : `${separator}${JSON.stringify(key)}:`;
    separator = ",";
    text += jsonWithin(item, room - text.length);
  }
  return `${text}${list ? "]" : "}"}`.slice(0, room);
}

function laneKey(pid: unknown, tid: unknown): string {
  return `${textOf(pid)} ${textOf(tid)}`;
}

function namesOf(events: readonly ChromeEvent[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { ph, name, pid, tid, args } of events) {
    const said = (args as { readonly name?: unknown } | undefined)?.name;
    if (ph === "M" && name === "thread_name" && typeof said === "string") names.set(laneKey(pid, tid), said);
  }
  return names;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
