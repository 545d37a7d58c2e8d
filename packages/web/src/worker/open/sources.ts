import { SERVER_GONE } from "../../session/server-gone.ts";

/** Where sources come from: the server beside a profile, or the page that the profile stands in. */
export interface Sources {
  /** The text of a source; undefined where there is none. Reports read as they go, and a worker may wait. */
  readonly read: (path: string) => string | undefined;
  /** Why a source that is there is not given, or "". */
  readonly refusalOf: (path: string) => string;
  /** Where it has been looked for in vain. */
  readonly lookedFor: (path: string) => readonly string[];
  /** When a source that was read was changed last, in milliseconds since 1970; NaN where nobody knows. */
  readonly changed: (path: string) => number;
  /** The path of a source on this machine; "" where it is not there, or nobody knows. */
  readonly placeOf: (path: string) => Promise<string>;
}

/** The header that says where a source is. */
const PLACE = "source-place";

/** The sources that the server of a profile finds on its machine. */
export function servedSources(profileUrl: string): Sources {
  const refusals = new Map<string, string>();
  const changes = new Map<string, number>();
  const looked = new Map<string, readonly string[]>();
  const addressOf = (path: string): URL => new URL(`./file?${new URLSearchParams({ path })}`, profileUrl);
  return {
    read(path) {
      const request = new XMLHttpRequest();
      request.open("GET", addressOf(path), false);
      try {
        request.send();
      } catch {
        refusals.set(path, SERVER_GONE);
        return undefined;
      }
      const { status, responseText } = request;
      if (status === 403) refusals.set(path, responseText);
      if (status === 404) looked.set(path, responseText.split("\n").slice(1));
      if (status !== 200) return undefined;
      changes.set(path, Date.parse(request.getResponseHeader("last-modified") ?? ""));
      return responseText;
    },
    refusalOf: (path) => found(refusals, path) ?? "",
    lookedFor: (path) => found(looked, path) ?? [],
    changed: (path) => found(changes, path) ?? Number.NaN,
    async placeOf(path) {
      const answer = await fetch(addressOf(path), { method: "HEAD" }).catch(() => undefined);
      return answer?.ok ? decodeURI(answer.headers.get(PLACE) ?? "") : "";
    },
  };
}

/** What a page in one file says of each source that its profile names, and which of them a report means by a path. */
interface Packed {
  readonly sources: readonly { readonly text?: string; readonly changed?: number | null; readonly why?: string }[];
  readonly paths: Readonly<Record<string, number>>;
}

/** The sources that stand in a page in one file: gzip of JSON, as the tool's `-html -with_sources` writes it. */
export async function packedSources(bytes: ArrayBuffer): Promise<Sources> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { sources, paths } = (await new Response(stream).json()) as Packed;
  const numbers = new Map(Object.entries(paths));
  const sourceOf = (path: string): Packed["sources"][number] | undefined => sources[found(numbers, path) ?? -1];
  return {
    read: (path) => sourceOf(path)?.text,
    refusalOf: (path) => sourceOf(path)?.why ?? "",
    lookedFor: () => [],
    changed: (path) => sourceOf(path)?.changed ?? Number.NaN,
    placeOf: async () => "",
  };
}

/** Below the root there is no other directory in a browser. */
function found<T>(known: ReadonlyMap<string, T>, path: string): T | undefined {
  return known.get(path) ?? known.get(`/${path}`);
}
