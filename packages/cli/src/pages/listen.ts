import type { Server } from "node:http";
import { messageOf, ToolError } from "../error.ts";

const HIGHEST_PORT = 65535;

/** `host:port`, either of which may be empty; the host of an IPv6 address stands in brackets. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([^\]]*)\]|([^:]*)):(\d*)$/.exec(address);
  if (parts === null) {
    const why = address.includes(":")
      ? /:\D+$/.test(address)
        ? "invalid port"
        : "too many colons in address"
      : "missing port in address";
    throw new ToolError(`could not split http address: address ${address}: ${why}`);
  }
  if (Number(parts[3]) > HIGHEST_PORT) throw new ToolError(`listen tcp: address ${parts[3]}: invalid port`);
  return { host: parts[1] || parts[2] || "localhost", port: Number(parts[3]) };
}

/** Waits until the server answers there. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE";
      reject(new ToolError(inUse ? `listen tcp ${host}:${port}: bind: address already in use` : messageOf(error)));
    });
    server.listen(port, host, () => resolve());
  });
}
