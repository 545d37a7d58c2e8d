import { BlockList, isIP } from "node:net";

/**
 * Where clouds tell a machine's secrets to whoever asks from it: link-local addresses (RFC 3927), which nobody else has a use for,
 * and what each of them has beside those.
 */
const RANGES: readonly (readonly [address: string, bits: number, family: "ipv4" | "ipv6"])[] = [
  ["169.254.0.0", 16, "ipv4"],
  ["fe80::", 10, "ipv6"],
  // Azure, Alibaba Cloud, Oracle Cloud, AWS, Google Cloud.
  ["168.63.129.16", 32, "ipv4"],
  ["100.100.100.200", 32, "ipv4"],
  ["192.0.0.192", 32, "ipv4"],
  ["fd00:ec2::254", 128, "ipv6"],
  ["fd20:ce::254", 128, "ipv6"],
];

/** How IPv4 addresses are written in IPv6 ones, and the bit at which they begin: mapped, compatible, NAT64, 6to4. */
const EMBEDDED: readonly (readonly [prefix: string, bits: number, end: string])[] = [
  ["::ffff:", 96, ""],
  ["::", 96, ""],
  ["64:ff9b::", 96, ""],
  ["2002:", 16, "::"],
];

/** A function that says whether a machine's secrets may be told at an address. */
export function metadataAddresses(): (address: string) => boolean {
  const blocked = new BlockList();
  for (const [address, bits, family] of RANGES) {
    blocked.addSubnet(address, bits, family);
    if (family === "ipv6") continue;
    const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
    const words = `${(256 * a + b).toString(16)}:${(256 * c + d).toString(16)}`;
    for (const [prefix, before, end] of EMBEDDED) blocked.addSubnet(`${prefix}${words}${end}`, before + bits, "ipv6");
  }
  return (address) => {
    const plain = address.split("%", 1)[0]!;
    const family = isIP(plain);
    return family !== 0 && blocked.check(plain, family === 6 ? "ipv6" : "ipv4");
  };
}
