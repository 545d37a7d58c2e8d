import { isIPv4, isIPv6 } from "node:net";

/** Where to listen. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_ADDRESS: Address = { host: "localhost", port: 6060 };

/** Reads an address as Go writes them: `host:port`, `:port`, `[::1]:port`; also a bare `port` or `host`. */
export function parseAddress(text: string): Address {
  const [, ip, name, digits = ""] = /^(?:(?:\[(.*)\]|([^:]*)):)?(0|[1-9]\d{0,4})$/.exec(text.trim()) ?? [];
  const port = digits === "" ? DEFAULT_ADDRESS.port : Number(digits);
  const host = digits === "" ? text.trim() : ip || name || DEFAULT_ADDRESS.host;
  if (port <= 65535 && (ip === undefined ? isName(host) : isIPv6(host) && !host.includes("%"))) return { host, port };
  throw new Error(`invalid address "${text}": must be HOST:PORT, such as localhost:6060`);
}

/** Where the last part has digits only, it is an IPv4 address and no name: `10.1` and `0` would stand for other ones. */
function isName(host: string): boolean {
  return isIPv4(host) || (/^[\w-]+(\.[\w-]+)*\.?$/.test(host) && !/(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(host));
}

/** The base of the URLs at this address. */
export function addressUrl({ host, port }: Address): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  const address = host.startsWith("::ffff:") ? host.slice(7) : host;
  return host === "localhost" || host === "::1" || (isIPv4(address) && address.startsWith("127."));
}
