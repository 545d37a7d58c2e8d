import { BlockList, isIP, SocketAddress } from "node:net";
import { RuntimeError } from "../../error.ts";

interface Subnet {
  readonly address: string;
  readonly bits: number;
}

/**
 * Whether a client's address is in the list, whose entries are addresses (`10.0.0.7`, `::1`) and subnets (`10.0.0.0/8`).
 *
 * An entry that can be read in two ways is an error, for one of the two lets in who should not be. As in Go, bits behind the
 * prefix do not count: `10.0.0.1/8` is `10.0.0.0/8`; but all addresses are meant only where `0.0.0.0/0` or `::/0` says so,
 * each for its own family. IPv4 in IPv6 (`::ffff:10.0.0.7`) is IPv4, in clients and in the list.
 */
export function allowList(entries: readonly string[]): (address: string) => boolean {
  if (entries.length === 0) {
    throw new RuntimeError("invalid allow (PPROF_ALLOW): must name at least one address, such as 10.0.0.0/8");
  }
  // Of each family one: Node takes IPv4 clients for mapped ones, which `::/8` would let in.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const entry of entries) {
    const { address, bits } = subnetOf(String(entry));
    lists[familyOf(address)].addSubnet(address, bits, familyOf(address));
  }
  return (client) => {
    // A neighbour's address may have the network card behind it: `fe80::1%eth0`.
    const address = plainAddress(client.split("%", 1)[0]!);
    return address !== undefined && lists[familyOf(address)].check(address, familyOf(address));
  };
}

function subnetOf(entry: string): Subnet {
  const [given = "", prefix, ...rest] = entry.split("/");
  const address = plainAddress(given);
  if (address !== undefined && rest.length === 0) {
    const most = isIP(address) === 4 ? 32 : 128;
    // A prefix counts the bits of the address as it was written.
    const before = isIP(given) === 6 ? 128 - most : 0;
    const bits = prefix === undefined ? most : /^(0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) - before : -1;
    const least = address === "0.0.0.0" || address === "::" ? 0 : 1;
    if (bits >= least && bits <= most) return { address, bits };
  }
  throw new RuntimeError(
    `invalid address ${JSON.stringify(entry)} in allow: must be an IP address or a subnet such as 10.0.0.0/8`,
  );
}

/** An address in the one way to write it; undefined where it is none, or good for one network card only (`fe80::1%eth0`). */
function plainAddress(text: string): string | undefined {
  if (isIP(text) === 0 || text.includes("%")) return undefined;
  const { address } = new SocketAddress({ address: text, family: familyOf(text) });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  return mapped?.[1] ?? address;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
