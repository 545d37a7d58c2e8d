import type { VNode } from "preact";

/** What a `FlameCanvas` draws on, within what scrolls. Of their own size canvases are seen, black, until they are drawn on. */
export function FlameElements(): VNode {
  return (
    <div class="flame-tall">
      <div class="flame-sticky">
        <canvas width={1} height={1} />
        <canvas class="overlay" width={1} height={1} />
      </div>
    </div>
  );
}
