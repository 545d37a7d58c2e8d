import type { VNode } from "preact";
import { addFiles, leaveOut } from "../../session/open-profile.ts";
import type { Side } from "../../session/protocol.ts";
import { useSession } from "../../session/session.ts";
import { FileButton } from "../../widget/file-button.tsx";
import { plainText } from "../../widget/plain-text.ts";
import { Flame } from "../flame/flame.tsx";
import { Changes } from "./changes.tsx";

/** How a comparison is looked at; the key `v` of the address, "" being the first. */
const VIEWS: readonly { readonly name: string; readonly title: string; readonly help: string }[] = [
  { name: "", title: "Table", help: "Functions by their change, and whether chance would do the same" },
  { name: "sides", title: "Side by side", help: "The flame graph of before beside that of now" },
  { name: "merged", title: "Merged", help: "One flame graph: what grew and what shrank" },
];

/** What changed since other profiles; without them, the way to choose them. */
export function DiffPage(): VNode {
  const { nav, summary } = useSession();
  const profile = summary.value;
  const view = nav.place.value.query.v ?? "";
  if (profile === undefined) return <section class="page" aria-busy />;
  if (profile.old.length === 0)
    return (
      <section class="page">
        <div class="empty">
          <p>
            Nothing is compared yet: choose or drop a profile from before, press “compare with it” beside a recording,
            or start with pprof -diff_base.
          </p>
          <SideFiles side="old" title="Before" names={[]} />
        </div>
      </section>
    );
  return (
    <section class={view === "" ? "page" : "flame"}>
      <div class="tools sides">
        <span class="segments">
          {VIEWS.map(({ name, title, help }) => (
            <button
              key={name}
              type="button"
              title={help}
              aria-pressed={view === name}
              onClick={() => nav.go({ set: { v: name } })}
            >
              {title}
            </button>
          ))}
        </span>
        <SideFiles side="old" title="Before" names={profile.old} />
        <SideFiles side="fresh" title="Now" names={profile.fresh} />
      </div>
      {view === "sides" ? (
        <Flame question="flame" sides />
      ) : view === "merged" ? (
        <Flame question="flame" />
      ) : (
        <Changes />
      )}
    </section>
  );
}

interface SideProps {
  readonly side: Side;
  readonly title: string;
  readonly names: readonly string[];
}

/** The profiles of a side, and a button that adds to them. */
function SideFiles({ side, title, names }: SideProps): VNode {
  const session = useSession();
  return (
    <fieldset class="side" data-drop={side}>
      <legend>{title}</legend>
      {names.map((name, row) => (
        <button
          type="button"
          key={`${row} ${name}`}
          class="chip"
          title={`Leave out ${plainText(name)}`}
          disabled={side === "fresh" && names.length === 1}
          onClick={() => void leaveOut(session, side, row)}
        >
          <code>{plainText(name).slice(0, 60)}</code>
          <span aria-hidden="true">✕</span>
        </button>
      ))}
      <FileButton
        title={names.length === 0 ? "Choose" : "Add a repeat"}
        take={(files) => addFiles(session, side, files)}
      />
    </fieldset>
  );
}
