import type { VNode } from "preact";
import { addFiles } from "../session/open-profile.ts";
import { useSession } from "../session/session.ts";
import { FileButton } from "../widget/file-button.tsx";
import { plainText } from "../widget/plain-text.ts";

/** Asks again for the files that the profile was compared with before the page was loaded anew. */
export function ForgottenPanel(): VNode | null {
  const session = useSession();
  const { forgotten, summary } = session;
  const names = forgotten.names.value;
  if (names.length === 0 || summary.value === undefined) return null;
  return (
    <div class="filters" role="status">
      <span class="warning">
        This was compared with {names.map((name) => plainText(name).slice(0, 80)).join(", ")}, which a page that is
        loaded anew has no more.
      </span>
      <FileButton title="Choose again" take={(files) => addFiles(session, "old", files)} />
      <button type="button" class="plain" onClick={forgotten.forget}>
        Do not compare
      </button>
    </div>
  );
}
