import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { TraceOpened } from "../../session/trace-protocol.ts";
import { useTraceAnswer } from "../../session/use-answer.ts";
import { putAt } from "../../widget/at-point.ts";
import { plainText } from "../../widget/plain-text.ts";
import type { TracePlace } from "./drawing/trace-layout.ts";
import { countText } from "./pieces/count-text.ts";
import { stateText } from "./pieces/state-text.ts";
import { withoutFolders } from "./pieces/telling-frame.ts";
import { durationText } from "./pieces/time-text.ts";

export interface Pointed {
  readonly place: TracePlace;
  readonly at: { readonly x: number; readonly y: number };
}

/** So many frames of a stack are shown. */
const FRAMES = 5;

/** What there is to say of the place that the mouse points at. */
export function TraceTip({
  pointed,
  opened,
}: {
  readonly pointed: Pointed;
  readonly opened: TraceOpened;
}): VNode | null {
  const tip = useRef<HTMLDivElement>(null);
  const { place, at } = pointed;
  useLayoutEffect(() => {
    if (tip.current !== null) putAt(tip.current, at.x + 14, at.y + 16, at.y - 10);
  });
  const { row, time } = place;
  if (row === undefined || time < 0 || time > opened.durationNanos) return null;
  const body =
    row.kind === "goroutine" ? (
      <GoroutineTip goroutine={row.of} time={time} />
    ) : row.kind === "lane" || row.kind === "stack" ? (
      <LaneTip lane={row.of} time={time} title={row.title} />
    ) : row.kind === "counter" ? (
      <CounterTip counter={row.of} time={time} title={row.title} unit={opened.counters[row.of]!.unit} />
    ) : (
      <b>{plainText(row.title)}</b>
    );
  return (
    <div class="tip trace-tip" ref={tip}>
      {body}
      <small>at {durationText(time)}</small>
    </div>
  );
}

function GoroutineTip({ goroutine, time }: { readonly goroutine: number; readonly time: number }): VNode | null {
  const spot = useTraceAnswer("spot", { goroutine, time }).value;
  if (spot === undefined) return null;
  return (
    <>
      <b>{plainText(spot.name)}</b>
      {spot.state !== "" && (
        <span>
          {stateText(spot.state)} {durationText(spot.to - spot.from)}
          {spot.why !== "" && <>: {plainText(withoutFolders(spot.why))}</>}
        </span>
      )}
      {spot.waker !== "" && <span>woken by {plainText(spot.waker)}</span>}
      <Frames stack={spot.stack} />
    </>
  );
}

function LaneTip({
  lane,
  time,
  title,
}: {
  readonly lane: number;
  readonly time: number;
  readonly title: string;
}): VNode | null {
  const spot = useTraceAnswer("laneSpot", { lane, time }).value;
  if (spot === undefined) return null;
  return (
    <>
      <b>{plainText(spot.name || title || "idle")}</b>
      <span>
        {spot.state === "" ? "nothing runs" : `${stateText(spot.state)} ${durationText(spot.to - spot.from)}`}
      </span>
      <Frames stack={spot.stack} />
    </>
  );
}

interface CounterProps {
  readonly counter: number;
  readonly time: number;
  readonly title: string;
  readonly unit: "bytes" | "count";
}

function CounterTip({ counter, time, title, unit }: CounterProps): VNode {
  const value = useTraceAnswer("count", { counter, time }).value;
  return (
    <>
      <b>{plainText(title)}</b>
      <span>{value === undefined ? "" : countText(value, unit)}</span>
    </>
  );
}

function Frames({ stack }: { readonly stack: readonly string[] }): VNode | null {
  if (stack.length === 0) return null;
  return (
    <code>
      {stack.slice(0, FRAMES).map((frame, i) => (
        <span key={i}>{plainText(frame)}</span>
      ))}
    </code>
  );
}
