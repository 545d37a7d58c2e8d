import type { VNode } from "preact";
import { plainText } from "./plain-text.ts";

/** Names up to this length are shown as they are; of longer ones the middle goes first. */
const SHORT = 36;
/** The end that is always shown: from a `/` or `::` on where one stands so far from it, else so much. */
const SHORTEST_END = 14;
const LONGEST_END = 28;
const END = 20;
/** More of a name nobody reads in a row. */
const MOST = 400;

/** A name in a row of a table: packages begin alike, so where there is no room the end stays. */
export function LongName({ name }: { readonly name: string }): VNode {
  const shown = plainText(name).slice(0, MOST);
  if (shown.length <= SHORT) return <>{shown}</>;
  const last = shown.length - SHORTEST_END;
  const part = Math.max(shown.lastIndexOf("/", last), shown.lastIndexOf("::", last));
  let cut = shown.length - part <= LONGEST_END ? part : shown.length - END;
  // Not between the halves of a letter.
  if (/[\udc00-\udfff]/.test(shown[cut]!)) cut--;
  return (
    <span class="long-name">
      <span>{shown.slice(0, cut)}</span>
      <span>{shown.slice(cut)}</span>
    </span>
  );
}
