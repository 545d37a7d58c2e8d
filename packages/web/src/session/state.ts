import { type ReadonlySignal, signal } from "@preact/signals";
import { resetBy } from "./address-keys.ts";

/** The state of the pages is their address: a page and a query, under the reference tool's names and keys. */
export interface Place {
  readonly page: string;
  readonly query: Query;
}

/** Keys without a value are not in it. */
export type Query = Readonly<Record<string, string>>;

/** The page shown when the address names none. */
export const FIRST_PAGE = "flamegraph";

/** Where to go: what is left out stays as it is, but for what the change resets; undefined and "" remove a key. */
export interface Change {
  readonly page?: string;
  readonly set?: Readonly<Record<string, string | undefined>>;
}

/** The address bar, read and written. */
export interface Navigation {
  readonly place: ReadonlySignal<Place>;
  /** Whether `pprof -http` serves this page: then there are a profile, settings and sources beside it. */
  readonly isServed: boolean;
  /** The address of a place, from here. */
  readonly addressOf: (change: Change) => string;
  /** Goes there; with `replace`, going back skips the present place. */
  readonly go: (change: Change, replace?: boolean) => void;
}

/**
 * Follows the address bar. The server puts pages under /ui/; a page from a file or from any other site keeps its state
 * behind the #.
 */
export function navigation(): Navigation {
  const isServed = location.protocol.startsWith("http") && /\/ui(\/[a-z0-9]*)?$/.test(location.pathname);
  const read = (): Place => {
    const address = isServed ? location.pathname.replace(/^.*\/ui\/?/, "") + location.search : location.hash.slice(1);
    const [page, search] = address.split(/\?(.*)/s, 2);
    return {
      page: page?.replace(/^\/+/, "") || FIRST_PAGE,
      // Of a key that is there twice the first counts, as in the reference tool.
      query: Object.fromEntries([...new URLSearchParams(search ?? "")].reverse()),
    };
  };
  // A page in one file may say itself what it opens with.
  const first = document.getElementById("pprof-query")?.textContent;
  if (first && location.hash === "") history.replaceState(null, "", `#${FIRST_PAGE}?${first}`);
  const place = signal(read());
  const follow = (): void => {
    place.value = read();
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  const addressOf = ({ page, set = {} }: Change): string => {
    const query: Record<string, string> = {};
    const before = place.value.query;
    const changed = Object.fromEntries(
      Object.entries(set).filter(([key, value]) => (value ?? "") !== (before[key] ?? "")),
    );
    for (const [key, value] of Object.entries({ ...before, ...resetBy(changed, page !== undefined), ...set }))
      if (value) query[key] = value;
    const search = new URLSearchParams(query).toString();
    return `${isServed ? "./" : "#"}${page ?? place.value.page}${search && `?${search}`}`;
  };
  return {
    place,
    isServed,
    addressOf,
    go(change, replace = false) {
      history[replace ? "replaceState" : "pushState"](null, "", addressOf(change));
      follow();
    },
  };
}
