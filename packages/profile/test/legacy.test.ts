import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type Profile, ProfileError, readProfile } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { raw, stacks } from "./show.ts";

const kit = new URL("../../../../shared/reference-2026-11/", import.meta.url);
/** What a Go program serves, which is part of the kit before that one. */
const go = new URL("../../../../shared/reference/go/", import.meta.url);

interface Case {
  readonly args: readonly string[];
  readonly profile: string;
  readonly stdout: string;
}

/** The -raw outputs that the reference tool gave for files that are not profile.proto by their names. */
const recorded = ((): Case[] => {
  try {
    const cases = readFileSync(new URL("cases.jsonl", kit), "utf8").trim().split("\n");
    return cases
      .map((line) => JSON.parse(line) as Case)
      .filter(({ args, profile }) => args.join(" ") === "-symbolize=none -raw" && !profile.endsWith(".pb.gz"));
  } catch {
    return [];
  }
})();

const text = (content: string): Promise<Profile> => readProfile(new TextEncoder().encode(content));

describe.skipIf(recorded.length === 0)("legacy profiles read as the reference tool has them (needs its kit)", () => {
  test.each(recorded.map(({ profile, stdout }) => [profile, stdout] as const))("%s", async (name, stdout) => {
    const profile = await readProfile(readFileSync(new URL(`profiles/${name}`, kit)));
    const lines = stdout.split("\n").filter((line) => !/^(Time|Duration|Comment|Doc): /.test(line));
    expect(raw(profile).split("\n")).toEqual(
      lines.map((line) => (/^(PeriodType|\d+): /.test(line) ? line.trimEnd() : line)),
    );
  });

  test.each(["heap", "allocs", "block", "mutex", "goroutine", "threadcreate"])("Go's %s?debug=1", async (name) => {
    const [proto, dump] = await Promise.all(
      [0, 1].map((debug) => readProfile(readFileSync(new URL(`go123.${name}.debug${debug}`, go)))),
    );
    expect(dump!.sampleTypes).toEqual(proto!.sampleTypes);
    expect(dump!.samples.length).toBeGreaterThan(0);
    if (name !== "threadcreate") expect(stacks(dump!)).toContain("main.main");
  });
});

describe("binary CPU profiles", () => {
  const words = (kind: number): number[] => [0, 3, kind, 10000, 0, 2, 3, 0x1001, 0x2001, 0x3001, 1, 1, 0x1001, 0, 1, 0];
  const bytes = (size: 4 | 8, little: boolean, kind: number, tail: string): Uint8Array => {
    const view = new DataView(new ArrayBuffer(words(kind).length * size));
    words(kind).forEach((word, i) => {
      if (size === 4) view.setUint32(4 * i, word, little);
      else view.setBigUint64(8 * i, BigInt(word), little);
    });
    return Buffer.concat([new Uint8Array(view.buffer), Buffer.from(tail)]);
  };

  test.each([
    [4, true],
    [4, false],
    [8, true],
    [8, false],
  ] as const)("of words of %d bytes, little-endian %s", async (size, little) => {
    const map = "1000-4000 r-xp 0 08:01 12 /bin/server\n";
    expect(raw(await readProfile(bytes(size, little, 0, map)))).toBe(
      [
        "PeriodType: cpu nanoseconds",
        "Period: 10000000",
        "Samples:",
        "samples/count cpu/nanoseconds",
        "          2   20000000: 1 2 3 ",
        "          1   10000000: 1 ",
        "Locations",
        "     1: 0x1001 M=1 ",
        "     2: 0x2000 M=1 ",
        "     3: 0x3000 M=1 ",
        "Mappings",
        "1: 0x1000/0x4000/0x0 /bin/server",
        "",
      ].join("\n"),
    );
    const symbols = "0x1001 a.B.c (B.java:7)\n  0x2001 GC\n0x3001 start (/lib/libjvm.so)\n";
    expect(stacks(await readProfile(bytes(size, little, 1, symbols)))).toBe(
      "start@libjvm.so:0;GC;a.B.c@B.java:7 2 20000000\na.B.c@B.java:7 1 10000000",
    );
  });

  test("refuse a stack that is not there", async () => {
    const cut = bytes(8, true, 0, "").subarray(0, 8 * 9);
    await expect(readProfile(cut)).rejects.toThrow("malformed profile: a sample of 3 frames, but 2 words left");
  });
});

describe("Go's text profiles", () => {
  test("name the frames and labels that the comments tell", async () => {
    const profile = await text(`goroutine profile: total 3
2 @ 0x11 0x21 0x31 0x41
# labels: {"handler":"a \\"b\\"\\u00e9", "x":"y"}
#	0x20	main.work+0x10		/src/with space/main.go:25
#	0x30	main.main[...]+0x4	/src/main.go:7

1 @ 0x21 0x31
#	0x20	main.work+0x10	/src/with space/main.go:25
#	0x30	main.main[...]+0x4	/src/main.go:7
`);
    expect(stacks(profile)).toBe(
      'main.main[...]@main.go:7;main.work@main.go:25;runtime.(hidden) 2 handler=a "b"é x=y\n' +
        "main.main[...]@main.go:7;main.work@main.go:25 1",
    );
    expect(profile.mappings.hasFunctions[0]).toBe(1);
  });

  test("unsample heap profiles, and drop the allocator's frames", async () => {
    const profile = await text(`heap profile: 1: 1024 [3: 3072] @ heap/1048576
1: 1024 [3: 3072] @ 0x11 0x21
#	0x20	main.work+0x10	/src/main.go:25

# runtime.MemStats
# Alloc = 12
`);
    expect(profile.sampleTypes.map(({ type }) => type).join()).toBe(
      "alloc_objects,alloc_space,inuse_objects,inuse_space",
    );
    expect(stacks(profile)).toBe("main.work@main.go:25;runtime.(hidden) 1537 1574400 512 524800 bytes=1024");
    expect(profile.period).toBe(524288n);
    expect("runtime.(hidden)").toMatch(new RegExp(`^(?:${profile.dropFrames})$`));
  });
});

describe("memory maps", () => {
  const mapped = async (map: string): Promise<string[]> => {
    const profile = await text(
      `heap profile: 1: 8 [1: 8] @ growthz
1: 8 [1: 8] @ 0x401001
${map}`,
    );
    return raw(profile).split("Mappings\n")[1]!.trimEnd().split("\n");
  };

  test.each([
    [
      "/proc/PID/maps",
      "MAPPED_LIBRARIES:\n400000-500000 r-xp 00000000 08:01 12 /bin/a\n",
      "1: 0x400000/0x500000/0x0 /bin/a",
    ],
    [
      "brief",
      "--- Memory map: ---\n0x400000-0x500000 /bin/a (@1000) abc123\n",
      "1: 0x400000/0x500000/0x1000 /bin/a abc123",
    ],
    ["brief, spaced", "--- Memory map: ---\n  0x400000 0x500000: r-xp /bin/a\n", "1: 0x400000/0x500000/0x0 /bin/a"],
    ["macros", "--- Memory map: ---\nbuild=/bin/x\n400000-500000: $build/a\n", "1: 0x400000/0x500000/0x0 /bin/x/a"],
    [
      "log prefixes",
      "MAPPED_LIBRARIES:\nI0101 a.cc:12] 400000-500000 r-xp 0 08:01 12 /bin/a\n",
      "1: 0x400000/0x500000/0x0 /bin/a",
    ],
    [
      "adjacent parts",
      "MAPPED_LIBRARIES:\n400000-500000 r-xp 0 08:01 12 /bin/a\n500000-600000 r-xp 100000 08:01 12 /bin/a\n",
      "1: 0x400000/0x600000/0x0 /bin/a",
    ],
    [
      "data left out, the program first",
      "MAPPED_LIBRARIES:\n700000-800000 r-xp 0 08:01 12 /lib/libc.so.6\n600000-700000 rw-p 0 08:01 9 /bin/a\n400000-500000 r-xp 0 08:01 9 /bin/a\n",
      "1: 0x400000/0x500000/0x0 /bin/a\n2: 0x700000/0x800000/0x0 /lib/libc.so.6",
    ],
    ["none", "", "1: 0x0/0xffffffffffffffff/0x0"],
  ])("%s", async (_, map, expected) => {
    expect(await mapped(map)).toEqual(expected.split("\n"));
  });
});

test.each([
  ["nothing", "", "empty input file"],
  ["prose", "it was a dark and stormy night\n", "unrecognized profile format"],
  [
    "a heap sample without columns",
    "heap profile: 1: 8 [1: 8] @ heap_v2/1\nwhat\n",
    'line 2 is no heap sample: "what"',
  ],
  [
    "an address of 65 bits",
    "goroutine profile: total 1\n1 @ 0x1ffffffffffffffff\n",
    "0x1ffffffffffffffff is not an address",
  ],
  ["a count of 65 bits", "goroutine profile: total 1\n99999999999999999999 @ 0x1\n", '"99999999999999999999" in'],
  ["an unknown attribute", "--- contention:\nspeed=12\n", 'unknown attribute "speed=12" of a contention profile'],
  ["bytes of no object", "heap profile: 1: 8 [1: 8] @ heap_v2/1\n0: 8 [0: 0] @ 0x1\n", "0 objects of 8 bytes"],
])("%s is refused", async (_, content, message) => {
  await expect(text(content)).rejects.toThrow(ProfileError);
  await expect(text(content)).rejects.toThrow(message);
});

describe("sources", () => {
  const content = "goroutine profile: total 1\n1 @ 0x10\n";

  test("may be streams", async () => {
    async function* parts(): AsyncGenerator<Uint8Array> {
      for (const part of content.split(" ")) yield Buffer.from(`${part} `);
    }
    expect(stacks(await readProfile(parts()))).toBe("0xf 1");
    expect(stacks(await readProfile(new Blob([content]).stream()))).toBe("0xf 1");
    await expect(readProfile(new Blob([content]).stream(), { maxBytes: 10 })).rejects.toThrow("larger than 10 bytes");
  });

  test("may be packed in several streams, of which only the last says how long it is", async () => {
    const lines = "a;b 1\n".repeat(50_000);
    for (const last of ["", "c 2\n", lines]) {
      const packed = Buffer.concat([gzipSync(lines), gzipSync(lines), gzipSync(last)]);
      const { samples } = await readProfile(packed);
      expect(samples.length).toBe((lines + lines + last).split("\n").length - 1);
    }
  });

  test("may have a byte order mark", async () => {
    expect(stacks(await text(`\ufeff${content}`))).toBe("0xf 1");
    expect(stacks(await readProfile(Buffer.from(`\ufeff${content}`, "utf16le")))).toBe("0xf 1");
  });
});
