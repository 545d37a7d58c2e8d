/** Where to listen. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_ADDRESS: Address = { host: "localhost", port: 6060 };

/** Reads an address as Go writes them: `host:port`, `:port`, `[::1]:port`; also a bare `port` or `host`. */
export function parseAddress(text: string): Address {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match !== null && port <= 65535) return { host: match[1] || match[2] || DEFAULT_ADDRESS.host, port };
  if (/^[^:[\]\s/\d][^:[\]\s/]*$/.test(text)) return { ...DEFAULT_ADDRESS, host: text };
  throw new Error(`invalid address "${text}": must be HOST:PORT, such as localhost:6060`);
}

/** The base of the URLs at this address. */
export function addressUrl({ host, port }: Address): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "::ffff:127.0.0.1" || /^127(\.\d{1,3}){3}$/.test(host);
}
