import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
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

/** Where one is, and how one gets elsewhere. */
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
export function addressBar(): Navigation {
  const isServed = location.protocol.startsWith("http") && /\/ui(\/[a-z0-9]*)?$/.test(location.pathname);
  const read = (): Place =>
    placeIn(isServed ? location.pathname.replace(/^.*\/ui\/?/, "") + location.search : location.hash.slice(1));
  // A page in one file may say itself what it opens with.
  const first = document.getElementById("pprof-query")?.textContent;
  if (first && location.hash === "") history.replaceState(null, "", `#${FIRST_PAGE}?${first}`);
  const place = signal(read());
  const follow = (): void => {
    place.value = read();
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  const addressOf = (change: Change): string => (isServed ? "./" : "#") + written(changed(place.value, change));
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

/** Keeps to itself where one is. Links lead to the same in pages of their own, which stand at `pages`. */
export function ownPlace(first: Place, pages: string): Navigation & { readonly place: Signal<Place> } {
  const place = signal(first);
  return {
    place,
    isServed: false,
    addressOf: (change) => `${pages}#${written(changed(place.value, change))}`,
    go(change) {
      place.value = changed(place.value, change);
    },
  };
}

/** The page and the query that an address names. */
export function placeIn(address: string): Place {
  const [page, search] = address.split(/\?(.*)/s, 2);
  return {
    page: page?.replace(/^\/+/, "") || FIRST_PAGE,
    // Of a key that is there twice the first counts, as in the reference tool.
    query: Object.fromEntries([...new URLSearchParams(search ?? "")].reverse()),
  };
}

function written({ page, query }: Place): string {
  const search = new URLSearchParams(query).toString();
  return `${page}${search && `?${search}`}`;
}

/** Where a change leads to from a place. */
function changed(from: Place, { page, set = {} }: Change): Place {
  const differing = Object.fromEntries(
    Object.entries(set).filter(([key, value]) => (value ?? "") !== (from.query[key] ?? "")),
  );
  const query: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...from.query, ...resetBy(differing, page !== undefined), ...set }))
    if (value) query[key] = value;
  return { page: page ?? from.page, query };
}
