import type { VNode } from "preact";
import { useSession } from "./session.ts";
import type { Change } from "./state.ts";

interface Props {
  readonly title: string;
  readonly help: string;
  readonly change: Change;
}

/** A button that goes to a page, and a link that can be opened beside this one. */
export function PageLink({ title, help, change }: Props): VNode {
  const { nav } = useSession();
  return (
    <a
      class="button"
      href={nav.addressOf(change)}
      title={help}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        nav.go(change);
      }}
    >
      {title}
    </a>
  );
}
