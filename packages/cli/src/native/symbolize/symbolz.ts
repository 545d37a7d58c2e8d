import { posix } from "node:path";
import type { Profile } from "@pprof-ts/profile";
import { withoutCredentials } from "../../words/source-url.ts";
import { ProfileRewrite } from "./rewrite.ts";
import type { MappingSources } from "./sources.ts";

/** Sends `body` to `url` and gives the answer's text; throws what went wrong. */
export type Post = (url: string, body: string) => Promise<string>;

/**
 * The profile with names from the servers that its mappings came from. A server is asked once for each mapping that
 * has no functions yet; with `force` also for those that have. Throws what `post` throws.
 */
export async function symbolizeRemotely(
  profile: Profile,
  force: boolean,
  sources: MappingSources,
  post: Post,
): Promise<Profile> {
  const { mappings, strings } = profile;
  const rewrite = new ProfileRewrite(profile);
  for (let row = 0; row < mappings.length; row++) {
    if (!force && mappings.hasFunctions[row]) continue;
    const buildId = strings.get(mappings.buildId[row]!);
    const known = [...(sources.get(strings.get(mappings.filename[row]!)) ?? [])];
    if (buildId !== "") known.push(...(sources.get(buildId) ?? []));
    for (const { url, start } of known) {
      const symbolz = symbolzUrl(url);
      if (symbolz === undefined) continue;
      await symbolizeMapping(profile, row, symbolz, BigInt.asIntN(64, start - mappings.start[row]!), post, rewrite);
      rewrite.setFlag(row, "hasFunctions");
      break;
    }
  }
  return rewrite.finish();
}

/** Paths that gperftools serves profiles at, with `/pprof/symbol` beside them. */
const GPERFTOOLS_PATH = /\/pprof\/(heap|growth|profile|pmuprofile|contention)$/;

/** Where the server of this profile answers with the names of addresses; undefined for what is no URL. */
export function symbolzUrl(source: string): string | undefined {
  const parts = /^((?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]+)([^?#]*)(?:\?[^#]*)?(#.*)?$/i.exec(source);
  if (parts === null) return undefined;
  const [, server, path, fragment] = parts;
  const isPprof = path!.includes("/debug/pprof/") || GPERFTOOLS_PATH.test(path!);
  return server + posix.normalize(`${path}/../${isPprof ? "symbol" : "symbolz"}`) + (fragment ?? "");
}

async function symbolizeMapping(
  profile: Profile,
  mapping: number,
  url: string,
  offset: bigint,
  post: Post,
  rewrite: ProfileRewrite,
): Promise<void> {
  const { locations } = profile;
  const query: string[] = [];
  for (let row = 0; row < locations.length; row++) {
    const address = locations.address[row]!;
    const hasLines = locations.lineStart[row + 1]! > locations.lineStart[row]!;
    if (locations.mapping[row] !== mapping || address === 0n || hasLines) continue;
    query.push(`0x${moved(address, offset).toString(16)}`);
  }
  if (query.length === 0) return;
  const names = new Map<bigint, string>();
  // A line that does not end was cut off on its way.
  for (const line of (await post(url, query.join("+"))).split("\n").slice(0, -1)) {
    const [, address, name] = /(0x[\da-f]+)\s+(.+)/i.exec(line) ?? [];
    if (address === undefined) continue;
    if (address.length > 18) throw new Error(`invalid address in the answer of ${withoutCredentials(url)}: ${address}`);
    names.set(moved(BigInt(address), -offset), name!);
  }
  for (let row = 0; row < locations.length; row++) {
    if (locations.mapping[row] !== mapping) continue;
    const name = names.get(locations.address[row]!);
    if (name !== undefined) rewrite.setLines(row, [{ function: rewrite.function(name, "", 0), line: 0, column: 0 }]);
  }
}

function moved(address: bigint, offset: bigint): bigint {
  const sum = address + offset;
  if (sum === BigInt.asUintN(64, sum)) return sum;
  throw new Error(`cannot move address 0x${address.toString(16)} by ${offset}: it would overflow`);
}
