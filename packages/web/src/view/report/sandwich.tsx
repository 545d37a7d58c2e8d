import type { VNode } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { exactly } from "../../session/address/exact-name.ts";
import type { Query } from "../../session/address/state.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { shareText, valueText } from "../../widget/values.ts";
import { FlameCanvas } from "../flame/drawing/flame-canvas.ts";
import { colourLook } from "../flame/drawing/flame-colour.ts";
import { FlameElements } from "../flame/drawing/flame-elements.tsx";
import { type BoxId, nodeOf } from "../flame/drawing/flame-scene.ts";
import { type Shown, show } from "../flame/drawing/shown.ts";

interface Props {
  /** What is asked for: a pivot with its callers and callees, or the samples with a label. */
  readonly set: Query;
  /** Goes to the function of a box. */
  readonly choose: (name: string) => void;
  readonly menu: (name: string, file: string, x: number, y: number) => void;
}

/** The change of a query that makes a function the pivot. */
export function pivoted(name: string): Query {
  return { p: exactly(name), inv: "" };
}

/** A flame graph beside a list: the callers of what is selected above it, its callees below. */
export function Sandwich({ set, choose, menu }: Props): VNode {
  const { nav, theme } = useSession();
  const query = Object.fromEntries(
    Object.entries({ ...asked(nav.place.value.query), ...set }).filter(([, value]) => value !== ""),
  );
  const { value, error, isBusy } = useAnswer("flame", query);
  const shown = useMemo(() => (value === undefined ? undefined : show(value)), [value]);
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<FlameCanvas | undefined>(undefined);
  const [pointed, setPointed] = useState<BoxId | undefined>(undefined);
  const latest = useRef({ shown, choose, menu });
  latest.current = { shown, choose, menu };
  useLayoutEffect(() => {
    const nameOf = (box: BoxId): string => {
      const { shown } = latest.current;
      return shown === undefined ? "" : shown.nameOf(frameAt(shown, box));
    };
    const made = new FlameCanvas(holder.current!, {
      hover: setPointed,
      point: () => {},
      click: (box) => nodeOf(latest.current.shown!.scene, box).node > 0 && latest.current.choose(nameOf(box)),
      menu(box, x, y) {
        const { shown, menu } = latest.current;
        const frame = shown === undefined ? -1 : frameAt(shown, box);
        if (frame >= 0) menu(shown!.nameOf(frame), shown!.fileOf(frame), x, y);
      },
      view: () => {},
    });
    canvas.current = made;
    return () => made.end();
  }, []);
  useLayoutEffect(() => {
    if (shown === undefined) return;
    setPointed(undefined);
    canvas.current!.show(shown.scene, {
      ...colourLook("package", shown.picture, theme.palette.value, { shades: undefined, kinds: undefined }),
      matches: undefined,
      dimmed: undefined,
      label: shown.label,
      isInlined: (frame) => frame >= 0 && shown.picture.frames.inlined[frame] === 1,
    });
    canvas.current!.scrollTo(shown.scene.rowsAbove - 6);
  }, [shown, theme.palette.value]);
  return (
    <div class="sandwich" aria-busy={isBusy}>
      {error && <p class="problem">{error}</p>}
      <div
        class="flame-scroll"
        ref={holder}
        role="img"
        aria-label="Callers above, callees below; the lists say the same"
      >
        <FlameElements />
      </div>
      <p class="sandwich-detail">{shown && detail(shown, pointed)}</p>
    </div>
  );
}

function frameAt({ scene }: Shown, box: BoxId): number {
  const { tree, node } = nodeOf(scene, box);
  return tree.frame[node] ?? -1;
}

/** What there is to say of the box that is pointed at, in one line that is always there. */
function detail(shown: Shown, box: BoxId | undefined): string {
  if (box === undefined) return "Callers above, callees below; a click goes to a function";
  const { tree, node } = nodeOf(shown.scene, box);
  const total = tree.total[node] ?? 0;
  const name = plainText(shown.nameOf(tree.frame[node] ?? -1)).slice(0, 400);
  return `${valueText(total, shown.picture)} (${shareText(total, shown.picture)}) ${name}`;
}
