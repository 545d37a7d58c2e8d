import { describe, expect, test } from "vitest";
import { allowList } from "../src/http/access/allow-list.ts";

describe("the allow-list", () => {
  test("knows addresses and subnets of both kinds", () => {
    const isAllowed = allowList(["10.1.0.0/16", "::1", "192.168.0.7", "2001:db8::/33", "fe80::/10"]);
    const yes = ["10.1.2.3", "::ffff:10.1.2.3", "::1", "192.168.0.7", "2001:db8:7fff::1", "fe80::1%eth0"];
    const no = ["10.2.0.1", "::2", "192.168.0.8", "2001:db8:8000::1", "", "nonsense", "::ffff:10.2.0.1", "10.1.2.3 "];
    expect(yes.filter((address) => !isAllowed(address))).toEqual([]);
    expect(no.filter(isAllowed)).toEqual([]);
  });

  test.for([
    ["10.0.0.1/8", "10.255.0.9", "11.0.0.1"],
    ["10.0.0.1/32", "10.0.0.1", "10.0.0.2"],
    ["::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"],
    ["::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.1"],
    ["::FFFF:a00:1/128", "10.0.0.1", "10.0.0.2"],
    ["0:0:0:0:0:0:0:1", "::1", "::2"],
    ["2001:DB8::1/127", "2001:db8::", "2001:db8::2"],
    ["0.0.0.0/0", "203.0.113.9", "2001:db8::1"],
    ["::/0", "2001:db8::1", "203.0.113.9"],
    ["::ffff:0:0/96", "203.0.113.9", "2001:db8::1"],
  ] as const)("%s lets in %s, and not %s", ([entry, inside, outside]) => {
    const isAllowed = allowList([entry]);
    expect([isAllowed(inside), isAllowed(outside)]).toEqual([true, false]);
  });

  test.for([
    "10.0.0.0/",
    "10.0.0.0/0x0",
    "10.0.0.0/0",
    "/0",
    "/",
    "",
    "10.0.0.0//8",
    "10.0.0.0/8/",
    "10.0.0.0/8/8",
    "10.0.0.0/+8",
    "10.0.0.0/-8",
    "10.0.0.0/08",
    "10.0.0.0/ 8",
    "10.0.0.0/8 ",
    " 10.0.0.0/8",
    "10.0.0.0 /8",
    "10.0.0.0/8\n",
    "10.0.0.0/8.0",
    "10.0.0.0/1e1",
    "10.0.0.0/255.0.0.0",
    "10.0.0.0/٨",
    "10.0.0.0/33",
    "10.0.0/8",
    "010.0.0.1",
    "10.0.0.256",
    "1.2.3.4:80",
    "::1/129",
    "2001:db8::/0",
    "::ffff:10.0.0.0/95",
    "::ffff:10.0.0.0/96",
    "::ffff:10.0.0.0/0",
    "[::1]",
    "fe80::1%eth0",
    "fe80::%eth0/10",
    "localhost",
    "*",
  ])("the entry %j is an error", (entry) => {
    expect(() => allowList(["127.0.0.1", entry])).toThrow(`invalid address ${JSON.stringify(entry)} in allow`);
  });

  test("an empty list is an error, and not everybody", () => {
    expect(() => allowList([])).toThrow("invalid allow (PPROF_ALLOW): must name at least one address");
  });

  test("random entries are refused, or mean what they say", () => {
    const random = randomNumbers(1);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const clients = ["10.0.0.1", "10.1.2.3", "127.0.0.1", "255.255.255.255", "0.0.0.0", "::1", "::", "2001:db8::1"];
    const parts = [
      "10.0.0.",
      "0",
      "1",
      "/",
      "8",
      "::",
      "ffff:",
      "2001:db8::",
      ".",
      " ",
      "32",
      "127.0.0.1",
      "x",
      "-",
      "%",
    ];
    let accepted = 0;
    for (let round = 0; round < 20_000; round++) {
      const isLikely = random() < 0.5;
      const entry = isLikely
        ? `${pick(clients)}/${Math.floor(random() * 140) - 3}`
        : Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(parts)).join("");
      const meant = reference(entry);
      let isAllowed: ((address: string) => boolean) | undefined;
      try {
        isAllowed = allowList([entry]);
        accepted++;
      } catch {
        continue;
      }
      expect({ entry, in: clients.filter(isAllowed) }).toEqual({
        entry,
        in: clients.filter((client) => meant?.(client)),
      });
    }
    expect(accepted).toBeGreaterThan(1000);
  });
});

/** What an entry means, by counting bits; undefined where it means nothing. */
function reference(entry: string): ((client: string) => boolean) | undefined {
  const [, address = "", digits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const all = bitsOf(address);
  const prefix = all?.slice(0, digits === undefined ? all.length : Number(digits));
  if (all === undefined || Number(digits ?? 0) > all.length) return undefined;
  const isMapped = all.startsWith(MAPPED);
  return (client) => {
    const own = bitsOf(client)!;
    if (own.length === 32 && isMapped) return `${MAPPED}${own}`.startsWith(prefix!);
    return own.length === all.length && own.startsWith(prefix!);
  };
}

const MAPPED = "0".repeat(80) + "1".repeat(16);

/** The bits of an address, 32 or 128. */
function bitsOf(address: string): string | undefined {
  const [, head = "", four] = /^(.*:|)(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  if (four !== undefined) {
    const bytes = four.split(".");
    if (!bytes.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
    if (head === "") return bytes.map((byte) => Number(byte).toString(2).padStart(8, "0")).join("");
    const [a, b, c, d] = bytes.map((byte) => Number(byte).toString(16).padStart(2, "0"));
    return bitsOf(`${head}${a}${b}:${c}${d}`);
  }
  const halves = address.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - halves.flat().length;
  const isShort = halves.length === 2 && missing > 0;
  if (!isShort && (halves.length !== 1 || missing !== 0)) return undefined;
  const words = [...halves[0]!, ...Array.from({ length: missing }, () => "0"), ...(halves[1] ?? [])];
  if (!words.every((word) => /^[\da-f]{1,4}$/i.test(word))) return undefined;
  return words.map((word) => Number.parseInt(word, 16).toString(2).padStart(16, "0")).join("");
}

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
