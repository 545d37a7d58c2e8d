import { STATE_AFTER, TRACE_EVENTS, TRACE_KIND, type Trace, type TraceEventName } from "@pprof-ts/profile";
import { SPAN_STATE } from "./trace-index.ts";

/** In `LEADS_TO`: the event changes no state of its goroutine, or ends it. */
export const SAME = 254;
export const ENDED = 255;

/** By the kind of an event, the state of its goroutine from then on as a number: one of `SPAN_STATE`, `SAME` or `ENDED`. */
export const LEADS_TO: Uint8Array = Uint8Array.from(STATE_AFTER, (state) =>
  state === null ? SAME : state === undefined ? ENDED : SPAN_STATE[state],
);

/** How many events of these kinds there are. */
export type KindCount = (...names: readonly TraceEventName[]) => number;

export function countKinds({ events }: Trace): KindCount {
  const counts = new Uint32Array(TRACE_EVENTS.length);
  for (let i = 0; i < events.length; i++) counts[events.kind[i]!]!++;
  return (...names) => names.reduce((sum, name) => sum + counts[TRACE_KIND[name]]!, 0);
}
