import type { VNode } from "preact";
import type { Values } from "../../widget/values.ts";

interface Props {
  readonly value: number;
  readonly values: Values;
  /** The value as it is written. */
  readonly text: string;
}

/** A value before a bar of its share. */
export function Amount({ value, values, text }: Props): VNode {
  const share = values.total === 0 ? 0 : Math.min(100, Math.abs(value / values.total) * 100);
  return (
    <td class="amount">
      <span class={value < 0 ? "bar shrunk" : "bar"} style={{ width: `${share.toFixed(2)}%` }} />
      <span>{text}</span>
    </td>
  );
}
