import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useSession } from "../session/session.ts";
import { useAnswer } from "../session/use-answer.ts";
import { KEY_SHEET } from "../widget/keys.ts";
import { plainText } from "../widget/plain-text.ts";

/** What the profile says of itself, and the keys. */
export function HelpSheet({ close }: { readonly close: () => void }): VNode {
  const { summary } = useSession();
  const legend = useAnswer("legend", undefined);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="sheet"
      onClose={close}
      onKeyDown={(event) => event.key === "?" && close()}
      aria-label="Profile and keys"
    >
      {summary.value && (
        <>
          <h2>Profile</h2>
          <p class="labels">
            {legend.value?.map(plainText).map((line) => (
              <LegendLine key={line} line={line} />
            ))}
          </p>
        </>
      )}
      <h2>Keys</h2>
      <table>
        {KEY_SHEET.map(([keys, what]) => (
          <tr key={keys}>
            <td>
              <kbd>{keys}</kbd>
            </td>
            <td>{what}</td>
          </tr>
        ))}
      </table>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

/** A line; the address of a documentation as a link, as in the reference tool. */
function LegendLine({ line }: { readonly line: string }): VNode {
  const address = /^Doc: (https?:\/\/\S+)$/.exec(line)?.[1];
  if (address === undefined) return <span>{line}</span>;
  return (
    <a href={address} target="_blank" rel="noreferrer">
      {line}
    </a>
  );
}
