import { type Selected, selectedIn } from "../../session/address/trace-place.ts";
import { useSession } from "../../session/session.ts";
import type { TraceOpened, TraceRows } from "../../session/trace-protocol.ts";
import { useKeys } from "../../widget/keys.ts";
import type { TraceCanvas } from "./drawing/trace-canvas.ts";

/** Keys of the picture: sideways through time, up and down from row to row. */
export function useTraceKeys(
  canvas: { readonly current: TraceCanvas | undefined },
  { durationNanos }: TraceOpened,
  rows: TraceRows | undefined,
  select: (selected: Selected | undefined) => void,
): void {
  const { nav, tracer } = useSession();
  const selected = (): number => {
    const now = selectedIn(nav.place.peek().query.sel);
    return rows === undefined || now === undefined || !("goroutine" in now) ? -1 : rows.id.indexOf(now.goroutine);
  };
  const step = (by: number): void => {
    if (rows === undefined) return;
    let at = selected() + by;
    // Tasks without a goroutine of their own cannot be selected.
    while (rows.id[at] === 0) at += by;
    const id = rows.id[at];
    if (id !== undefined) select({ goroutine: id });
  };
  // What is selected may be out of view.
  const zoomToSelected = async (): Promise<void> => {
    const now = selectedIn(nav.place.peek().query.sel);
    if (now === undefined || !("goroutine" in now)) return;
    const story = await tracer().ask("story", { id: now.goroutine });
    if (story === undefined) return;
    const room = (story.to - story.from) * 0.15;
    canvas.current?.goTo(story.from - room, story.to + room);
  };
  const whole = (): void => canvas.current?.goTo(0, durationNanos);
  useKeys({
    ArrowLeft: () => canvas.current?.pan(-0.2),
    ArrowRight: () => canvas.current?.pan(0.2),
    ArrowUp: () => step(-1),
    ArrowDown: () => step(1),
    "+": () => canvas.current?.scale(0.6),
    "=": () => canvas.current?.scale(0.6),
    "-": () => canvas.current?.scale(1 / 0.6),
    Enter: zoomToSelected,
    z: whole,
    Escape: () => {
      const { sel, part } = nav.place.peek().query;
      if (sel) select(undefined);
      else if (part) nav.go({ set: { part: "" } });
      else whole();
    },
  });
}
