import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { addFiles, openFiles } from "../session/open-profile.ts";
import type { Side } from "../session/protocol.ts";
import { useSession } from "../session/session.ts";
import { FileButton } from "../widget/file-button.tsx";

/** What a page without a profile shows. */
export function OpenPanel(): VNode {
  const session = useSession();
  return (
    <div class="open">
      <h1>Drop a profile or a trace here</h1>
      <p>
        A pprof profile from Node, Go or anything else, or an execution trace, gzipped or not. It is read in this
        browser and goes nowhere else.
      </p>
      <FileButton title="Choose a file" primary take={(files) => openFiles(session, files)} />
    </div>
  );
}

/** Where files can be dropped while a profile is open, and what happens to them there. */
const DROPS: readonly { readonly name: "open" | Side; readonly title: string; readonly help: string }[] = [
  { name: "old", title: "Compare: before", help: "Pages then show what changed since these" },
  { name: "open", title: "Open", help: "Instead of what is open" },
  { name: "fresh", title: "Add: now", help: "Together with what is open, as a repeat of it" },
];

/** Takes files dropped anywhere on the page. */
export function DropTarget({ children }: { readonly children: ComponentChildren }): VNode {
  const session = useSession();
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    const name = (event.target as Element).closest<HTMLElement>("[data-drop]")?.dataset.drop;
    if (name === "old" || name === "fresh") void addFiles(session, name, files);
    else void openFiles(session, files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: buttons of the first page and of Diff do the same
    <div
      class={isOver ? "shell dropping" : "shell"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
      onDrop={drop}
    >
      {children}
      {isOver && (session.summary.value ?? session.trace.value) && (
        <div class="drops">
          {DROPS.filter(({ name }) => name !== "fresh" || session.trace.value === undefined).map(
            ({ name, title, help }) => (
              <div key={name} class="drop" data-drop={name}>
                <b>{title}</b>
                {help}
              </div>
            ),
          )}
        </div>
      )}
    </div>
  );
}
