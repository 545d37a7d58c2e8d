import type { VNode } from "preact";
import { plainText } from "../../widget/plain-text.ts";
import { tellingPart } from "./telling-part.ts";

/** Names up to this length have room everywhere; of longer ones the beginning goes first, and what a function takes. */
const SHORT = 14;
/** More of a name nobody reads in a row. */
const MOST = 400;

/** A name in a row of a table: packages begin alike, so where there is no room its own end stays. */
export function LongName({ name }: { readonly name: string }): VNode {
  const shown = plainText(name).slice(0, MOST);
  if (shown.length <= SHORT) return <>{shown}</>;
  const { from, last, to } = tellingPart(shown);
  // What comes before, what tells, its last word, and what it takes: the more a part tells, the later it gives room.
  const [start = 0, more = 0, end = 0, takes = 0] = [from, last - from, to - last, shown.length - to];
  const least = (letters: number): number => Math.min(letters, LEAST);
  return (
    <span class="long-name">
      {start > 0 && <span style={beside(more + end + least(takes))}>{shown.slice(0, from)}</span>}
      {more > 0 && (
        <span class="telling" style={beside(least(start) + end + least(takes))}>
          {shown.slice(from, last)}
        </span>
      )}
      <span class="telling" style={beside(least(start) + least(more) + least(takes))}>
        {shown.slice(last, to)}
      </span>
      {takes > 0 && <span style={beside(start + more + end)}>{shown.slice(to)}</span>}
    </span>
  );
}

/** Room for a letter and what says that something is left out, in letters: they are all equally wide. */
const LEAST = 2;

/** The room that so many other letters leave, and a little, so that what fits is not cut for a rounded number. */
function beside(letters: number): { readonly maxWidth: string } {
  return { maxWidth: `max(${LEAST}ch, calc(100% - ${letters - 0.1}ch))` };
}
