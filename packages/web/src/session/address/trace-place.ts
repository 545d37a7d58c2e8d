import type { Navigation } from "./state.ts";

/** The pages that are about a trace itself; all others show a profile, or one that the trace holds. */
export const TRACE_PAGES: readonly string[] = ["trace", "tasks", "turns", "waits"];

export function isTracePage(page: string): boolean {
  return TRACE_PAGES.includes(page);
}

/** What is selected in a trace: a goroutine by its number, or what a lane did at a time. */
export type Selected = { readonly goroutine: number } | { readonly lane: number; readonly time: number };

/** The key `sel` of an address: `g:GOROUTINE` or `t:NANOSECONDS@LANE`. */
export function selectedIn(sel: string | undefined): Selected | undefined {
  const goroutine = /^g:(\d+)$/.exec(sel ?? "");
  if (goroutine !== null) return { goroutine: Number(goroutine[1]) };
  const turn = /^t:(\d+)@(\d+)$/.exec(sel ?? "");
  return turn === null ? undefined : { time: Number(turn[1]), lane: Number(turn[2]) };
}

export function selectedText(selected: Selected | undefined): string {
  if (selected === undefined) return "";
  return "goroutine" in selected ? `g:${selected.goroutine}` : `t:${Math.round(selected.time)}@${selected.lane}`;
}

/** A part of a trace in nanoseconds, from the text of an address; `whole` where that is none. */
export function partIn(text: string | undefined, whole: number): { readonly from: number; readonly to: number } {
  const [from, to] = (text ?? "").split(":").map((part) => Number(part) * 1e9);
  const isPart = from !== undefined && to !== undefined && from >= 0 && to > from;
  return isPart ? { from: Math.min(from, whole), to: Math.min(to, whole) } : { from: 0, to: whole };
}

/** Seconds as addresses have them, to the nanosecond where a part is that short. */
export function partText({ from, to }: { readonly from: number; readonly to: number }): string {
  const digits = Math.max(3, Math.min(9, 4 - Math.floor(Math.log10(Math.max(to - from, 1) / 1e9))));
  const seconds = (nanos: number): string => String(Number((nanos / 1e9).toFixed(digits)));
  return `${seconds(Math.max(from, 0))}:${seconds(to)}`;
}

/** Shows a goroutine in the picture, with some time around it. */
export function toGoroutine(nav: Navigation, id: number, from: number, to: number): void {
  const room = Math.max((to - from) * 0.15, 1000);
  nav.go({
    page: "trace",
    set: { sel: selectedText({ goroutine: id }), at: partText({ from: from - room, to: to + room }) },
  });
}

/** Shows what a lane did at a time. */
export function toTurn(nav: Navigation, lane: number, from: number, to: number): void {
  const room = Math.max((to - from) * 0.5, 1000);
  nav.go({
    page: "trace",
    set: { sel: selectedText({ lane, time: from }), at: partText({ from: from - room, to: to + room }) },
  });
}
