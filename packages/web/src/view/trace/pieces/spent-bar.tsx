import type { VNode } from "preact";
import { traceColour } from "../../../session/preference/trace-colours.ts";
import { useSession } from "../../../session/session.ts";
import { durationText } from "./time-text.ts";

/** Where time went, in nanoseconds. */
interface Spent {
  readonly running: number;
  readonly ready: number;
  readonly call: number;
  readonly waiting: number;
}

const PARTS: readonly (readonly [key: keyof Spent, style: string, title: string])[] = [
  ["running", "running", "running"],
  ["call", "call", "in system calls"],
  ["ready", "ready", "waiting to run"],
  ["waiting", "network", "waiting"],
];

/** Where time went as a bar, and in words to whoever points at it. */
export function SpentBar({ spent }: { readonly spent: Spent }): VNode {
  const { theme } = useSession();
  const all = PARTS.reduce((sum, [key]) => sum + spent[key], 0) || 1;
  const title = spentText(spent);
  return (
    <span class="spent" role="img" aria-label={title} title={title}>
      {PARTS.map(([key, style]) => (
        <span
          key={key}
          style={{ width: `${(100 * spent[key]) / all}%`, background: traceColour(theme.theme.value, style) }}
        />
      ))}
    </span>
  );
}

export function spentText(spent: Spent): string {
  const all = PARTS.reduce((sum, [key]) => sum + spent[key], 0) || 1;
  return PARTS.filter(([key]) => spent[key] > 0)
    .map(([key, , title]) => `${title} ${durationText(spent[key])} (${((100 * spent[key]) / all).toFixed(0)}%)`)
    .join(", ");
}
