import { readFile } from "node:fs/promises";
import type { ClientConfig, Secret } from "../config/client-config.ts";
import { FleetError, messageOf } from "../error.ts";

/** What a secret is now; a file may have another one tomorrow. */
export async function readSecret(secret: Secret): Promise<string> {
  if ("text" in secret) return secret.text;
  try {
    return (await readFile(secret.file, "utf8")).trim();
  } catch (error) {
    throw new FleetError(`cannot read ${secret.file}: ${messageOf(error)}`);
  }
}

/** What is sent to a server so that it answers. */
export async function authorizationOf({ user, password, scheme, token }: ClientConfig): Promise<string | undefined> {
  if (user !== undefined) {
    const login = `${await readSecret(user)}:${password === undefined ? "" : await readSecret(password)}`;
    return `Basic ${Buffer.from(login).toString("base64")}`;
  }
  return token === undefined ? undefined : `${scheme} ${await readSecret(token)}`;
}
