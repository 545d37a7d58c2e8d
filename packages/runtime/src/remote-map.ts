import { isLoopback } from "./address.ts";

const TIMEOUT_MILLIS = 3_000;
/** A host that has failed is not asked again for so long: a profile may have a hundred scripts with maps there. */
const REST_MILLIS = 60_000;

/**
 * Gets source maps that scripts name by a URL.
 *
 * Which URL that is, a script says, and scripts come from many authors: so only hosts are asked that are named beforehand,
 * which by default is this machine, redirections are not followed, and size and time are bounded.
 */
export class RemoteMaps {
  /** Hosts to ask, such as `maps.example.com`; undefined: this machine's own. */
  hosts: readonly string[] | undefined;
  readonly #rests = new Map<string, number>();

  /** The text at this URL; throws where it is not to be had. */
  async read(url: URL, most: number): Promise<string> {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (!(this.hosts?.includes(host) ?? isLoopback(host)))
      throw new Error(`${host} is not among the hosts of source maps`);
    if ((this.#rests.get(url.host) ?? 0) > Date.now()) throw new Error(`${url.host} has failed a moment ago`);
    try {
      return await readBounded(url, most);
    } catch (error) {
      this.#rests.set(url.host, Date.now() + REST_MILLIS);
      throw error;
    }
  }
}

async function readBounded(url: URL, most: number): Promise<string> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
  if (!response.ok || response.body === null) throw new Error(`${url.href} answered ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.length;
    // Leaving the loop ends the transfer.
    if (size > most) throw new Error(`${url.href} has more than ${most} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
