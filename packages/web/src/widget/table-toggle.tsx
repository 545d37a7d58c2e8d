import type { VNode } from "preact";
import type { Navigation } from "../session/address/state.ts";
import { useSession } from "../session/session.ts";
import { useKeys } from "./keys.ts";

/** Whether pictures are shown as tables: the key `as` of the address. */
export function isAsTable(nav: Navigation): boolean {
  return nav.place.value.query.as === "table";
}

/** Between a picture and the table of what it shows. */
export function TableToggle(): VNode {
  const { nav } = useSession();
  const isTable = isAsTable(nav);
  const toggle = (): void => nav.go({ set: { as: isTable ? "" : "table" } });
  useKeys({ v: toggle });
  return (
    <button type="button" aria-pressed={isTable} title="What the picture shows, as a table (v)" onClick={toggle}>
      As table
    </button>
  );
}
