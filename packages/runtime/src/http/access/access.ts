import type { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { RuntimeError } from "../../error.ts";
import { type Answer, refuse } from "../call.ts";
import { allowList } from "./allow-list.ts";
import { type Asking, browserGate, type Hosts } from "./browser.ts";

/** Who may ask. */
export interface Access {
  /** What `Authorization: Bearer …` has to say. */
  readonly token?: string;
  /** Client addresses, such as `10.0.0.7`, and subnets, such as `10.0.0.0/8`. */
  readonly allow?: readonly string[];
}

/** What is known of who asks. */
export interface Client extends Asking {
  readonly address: string | undefined;
}

/**
 * A function that answers those who may not ask. `hosts` are the names that the server is asked by; undefined: any.
 * A token that no client could send, and an entry of `allow` that is no address, are errors.
 */
export function gate({ token, allow }: Access, hosts?: Hosts): (client: Client) => Answer | undefined {
  if (token === "") throw new RuntimeError("invalid token: must not be empty");
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new RuntimeError(
      "invalid token (PPROF_TOKEN): must be visible ASCII characters, without spaces and newlines",
    );
  }
  const expected = token === undefined ? undefined : digest(token);
  const isAllowed = allow === undefined ? undefined : allowList(allow);
  const foreign = browserGate(hosts);
  return (client) => {
    const { address = "" } = client;
    if (isAllowed !== undefined && !isAllowed(address)) {
      return refuse(403, `Forbidden: ${address || "an unknown address"} is not allowed`);
    }
    const refused = foreign(client);
    if (refused !== undefined) return refused;
    // Digests are of one length, so comparing them takes the same time for every wrong token.
    if (expected !== undefined && !timingSafeEqual(digest(bearerOf(client)), expected)) {
      const refusal = refuse(401, "Unauthorized: a bearer token is needed");
      return { ...refusal, headers: { ...refusal.headers, "www-authenticate": "Bearer" } };
    }
    return undefined;
  };
}

/** The token of a request, as RFC 9110 has it: the scheme is in any case. A token is never empty. */
function bearerOf({ header }: Client): string {
  return /^bearer +([^ ]*)$/i.exec(header("authorization") ?? "")?.[1] ?? "";
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
