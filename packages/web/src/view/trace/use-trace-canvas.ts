import { useEffect, useRef } from "preact/hooks";
import { partIn } from "../../session/address/trace-place.ts";
import { useSession } from "../../session/session.ts";
import type { TraceOpened } from "../../session/trace-protocol.ts";
import { TraceCanvas, type TraceEvents } from "./drawing/trace-canvas.ts";

/** Makes a canvas in the element that scrolls, for as long as that is there, and keeps it at the open trace and the colours. It calls the `events` of the last rendering. */
export function useTraceCanvas(
  canvas: { current: TraceCanvas | undefined },
  opened: TraceOpened,
  events: Omit<TraceEvents, "ask">,
): { readonly current: HTMLDivElement | null } {
  const { nav, theme, tracer } = useSession();
  const scroller = useRef<HTMLDivElement>(null);
  const latest = useRef(events);
  latest.current = events;
  useEffect(() => {
    const made = new TraceCanvas(scroller.current!, {
      hover: (place, at) => latest.current.hover(place, at),
      click: (place, isDouble) => latest.current.click(place, isDouble),
      select: (from, to) => latest.current.select(from, to),
      rest: (from, to) => latest.current.rest(from, to),
      ask: (asked) =>
        tracer()
          .ask("view", asked)
          .then(
            (picture) => {
              if (performance.getEntriesByName(PICTURED).length === 0) performance.mark(PICTURED);
              return picture;
            },
            () => undefined,
          ),
    });
    canvas.current = made;
    return () => {
      made.end();
      canvas.current = undefined;
    };
  }, []);
  useEffect(() => {
    canvas.current?.open(opened.durationNanos);
    const { from, to } = partIn(nav.place.peek().query.at, opened.durationNanos);
    canvas.current?.setRange(from, to);
  }, [opened]);
  useEffect(() => {
    if (canvas.current !== undefined) canvas.current.look = { palette: theme.palette.value, theme: theme.theme.value };
  }, [theme.palette.value]);
  return scroller;
}

/** A mark of the browser's performance: the first picture is there. */
const PICTURED = "pprof picture";
