import type { VNode } from "preact";

/** Says how many rows a list leaves out, and where they are. */
export function More({ count, where }: { readonly count: number; readonly where: string }): VNode | null {
  return count > 0 ? (
    <p class="hint">
      {count.toLocaleString("en")} more: {where}
    </p>
  ) : null;
}
