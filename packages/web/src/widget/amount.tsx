import type { VNode } from "preact";
import { type Values, valueText } from "./values.ts";

/** A value before a bar of its share. */
export function Amount({ value, values }: { readonly value: number; readonly values: Values }): VNode {
  const share = values.total === 0 ? 0 : Math.min(100, Math.abs(value / values.total) * 100);
  return (
    <td class="amount">
      <span class={value < 0 ? "bar shrunk" : "bar"} style={{ width: `${share.toFixed(2)}%` }} />
      <span>{valueText(value, values)}</span>
    </td>
  );
}
