import { createHash } from "node:crypto";
import type { TenantConfig } from "../config/fleet-config.ts";
import { DEFAULT_TENANT } from "../config/scrape-config.ts";
import { FleetError } from "../error.ts";
import { readSecret } from "../fetch/secret.ts";

/** Whose a request is by its `Authorization`; undefined: nobody's who is known. */
export type TenantOf = (authorization: string | undefined) => string | undefined;

/** Tenants by their tokens; without any, whoever asks is the default one. */
export async function tenantsByToken(tenants: readonly TenantConfig[]): Promise<TenantOf> {
  if (tenants.length === 0) return () => DEFAULT_TENANT;
  const byDigest = new Map<string, string>();
  for (const { name, token } of tenants) {
    const text = await readSecret(token);
    if (!/^[\x21-\x7e]+$/.test(text)) {
      throw new FleetError(`the token of tenant ${name} is empty, or has characters that no header may have`);
    }
    const other = byDigest.get(digest(text));
    if (other !== undefined) throw new FleetError(`tenants ${other} and ${name} have the same token`);
    byDigest.set(digest(text), name);
  }
  // What is compared is a digest, so the time it takes says nothing of a token.
  return (authorization = "") => {
    const token = /^bearer +([^ ]+)$/i.exec(authorization)?.[1];
    return token === undefined ? undefined : byDigest.get(digest(token));
  };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
