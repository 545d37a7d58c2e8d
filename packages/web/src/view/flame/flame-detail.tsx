import { selfOf } from "@pprof-ts/report";
import type { VNode } from "preact";
import { plainText } from "../../widget/plain-text.ts";
import { shareText, valueText } from "../../widget/values.ts";
import { type BoxId, nodeOf, sumsOf } from "./drawing/flame-scene.ts";
import type { Shown } from "./drawing/shown.ts";

interface Props {
  readonly shown: Shown;
  readonly box: BoxId;
  /** By frame, what the stacks are worth that it is in; undefined until that is known. */
  readonly totals: Float64Array | undefined;
  /** Where the nodes end that it stands for on screen; undefined for itself alone. */
  readonly until: number | undefined;
  /** Opens the menu of a box: in a narrow window by a button, for not every finger has a right click. */
  readonly menu: (box: BoxId, x: number, y: number) => void;
}

/** What there is to say of the box that is pointed at: two lines that are always there; where it is narrow, a sheet. */
export function FlameDetail({ shown, box, totals, until, menu }: Props): VNode {
  const { picture, scene } = shown;
  // What is pointed at may still be a box of the picture before.
  const inTree = (box < 0 ? -1 - box : box) < (box < 0 ? (scene.callers?.length ?? 0) : scene.tree.length);
  const { tree, node } = nodeOf(scene, inTree ? box : 0);
  const frame = tree.frame[node]!;
  const value = (of: number): string => `${valueText(of, picture)} (${shareText(of, picture)})`;
  const { frames } = picture;
  const file = plainText(shown.fileOf(frame));
  const line = frame < 0 ? 0 : frames.line[frame]!;
  const several = inTree && until !== undefined ? sumsOf(scene, box, until) : undefined;
  if (several !== undefined && several.count > 1)
    return (
      <footer class="detail" aria-live="polite">
        <div class="detail-name">
          <b>{several.count.toLocaleString("en")} boxes within a pixel: zoom in to see them</b>
          <span class="file">from {plainText(shown.nameOf(frame)).slice(0, 2000)} on</span>
        </div>
        <div class="detail-values">
          {picture.isDiff ? (
            <Change
              before={(several.width - several.total) / 2}
              after={(several.width + several.total) / 2}
              value={value}
            />
          ) : (
            <span>
              here <b>{value(several.total)}</b>
            </span>
          )}
        </div>
      </footer>
    );
  return (
    <footer class="detail" aria-live="polite">
      <div class="detail-name">
        <b>{frame < 0 ? `All: ${picture.type || picture.unit}` : plainText(shown.nameOf(frame)).slice(0, 2000)}</b>
        {frame >= 0 && frames.inlined[frame] === 1 && <span class="mark">inlined</span>}
        {file && <span class="file">{line > 0 ? `${file}:${line}` : file}</span>}
        {frame >= 0 && (
          <button
            type="button"
            class="icon of-box"
            aria-label="What to do with it"
            onClick={({ clientX, clientY }) => menu(box, clientX, clientY)}
          >
            ⋯
          </button>
        )}
      </div>
      <div class="detail-values">
        {picture.isDiff ? (
          <Change
            before={(tree.width[node]! - tree.total[node]!) / 2}
            after={(tree.width[node]! + tree.total[node]!) / 2}
            value={value}
          />
        ) : (
          <span>
            here <b>{value(tree.total[node]!)}</b>
            {scene.callers === undefined && <>, itself {value(selfOf(tree, node))}</>}
          </span>
        )}
        {frame >= 0 && totals !== undefined && (
          <span>
            in all <b>{value(totals[frame]!)}</b>, itself {value(frames.self[frame]!)}
          </span>
        )}
      </div>
    </footer>
  );
}

function Change(props: {
  readonly before: number;
  readonly after: number;
  readonly value: (of: number) => string;
}): VNode {
  return (
    <span>
      from {props.value(props.before)} to <b>{props.value(props.after)}</b>
    </span>
  );
}
