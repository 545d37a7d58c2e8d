import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { compareWith, openFile } from "./open-profile.ts";
import { useSession } from "./session.ts";

/** What a page without a profile shows. */
export function OpenPanel(): VNode {
  const session = useSession();
  return (
    <div class="open">
      <h1>Drop a profile here</h1>
      <p>
        A pprof profile from Node, Go or anything else, gzipped or not. It is read in this browser and goes nowhere
        else.
      </p>
      <label class="button primary">
        Choose a file
        <input
          type="file"
          class="hidden"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void openFile(session, file);
          }}
        />
      </label>
    </div>
  );
}

/** Takes files dropped anywhere on the page. */
export function DropTarget({ children }: { readonly children: ComponentChildren }): VNode {
  const session = useSession();
  const [isOver, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button of the first page does the same
    <div
      class={isOver ? "shell dropping" : "shell"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => event.relatedTarget === null && setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (!file) return;
        // Where differences are shown, another profile is what to compare with.
        const compares = session.nav.place.value.page === "diff" && session.summary.value !== undefined;
        void (compares ? compareWith : openFile)(session, file);
      }}
    >
      {children}
    </div>
  );
}
