import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIP } from "node:net";
import { RuntimeError } from "./error.ts";
import { type Answer, refuse } from "./exchange.ts";

/** Who may ask. */
export interface Access {
  /** What `Authorization: Bearer …` has to say. */
  readonly token?: string;
  /** Client addresses, such as `10.0.0.7`, and subnets, such as `10.0.0.0/8`. */
  readonly allow?: readonly string[];
}

/** What is known of who asks. */
export interface Client {
  readonly authorization: string | undefined;
  readonly address: string | undefined;
}

/** A function that answers those who may not ask; an empty token, and an entry of `allow` that is no address, are errors. */
export function gate({ token, allow }: Access): (client: Client) => Answer | undefined {
  if (token === "") throw new RuntimeError("invalid token: must not be empty");
  const expected = token === undefined ? undefined : digest(`Bearer ${token}`);
  const list = allow === undefined ? undefined : blockList(allow);
  return ({ authorization = "", address = "" }) => {
    if (list !== undefined && !list.check(plainAddress(address), family(plainAddress(address)))) {
      return refuse(403, `Forbidden: ${address || "an unknown address"} is not allowed`);
    }
    // Digests are of one length, so comparing them takes the same time for every wrong token.
    if (expected !== undefined && !timingSafeEqual(digest(authorization), expected)) {
      const refusal = refuse(401, "Unauthorized: a bearer token is needed");
      return { ...refusal, headers: { ...refusal.headers, "www-authenticate": "Bearer" } };
    }
    return undefined;
  };
}

function blockList(allow: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of allow) {
    const [given = "", prefix] = entry.split("/", 2);
    const address = prefix === undefined ? plainAddress(given) : given;
    const bits = prefix === undefined ? undefined : Number(prefix);
    const most = isIP(address) === 4 ? 32 : 128;
    if (isIP(address) === 0 || (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= most))) {
      throw new RuntimeError(
        `invalid address "${entry}" in allow: must be an IP address or a subnet such as 10.0.0.0/8`,
      );
    }
    if (bits === undefined) list.addAddress(address, family(address));
    else list.addSubnet(address, bits, family(address));
  }
  return list;
}

/** An IPv4 client of an IPv6 socket has an address such as `::ffff:127.0.0.1`. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
