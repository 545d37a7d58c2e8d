import type { VNode } from "preact";
import { traceColour } from "../../session/preference/trace-colours.ts";
import { useSession } from "../../session/session.ts";
import type { TraceOpened, TraceRows } from "../../session/trace-protocol.ts";
import { TableToggle } from "../../widget/table-toggle.tsx";
import type { TraceCanvas } from "./drawing/trace-canvas.ts";

interface Props {
  readonly opened: TraceOpened;
  readonly rows: TraceRows | undefined;
  readonly stacks: boolean;
  readonly setStacks: (shows: boolean) => void;
  readonly canvas: { readonly current: TraceCanvas | undefined };
}

/** What the colours of rows say. */
const STATES: readonly (readonly [style: string, title: string])[] = [
  ["running", "runs"],
  ["ready", "waits to run"],
  ["network", "network"],
  ["pool", "file, other thread"],
  ["sync", "lock, channel"],
  ["sleep", "timer"],
  ["waiting", "waits"],
  ["call", "system call"],
  ["stop", "stopped for GC"],
];

/** Zoom, what is shown, and what the colours say. */
export function TraceTools({ opened, rows, stacks, setStacks, canvas }: Props): VNode {
  const { theme } = useSession();
  const count = rows?.row.length ?? 0;
  const hasStacks = opened.lanes.some(({ depth }) => depth > 0);
  return (
    <div class="tools">
      <span class="segments">
        <button type="button" title="Zoom in (+)" aria-label="Zoom in" onClick={() => canvas.current?.scale(0.6)}>
          +
        </button>
        <button type="button" title="Zoom out (−)" aria-label="Zoom out" onClick={() => canvas.current?.scale(1 / 0.6)}>
          −
        </button>
        <button type="button" title="Show everything (z)" onClick={() => canvas.current?.goTo(0, opened.durationNanos)}>
          All
        </button>
      </span>
      {hasStacks && (
        <button
          type="button"
          aria-pressed={stacks}
          title="What was sampled on each lane"
          onClick={() => setStacks(!stacks)}
        >
          Stacks
        </button>
      )}
      <TableToggle />
      <span class="legend trace-legend">
        {STATES.map(([style, title]) => (
          <span key={style}>
            <span class="swatch" style={{ background: traceColour(theme.theme.value, style) }} />
            {title}
          </span>
        ))}
      </span>
      <span class="space" />
      <span class="hint" role="status">
        {count.toLocaleString("en")} {count === 1 ? "row" : "rows"} in view
        {rows !== undefined && rows.more > 0 && `, ${rows.more.toLocaleString("en")} more below: zoom in or search`}
      </span>
    </div>
  );
}
