import { selfOf } from "@pprof-ts/report";
import type { ReadonlySignal } from "@preact/signals";
import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { putAt } from "../../widget/at-point.ts";
import { plainText } from "../../widget/plain-text.ts";
import { shareText, valueText } from "../../widget/values.ts";
import { type BoxId, nodeOf, sumsOf } from "./drawing/flame-scene.ts";
import type { Shown } from "./drawing/shown.ts";

/** Where the mouse is on the page. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Props {
  readonly shown: Shown;
  readonly box: BoxId;
  /** By frame, what the stacks are worth that it is in; undefined until that is known. */
  readonly totals: Float64Array | undefined;
  /** Where the nodes end that the box stands for on screen. */
  readonly until: number | undefined;
  readonly zoomed: BoxId;
  readonly at: ReadonlySignal<Point | undefined>;
}

/** What there is to say of the box below the mouse, beside it. */
export function FlameTip({ shown, box, totals, until, zoomed, at }: Props): VNode | null {
  const tip = useRef<HTMLDivElement>(null);
  const point = at.value;
  useLayoutEffect(() => {
    if (tip.current !== null && point !== undefined) putAt(tip.current, point.x + 14, point.y + 16, point.y - 10);
  });
  const { picture, scene } = shown;
  const inTree = (box < 0 ? -1 - box : box) < (box < 0 ? (scene.callers?.length ?? 0) : scene.tree.length);
  if (point === undefined || !inTree) return null;
  const { tree, node } = nodeOf(scene, box);
  const frame = tree.frame[node]!;
  const { count, total, width } = sumsOf(scene, box, until ?? node + 1);
  const whole = nodeOf(scene, zoomed);
  const inView = zoomed === 0 ? 0 : whole.tree.total[whole.node]!;
  const value = (of: number): string => `${valueText(of, picture)} (${shareText(of, picture)})`;
  const here = `${value(total)}${inView > 0 ? `, ${shareText(total, { total: inView })} of what is zoomed to` : ""}`;
  const { frames } = picture;
  const lines: (readonly [string, string])[] = picture.isDiff
    ? [
        ["before", value((width - total) / 2)],
        ["now", value((width + total) / 2)],
        ["change", value(total)],
      ]
    : [["here", here]];
  if (!picture.isDiff && count === 1 && scene.callers === undefined) lines.push(["itself", value(selfOf(tree, node))]);
  if (count === 1 && frame >= 0 && totals !== undefined)
    lines.push([
      picture.isDiff ? "change in all" : "in all",
      `${value(totals[frame]!)}, itself ${value(frames.self[frame]!)}`,
    ]);
  const file = frame < 0 || count > 1 ? "" : plainText(shown.fileOf(frame));
  const line = frame < 0 ? 0 : frames.line[frame]!;
  const name = frame < 0 ? `All: ${picture.type || picture.unit}` : plainText(shown.nameOf(frame)).slice(0, 600);
  return (
    <div class="tip" aria-hidden="true" ref={tip}>
      <b>{count > 1 ? `${count.toLocaleString("en")} boxes within a pixel: zoom in to see them` : name}</b>
      {file && <code>{line > 0 ? `${file}:${line}` : file}</code>}
      <dl>
        {lines.map(([title, text]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
