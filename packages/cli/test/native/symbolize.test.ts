import { encode, type MappingFields, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { describe, expect, it } from "vitest";
import { lazyBinaries } from "../../src/native/frame/lazy-binaries.ts";
import {
  collectSources,
  type MappingSources,
  mergeSources,
  withoutSources,
} from "../../src/native/symbolize/sources.ts";
import { type SymbolizeOptions, symbolize } from "../../src/native/symbolize/symbolize.ts";
import { symbolzUrl } from "../../src/native/symbolize/symbolz.ts";
import { goProgram } from "./go-program.ts";
import { itWith, run, scratch } from "./machine.ts";

const directory = scratch();

/** One sample for each address, all in one mapping. */
function profileOf(addresses: readonly bigint[], mapping: MappingFields): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const row = builder.mapping(mapping);
  for (const address of addresses) builder.sample([builder.location({ mapping: row, address })], [1]);
  return builder.build();
}

function framesOf({ locations, functions, strings }: Profile): string[] {
  return Array.from({ length: locations.length }, (_, row) => {
    const frames: string[] = [];
    for (let i = locations.lineStart[row]!; i < locations.lineStart[row + 1]!; i++) {
      const at = locations.lines.function[i]!;
      const file = strings.get(functions.filename[at]!).replace(/.*\//, "");
      frames.push(`${strings.get(functions.name[at]!)} ${file}:${locations.lines.line[i]}`);
    }
    return frames.join(" < ");
  });
}

async function symbolized(
  profile: Profile,
  options: Partial<SymbolizeOptions> & { tools?: string },
): Promise<{ profile: Profile; warnings: string[] }> {
  const warnings: string[] = [];
  const result = await symbolize(profile, {
    mode: "",
    binaries: lazyBinaries(options.tools ?? ""),
    sources: new Map(),
    post: async (url) => {
      throw new Error(`http post ${url}: nobody should have been asked`);
    },
    warn: (line) => warnings.push(line),
    ...options,
  });
  return { profile: result, warnings };
}

const C_SOURCE = `
static inline int square(int x) { return x * x; }
__attribute__((noinline)) int work(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += square(i) ^ sum;
  return sum;
}
int main(int argc, char **argv) { return work(argc * 1000) & 1; }
`;

describe("native code", () => {
  itWith(["gcc", "nm"], "names, files and lines come from the binary", async () => {
    const source = directory.write("loop.c", C_SOURCE);
    const binary = `${directory.path}/loop`;
    run("gcc", ["-g", "-O0", "-no-pie", "-o", binary, source]);
    const start = BigInt(`0x${/([0-9a-f]+) T work/.exec(run("nm", [binary]))?.[1]}`);
    const before = profileOf([start, start + 1n], { filename: binary, limit: 0n });
    const { profile, warnings } = await symbolized(before, {});
    expect(warnings).toEqual([]);
    expect(framesOf(profile)[0]).toBe("work loop.c:3");
    expect(profile.mappings.hasFunctions[0]).toBe(1);
    expect(profile.mappings.hasLineNumbers[0]).toBe(1);
    // The profile that was given stays as it was.
    expect(before.functions.length).toBe(0);
    expect(framesOf(before)).toEqual(["", ""]);
    const fast = await symbolized(before, { mode: "fastlocal" });
    expect(framesOf(fast.profile)).toEqual(["work :0", "work :0"]);
  });

  itWith(["gcc", "nm"], "lines of split DWARF are found, also where one mapping stands for all of a file", async () => {
    const source = directory.write("split.c", C_SOURCE);
    const binary = `${directory.path}/split`;
    run("gcc", ["-g", "-gsplit-dwarf", "-O0", "-no-pie", "-o", binary, source], { cwd: directory.path });
    const start = BigInt(`0x${/([0-9a-f]+) T work/.exec(run("nm", [binary]))?.[1]}`);
    const page = start & ~0xfffffn;
    const before = profileOf([start], { filename: binary, start: page, limit: page + 0x100000n });
    for (const tools of ["", "nowhere"]) {
      expect(framesOf((await symbolized(before, { tools })).profile)).toEqual(["work split.c:3"]);
    }
  });

  itWith(["go"], "of Go is named as go tool pprof names it", async () => {
    const binary = goProgram(directory, "go-work");
    const object = (await lazyBinaries("/none")()).open(binary, 0n, 0n, 0n);
    const addresses = object
      .symbols((name) => /^(?:main|sort|strings|strconv|os)\./.test(name), 0n)
      .flatMap(({ start, end }) => [start + 1n, (start + end) / 2n]);
    expect(addresses.length).toBeGreaterThan(50);
    const before = profileOf(addresses, { start: 0x400000n, limit: 0x10000000n, filename: binary });
    const file = directory.write("go-work.pb", encode(before));
    const raw = run("go", ["tool", "pprof", "-raw", binary, file]).split("\n");
    const peer = raw.slice(raw.indexOf("Locations") + 1, raw.indexOf("Mappings"));
    const { locations, functions, strings } = (await symbolized(before, { tools: "/none" })).profile;
    peer.forEach((line, row) => {
      const [, address, name, place] = /0x([\da-f]+) M=1 (\S+) (\S+?)(?::\d+)? s=/.exec(line) ?? [];
      // It knows no line between functions.
      if (name === undefined || place!.startsWith(":")) return;
      // It takes the function around everything that is inlined, but the line of the innermost.
      const innermost = locations.lineStart[row]!;
      const outermost = locations.lines.function[locations.lineStart[row + 1]! - 1]!;
      const at = strings.get(functions.filename[locations.lines.function[innermost]!]!);
      expect([
        locations.address[row],
        strings.get(functions.name[outermost]!),
        `${at}:${locations.lines.line[innermost]}`,
      ]).toEqual([BigInt(`0x${address}`), name, place]);
    });
  });

  itWith(["gcc", "llvm-symbolizer"], "nothing is added of unknown addresses", async () => {
    const source = directory.write("loop.c", C_SOURCE);
    const binary = `${directory.path}/loop-stripped`;
    run("gcc", ["-O0", "-no-pie", "-s", "-o", binary, source]);
    const before = profileOf([0x401010n], { start: 0x401000n, limit: 0x402000n, offset: 0x1000n, filename: binary });
    for (const tools of ["", "/none"]) {
      const { profile, warnings } = await symbolized(before, { tools });
      expect([framesOf(profile), profile.mappings.hasFunctions[0], warnings]).toEqual([[""], 0, []]);
    }
  });

  itWith(["gcc", "llvm-symbolizer", "nm"], "data has a name", async () => {
    const source = directory.write("data.c", "int numbers[64] = {1};\nint main(void) { return numbers[3]; }\n");
    const binary = `${directory.path}/data`;
    run("gcc", ["-O0", "-no-pie", "-o", binary, source]);
    const start = BigInt(`0x${/([0-9a-f]+) D numbers/.exec(run("nm", [binary]))?.[1]}`);
    const page = start & ~4095n;
    const segments = run("readelf", ["-lW", binary]);
    const [, offset] = /LOAD +0x([0-9a-f]+) 0x[0-9a-f]+ .* RW /.exec(segments)!;
    const mapping = {
      start: page,
      limit: page + 4096n,
      offset:
        (BigInt(`0x${offset}`) & ~4095n) +
        page -
        (BigInt(`0x${/LOAD +0x[0-9a-f]+ 0x([0-9a-f]+) .* RW /.exec(segments)![1]}`) & ~4095n),
    };
    const { profile } = await symbolized(profileOf([start + 8n], { ...mapping, filename: binary }), {});
    expect(framesOf(profile)[0]).toMatch(/^numbers /);
  });

  it("what cannot be found is a warning", async () => {
    const { warnings } = await symbolized(profileOf([1n], { filename: "/nowhere/prog", limit: 9n, buildId: "ab" }), {});
    expect(warnings).toEqual([
      "Local symbolization failed for prog (build ID ab): stat /nowhere/prog: no such file or directory",
      "Some binary filenames not available. Symbolization may be incomplete.",
      "Try setting PPROF_BINARY_PATH to the search path for local binaries.",
    ]);
    expect((await symbolized(profileOf([1n], { filename: "[vdso]" }), {})).warnings).toEqual([]);
    expect((await symbolized(profileOf([1n], {}), {})).warnings).toEqual(["Main binary filename not available."]);
    expect((await symbolized(profileOf([1n], {}), { mode: "none" })).warnings).toEqual([]);
    expect((await symbolized(profileOf([1n], { filename: "[x]" }), { mode: "lokal" })).warnings[0]).toBe(
      "ignoring unrecognized symbolization option: lokal",
    );
  });
});

describe("symbolz", () => {
  const url = "http://host:80/debug/pprof/heap?debug=1";

  it("asks the server beside the profile for names", async () => {
    const fetched = collectSources(profileOf([0x1000n, 0x1010n, 0x1020n], { start: 0x1000n, limit: 0x2000n }), url);
    const asked: string[] = [];
    const { profile } = await symbolized(fetched.profile, {
      mode: "remote",
      sources: mergeSources([fetched.sources]),
      post: async (...request) => {
        asked.push(request.join(" "));
        return "num_symbols: 1\n0x1000 main.main\n0x1010\tmain.work (inlined)\n0x1020 cut o";
      },
    });
    expect(asked).toEqual(["http://host:80/debug/pprof/symbol 0x1000+0x1010+0x1020"]);
    expect(framesOf(profile)).toEqual(["main.main :0", "main.work (inlined) :0", ""]);
    expect(profile.strings.get(profile.mappings.filename[0]!)).toBe(url);
    expect(withoutSources(profile).mappings.filename[0]).toBe(0);
  });

  it("counts from where the mapping was when it was fetched", async () => {
    const sources: MappingSources = new Map([["prog", [{ url, start: 0x5000n }]]]);
    const { profile } = await symbolized(profileOf([0x1010n], { filename: "prog", start: 0x1000n, limit: 0x2000n }), {
      mode: "remote",
      sources,
      post: async (_, body) => `${body} moved\n`,
    });
    expect(framesOf(profile)).toEqual(["moved :0"]);
    await expect(
      symbolized(profileOf([0x1010n], { filename: "prog", start: 0x6000n, limit: 0x7000n }), {
        mode: "remote",
        sources: new Map([["prog", [{ url, start: 0x1000n }]]]),
        post: async () => "",
      }),
    ).rejects.toThrow("cannot move address 0x1010 by -20480: it would overflow");
  });

  it("finds the server's address", () => {
    expect(symbolzUrl("http://h/pprof/profile")).toBe("http://h/pprof/symbol");
    expect(symbolzUrl("http://h:1/a/profilez?seconds=3")).toBe("http://h:1/a/symbolz");
    expect(symbolzUrl("https+insecure://h/")).toBe("https+insecure://h/symbolz");
    expect(symbolzUrl("http://h")).toBe("http://h/symbolz");
    expect(symbolzUrl("heap.pb.gz")).toBeUndefined();
  });
});
