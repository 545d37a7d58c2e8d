import type { VNode } from "preact";
import { traceColour } from "../../session/preference/trace-colours.ts";
import { useSession } from "../../session/session.ts";
import type { TraceOpened } from "../../session/trace-protocol.ts";
import { PartPicker } from "../time/part-picker.tsx";
import { useDrawing } from "../time/picture-canvas.ts";

interface Part {
  readonly from: number;
  readonly to: number;
}

interface Props {
  readonly opened: TraceOpened;
  readonly inView: Part;
  readonly part: Part | undefined;
  readonly go: (from: number, to: number) => void;
}

/** How busy the lanes were over the whole time, and which of it is in view; dragging over a part shows that. */
export function Overview({ opened, inView, part, go }: Props): VNode {
  const { theme } = useSession();
  const { load, durationNanos, lanes } = opened;
  const palette = theme.palette.value;
  const name = theme.theme.value;
  const canvas = useDrawing(
    (context, width, height) => {
      context.fillStyle = palette.page;
      context.fillRect(0, 0, width, height);
      const most = Math.max(1, lanes.length);
      context.fillStyle = traceColour(name, "running");
      load.forEach((value, i) => {
        const high = Math.min(1, value / most) * (height - 2);
        context.fillRect((i / load.length) * width, height - high, Math.ceil(width / load.length), high);
      });
    },
    [load, palette],
  );
  const place = ({ from, to }: Part): { left: string; width: string } => {
    const left = Math.max(0, from / durationNanos);
    return { left: `${left * 100}%`, width: `${(Math.min(1, to / durationNanos) - left) * 100}%` };
  };
  const picked = (first: number, last: number): void => {
    if (Math.abs(last - first) > 0.003) {
      go(Math.min(first, last) * durationNanos, Math.max(first, last) * durationNanos);
      return;
    }
    const half = (inView.to - inView.from) / 2;
    go(last * durationNanos - half, last * durationNanos + half);
  };
  return (
    <PartPicker
      class="trace-overview"
      label="How busy the lanes were; dragging over a part shows it, as zooming does"
      canvas={canvas}
      picked={picked}
    >
      <div class="trace-window" style={place(inView)} />
      {part !== undefined && <div class="trace-part" style={place(part)} />}
    </PartPicker>
  );
}
