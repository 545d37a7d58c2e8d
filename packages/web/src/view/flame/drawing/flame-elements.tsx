import type { VNode } from "preact";

/** What a `FlameCanvas` draws on, within what scrolls. */
export function FlameElements(): VNode {
  return (
    <div class="flame-tall">
      <div class="flame-sticky">
        <canvas />
        <canvas class="overlay" />
      </div>
    </div>
  );
}
