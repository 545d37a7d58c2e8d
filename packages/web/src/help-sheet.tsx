import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { KEY_SHEET } from "./keys.ts";
import { plainText } from "./plain-text.ts";
import { useSession } from "./session.ts";
import { useAnswer } from "./use-answer.ts";

/** The keys, and what the profile says of itself. */
export function HelpSheet({ close }: { readonly close: () => void }): VNode {
  const { summary } = useSession();
  const legend = useAnswer("legend", undefined);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="sheet" onClose={close} aria-label="Keys">
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
      {summary.value && (
        <>
          <h2>Profile</h2>
          <p class="labels">{legend.value?.map(plainText).join("\n")}</p>
        </>
      )}
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
