import type { TracePart } from "@pprof-ts/report";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  partIn,
  partText,
  type Selected,
  selectedIn,
  selectedText,
  toGoroutine,
} from "../../session/address/trace-place.ts";
import { useSession } from "../../session/session.ts";
import type { TraceOpened } from "../../session/trace-protocol.ts";
import { useTraceAnswer } from "../../session/use-answer.ts";
import { isAsTable } from "../../widget/table-toggle.tsx";
import type { TraceCanvas, TraceEvents } from "./drawing/trace-canvas.ts";
import { layoutOf, type TracePlace } from "./drawing/trace-layout.ts";
import { Overview } from "./overview.tsx";
import { RowsTable } from "./rows-table.tsx";
import { TraceSide } from "./side/trace-side.tsx";
import { type Pointed, TraceTip } from "./trace-tip.tsx";
import { TraceTools } from "./trace-tools.tsx";
import { useTraceCanvas } from "./use-trace-canvas.ts";
import { useTraceKeys } from "./use-trace-keys.ts";
import { useTraceMarks } from "./use-trace-marks.ts";

/** A trace over time: lanes and counters above, requests or goroutines below, and what is selected beside it. */
export function TracePage(): VNode | null {
  const { trace } = useSession();
  return trace.value === undefined ? null : <Timeline opened={trace.value} />;
}

function Timeline({ opened }: { readonly opened: TraceOpened }): VNode {
  const { nav, search } = useSession();
  const { query } = nav.place.value;
  const [inView, setInView] = useState(() => partIn(query.at, opened.durationNanos));
  const [stacks, setStacks] = useState(true);
  const [pointed, setPointed] = useState<Pointed | undefined>(undefined);
  const rows = useTraceAnswer("rows", { ...inView, search: search.value });
  const selected = useMemo(() => selectedIn(query.sel), [query.sel]);
  const layout = useMemo(() => layoutOf(opened, rows.value, stacks), [opened, rows.value, stacks]);
  const canvas = useRef<TraceCanvas | undefined>(undefined);
  // What the picture itself has written to the address, which comes back from there as a change and is none.
  const told = useRef(query.at);
  const select = (next: Selected | undefined): void => nav.go({ set: { sel: selectedText(next) } });
  const taskPart = (row: number): TracePart | undefined => {
    const at = rows.value?.row.findIndex((other, i) => other === row && rows.value!.isTask[i] === 1) ?? -1;
    return at < 0 ? undefined : { from: rows.value!.from[at]!, to: rows.value!.to[at]! };
  };
  const events: Omit<TraceEvents, "ask"> = {
    hover: (place, at) => setPointed(place && at && { place, at }),
    click(place, isDouble) {
      const clicked = selectedAt(place);
      const task = place.row?.kind === "task" ? taskPart(place.row.of) : undefined;
      if (task !== undefined) nav.go({ set: { part: partText(task), sel: "" } });
      else if (!isDouble) select(clicked);
      else if (place.row?.kind === "goroutine" && rows.value !== undefined) {
        const at = rows.value.row.indexOf(place.row.of);
        if (at >= 0) toGoroutine(nav, place.row.id, rows.value.from[at]!, rows.value.to[at]!);
      }
    },
    select: (from, to) =>
      nav.go({ set: { part: partText({ from, to: Math.min(to, opened.durationNanos) }), sel: "" } }),
    rest(from, to) {
      setInView({ from, to });
      const isWhole = from <= 0 && to >= opened.durationNanos;
      const text = isWhole ? "" : partText({ from, to });
      if (text === (nav.place.peek().query.at ?? "")) return;
      told.current = text;
      if (nav.place.peek().page === "trace") nav.go({ set: { at: text } }, true);
    },
  };
  const scroller = useTraceCanvas(canvas, opened, events);
  const part = query.part ? partIn(query.part, opened.durationNanos) : undefined;
  const marks = useTraceMarks(selected);
  useEffect(() => {
    if (canvas.current !== undefined) canvas.current.layout = layout;
  }, [layout]);
  useEffect(() => {
    if (canvas.current !== undefined) {
      canvas.current.marks = { selected: selected && "goroutine" in selected ? selected.goroutine : 0, part, marks };
    }
  }, [selected, query.part, marks]);
  useEffect(() => {
    if (query.at === told.current || (query.at ?? "") === (told.current ?? "")) return;
    told.current = query.at;
    const { from, to } = partIn(query.at, opened.durationNanos);
    canvas.current?.goTo(from, to);
  }, [query.at]);
  useEffect(() => {
    if (selected && "goroutine" in selected) canvas.current?.reveal(selected.goroutine);
  }, [query.sel, layout]);
  useTraceKeys(canvas, opened, rows.value, select);
  const isTable = isAsTable(nav);
  return (
    <section class="trace" aria-busy={rows.isBusy}>
      <TraceTools opened={opened} rows={rows.value} stacks={stacks} setStacks={setStacks} canvas={canvas} />
      <Overview opened={opened} inView={inView} part={part} go={(from, to) => canvas.current?.goTo(from, to)} />
      <div class="split">
        {isTable && rows.value !== undefined && <RowsTable opened={opened} rows={rows.value} />}
        <div class={isTable ? "trace-scroll hidden-picture" : "trace-scroll"} ref={scroller}>
          <div class="trace-tall">
            <div
              class="trace-sticky"
              role="img"
              aria-label={`What ran when: ${opened.lanes.length} lanes, ${rows.value?.row.length ?? 0} rows. As table says it in text`}
            >
              <canvas />
            </div>
          </div>
        </div>
        <TraceSide opened={opened} selected={selected} select={select} />
      </div>
      {pointed !== undefined && <TraceTip pointed={pointed} opened={opened} />}
    </section>
  );
}

/** What a click on a place selects. */
function selectedAt({ row, time }: TracePlace): Selected | undefined {
  if (row === undefined) return undefined;
  if (row.kind === "goroutine") return { goroutine: row.id };
  return row.kind === "lane" || row.kind === "stack" ? { lane: row.of, time: Math.max(0, time) } : undefined;
}
