import type { ValueType } from "@pprof-ts/profile";
import type { AskedProfiles } from "../../ask/asked-profiles.ts";
import { printTime } from "../../ask/time.ts";
import { matchersText } from "../../store/selector.ts";
import type { TimeRange } from "../../store/store.ts";
import { type Html, html } from "./html.ts";

/** Where the pages of a profile are, which open one by its address. */
export const PROFILE_PAGES = "/ui/index.html";

/** The address of a merged profile, without when. */
export function mergedQuery({ selector, name, sampleType }: AskedProfiles): string {
  const query = new URLSearchParams({ match: matchersText(selector.matchers), type: typeKey(name, sampleType) });
  return `/merge.pb.gz?${query}`;
}

/** A value of a kind of profile as an address names it. */
export function typeKey(name: string, sampleType: ValueType | undefined): string {
  return sampleType === undefined ? name : `${name}:${sampleType.type}:${sampleType.unit}`;
}

function mergedAddress(asked: AskedProfiles, { fromMillis, toMillis }: TimeRange): string {
  return `${mergedQuery(asked)}&${new URLSearchParams({ from: printTime(fromMillis), to: printTime(toMillis) })}`;
}

/** A page of a merged profile: `flamegraph`, `top`; with a base, `diff`. */
export function profileAddress(page: string, asked: AskedProfiles, base?: AskedProfiles): string {
  const query = new URLSearchParams({ src: mergedAddress(asked, asked.range) });
  if (base !== undefined) query.set("base", mergedAddress(base, base.range));
  return `${PROFILE_PAGES}#${page}?${query}`;
}

/** A link to such a page, of what is asked for; a part of the time that is drawn over is what it is of then. */
export function profileLink(page: string, text: string, asked: AskedProfiles, isPrimary = false): Html {
  return html`<a class="${isPrimary ? "button primary" : "button"}" href="${profileAddress(page, asked)}" data-page="${PROFILE_PAGES}#${page}" data-query="${mergedQuery(asked)}">${text}</a>`;
}

/** A link to what changed since as long a time before. */
export function changeLink(text: string, asked: AskedProfiles): Html {
  const { fromMillis, toMillis } = asked.range;
  const before = { ...asked, range: { fromMillis: 2 * fromMillis - toMillis, toMillis: fromMillis } };
  return html`<a class="button" href="${profileAddress("diff", asked, before)}" data-page="${PROFILE_PAGES}#diff" data-query="${mergedQuery(asked)}" data-before="">${text}</a>`;
}
