import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import type { NativeObject } from "../../src/native/frame/binaries.ts";
import { openBinaries } from "../../src/native/frame/objects.ts";
import { findTools } from "../../src/native/frame/tools.ts";
import type { SourceFrame } from "../../src/native/image/source-frame.ts";
import { goProgram } from "./go-program.ts";
import { itWith, run, scratch } from "./machine.ts";

const directory = scratch();

/** No tool at all: what is read is read by this package itself. */
const NO_TOOLS = join(directory.path, "no-tools");

function fixture(name: string): Uint8Array {
  return zlib.gunzipSync(readFileSync(new URL(`testdata/${name}.gz`, import.meta.url)));
}

/** Both are testdata/tiny.c: x86-64 with DWARF 5 at a fixed place, i386 with compressed DWARF 4 at any. */
const tiny64 = directory.write("tiny64", fixture("tiny64"));
const tiny32 = directory.write("tiny32", fixture("tiny32"));

function shown(frames: readonly SourceFrame[]): string {
  return frames
    .map(({ function: name, file, line, column, startLine }) => `${name} ${file}:${line}:${column} (${startLine})`)
    .join(" < ");
}

/** The frames at one address. */
function at(object: NativeObject, address: bigint): string {
  return shown(object.sourceLines([address])[0]!);
}

const opened = (path: string, tools = NO_TOOLS): NativeObject => openBinaries(tools).open(path, 0n, 0n, 0n);

describe("an ELF file read without any tool", () => {
  const expected: [bigint, string][] = [
    [0x00n, "work /src/tiny.c:6:21 (4)"],
    [0x10n, "square /src/tiny.c:2:12 (1) < work /src/tiny.c:7:12 (4)"],
    [0x2an, "work /src/tiny.c:9:1 (4)"],
    [0x46n, "_start /src/tiny.c:13:3 (10)"],
  ];

  it("tells functions, inlined ones too, with files, lines and columns", () => {
    const object = opened(tiny64);
    for (const [offset, frames] of expected) expect(at(object, 0x400100n + offset)).toBe(frames);
    expect(at(opened(tiny32), 0x150n)).toBe(expected[1]![1]);
    expect(at(opened(tiny32), 0x168n)).toBe("work /src/tiny.c:5:7 (4)");
    expect(at(object, 0x1234n)).toBe("");
  });

  it("tells names alone when asked to be fast", () => {
    const object = openBinaries(NO_TOOLS).open(tiny64, 0n, 0n, 0n, true);
    expect(object.sourceLines([0x400110n, 0x1234n]).map(shown)).toEqual(["work :0:0 (0)", ""]);
  });

  it("tells its build id and its symbols", () => {
    const object = opened(tiny64);
    expect(object.buildId).toBe("feedc0de");
    expect(object.symbols((name) => /wor|start$/.test(name), 0n)).toEqual([
      { names: ["work"], file: tiny64, start: 0x400100n, end: 0x40012fn },
      { names: ["_start"], file: tiny64, start: 0x400130n, end: 0x400fffn },
      { names: ["__bss_start"], file: tiny64, start: 0x401000n, end: 0x401000n },
    ]);
    expect(object.symbols(() => false, 0x400105n).map(({ names }) => names)).toEqual([["work"]]);
    // All names of one address.
    expect(object.symbols(() => false, 0x401000n).map(({ names }) => names)).toEqual([
      ["__bss_start", "_edata", "_end"],
    ]);
  });

  it("finds addresses where the file was mapped", () => {
    const { open } = openBinaries(NO_TOOLS);
    const moved = open(tiny32, 0x56555000n, 0x56556000n, 0n);
    expect(moved.objectAddress(0x56555150n)).toBe(0x150n);
    expect(at(moved, 0x56555150n)).toBe(expected[1]![1]);
    expect(() => moved.objectAddress(0x56556000n)).toThrow(
      "address 0x56556000 is outside of the mapping 0x56555000-0x56556000",
    );
    const fixed = open(tiny64, 0x400000n, 0x401000n, 0n);
    expect(fixed.objectAddress(0x400110n)).toBe(0x400110n);
    expect(at(fixed, 0x400110n)).toBe(expected[1]![1]);
    expect(() => open(tiny64, 0xffffffff81000000n, 0xffffffff82000000n, 0x5000n)).toThrow("no base fits");
  });

  it("is refused with a reason where it is something else", () => {
    const refused = (name: string, bytes: Uint8Array | string): (() => NativeObject) => {
      const path = directory.write(name, bytes);
      return () => opened(path);
    };
    expect(refused("text", "#!/bin/sh\n")).toThrow(`unrecognized binary format: ${directory.path}/text`);
    expect(refused("empty", "")).toThrow("unrecognized binary format");
    expect(refused("macho", Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 0))).toThrow(
      /error reading Mach-O file .*: .* ends before/,
    );
    expect(refused("class", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65))).toThrow(
      /error reading fat Mach-O file .*: invalid number of architectures: 65/,
    );
    expect(refused("exe", "MZ\x90\0")).toThrow(/error reading PE file .*: .* ends before/);
    expect(refused("dos", Buffer.concat([Buffer.from("MZ"), Buffer.alloc(98)]))).toThrow("a program for DOS");
    expect(refused("short", fixture("tiny64").subarray(0, 40))).toThrow(
      /error reading ELF file .*short: .* ends before/,
    );
    expect(() => opened(directory.path)).toThrow("not a file");
    expect(() => opened(join(directory.path, "none"))).toThrow("no such file");
  });

  it("may be damaged anywhere", () => {
    for (const bytes of [fixture("tiny64"), fixture("tiny32")]) {
      for (let at = 0; at < bytes.length; at += 13) {
        const damaged = bytes.slice();
        damaged[at]! ^= 0xff;
        const path = directory.write("damaged", damaged);
        let object: NativeObject;
        try {
          object = opened(path);
        } catch (error) {
          expect((error as Error).message).toContain("damaged");
          continue;
        }
        for (const stack of object.sourceLines([0x400110n, 0x150n])) expect(stack.length).toBeLessThan(20);
      }
    }
  });
});

const CXX_SOURCE = `
#include <algorithm>
#include <map>
#include <string>
#include <vector>
namespace {
struct Item {
  int key;
  std::string text;
  bool operator<(const Item &other) const { return key < other.key; }
};
template <class T> T sum(const std::vector<T> &values) {
  T total{};
  for (auto &value : values) total += value;
  return total;
}
}
int main(int argc, char **argv) {
  std::vector<Item> items;
  for (int i = 0; i < 100; i++) items.push_back({i * 7919 % 100, argv[0]});
  std::sort(items.begin(), items.end());
  std::map<int, std::string> names;
  for (auto &item : items) names[item.key] = std::to_string(argc);
  std::vector<double> keys;
  for (auto &item : items) keys.push_back(item.key);
  return (int)sum(keys) + names.size();
}
`;

/** Addresses all over the functions of a binary that have lines. */
function addressesIn(object: NativeObject): bigint[] {
  return object
    .symbols((name) => !/^(?:_start|_init|_fini|__|.*_tm_clones|frame_dummy|.*_start$|_end|_edata)/.test(name), 0n)
    .flatMap(({ start, end }) => Array.from({ length: 8 }, (_, i) => start + ((end - start) * BigInt(i)) / 8n))
    .filter((address) => object.sourceLines([address])[0]!.some(({ line }) => line > 0));
}

describe("debug information", () => {
  const variants = { "DWARF 3": ["-gdwarf-3"], "DWARF 4": ["-gdwarf-4"], "DWARF 5, compressed": ["-gdwarf-5", "-gz"] };
  for (const [name, flags] of Object.entries(variants)) {
    itWith(["g++", "llvm-symbolizer", "addr2line"], `is read as the tools read it: ${name}`, () => {
      const source = directory.write("items.cc", CXX_SOURCE);
      const binary = join(directory.path, "items");
      run("g++", [...flags, "-O2", "-o", binary, source]);
      const own = opened(binary);
      const addresses = addressesIn(own);
      expect(addresses.length).toBeGreaterThan(50);
      const frames = own.sourceLines(addresses).map(shown);
      expect(frames.some((text) => text.split(" < ").length > 3)).toBe(true);
      const llvm = opened(binary, "llvm-symbolizer:").sourceLines(addresses).map(shown);
      // The names of one constructor or destructor stand at one address.
      const alias = (text: string): string => text.replaceAll(/[CD][012]E/g, "C1E");
      expect(frames.map(alias)).toEqual(llvm.map(alias));
      // binutils 2.40 takes file 1 of a DWARF 5 table for file 0.
      const place = ({ file, line }: SourceFrame): string =>
        name.startsWith("DWARF 5") ? `${line}` : `${file}:${line}`;
      const places = (stack: readonly SourceFrame[]): string => stack.map(place).join();
      const gnu = opened(binary, "addr2line:").sourceLines(addresses).map(places);
      expect(own.sourceLines(addresses).map(places)).toEqual(gnu);
    });
  }

  itWith(["gcc", "objcopy"], "is also read where it was compressed in the old way, or split off", () => {
    const source = directory.write(
      "items.c",
      "int work(int n) { return n * n; }\nint main(int c, char **v) { return work(c); }\n",
    );
    const build = (name: string, ...flags: string[]): string => {
      const path = join(directory.path, name);
      run("gcc", ["-g", "-O0", "-no-pie", ...flags, "-o", path, source]);
      return path;
    };
    const place = (path: string): string => {
      const [work] = opened(build("items-plain")).symbols((name) => name === "work", 0n);
      return at(opened(path), work!.start).replace(/ .*\//, " ");
    };
    expect(place(build("items-zdebug", "-gz=zlib-gnu"))).toBe("work items.c:1:17 (1)");
    const stripped = build("items-stripped");
    run("objcopy", ["--only-keep-debug", stripped, `${stripped}.debug`]);
    run("objcopy", ["--strip-debug", stripped]);
    expect(place(stripped)).toBe("work :0:0 (0)");
    run("objcopy", [`--add-gnu-debuglink=${stripped}.debug`, stripped]);
    expect(place(stripped)).toBe("work items.c:1:17 (1)");
    // That of another build is not taken for its own.
    run("objcopy", ["--only-keep-debug", build("items-other", "-DOTHER", "-O2"), `${stripped}.debug`]);
    expect(place(stripped)).toBe("work :0:0 (0)");
  });

  itWith(["gcc", "objcopy"], "compressed with zstd is read or said to be unreadable", () => {
    // A section that would not get smaller is left alone.
    const functions = Array.from({ length: 200 }, (_, i) => `int f${i}(int n) { return n + ${i}; }\n`).join("");
    const source = directory.write("zstd.c", `int main(void) { return 0; }\n${functions}`);
    const path = join(directory.path, "zstd");
    run("gcc", ["-g", "-O0", "-no-pie", "-o", path, source]);
    try {
      run("objcopy", ["--compress-debug-sections=zstd", path]);
    } catch {
      // A binutils that knows no zstd.
      return;
    }
    const object = opened(path);
    const [main] = object.symbols((name) => name === "main", 0n);
    const hasZstd = "zstdDecompressSync" in zlib;
    expect(object.unread).toBe(
      hasZstd
        ? ""
        : `its debug information is compressed with zstd, which Node ${process.versions.node} cannot read: ` +
            "use Node 22.15 or newer, or install llvm-symbolizer",
    );
    expect(at(object, main!.start)).toMatch(hasZstd ? /^main .*zstd.c:1/ : /^main :0/);
  });

  /** Addresses all over some of Go's packages, and what is known of them. */
  const goAddresses = (object: NativeObject): bigint[] =>
    object
      .symbols((name) => /^_?(?:main|strings|sort|runtime\.(?:malloc|gc|sch))/.test(name), 0n)
      .flatMap(({ start, end }) => [start, (start + end) / 2n, end - 16n]);

  itWith(["go"], "of a stripped Go binary is its table for tracebacks, inlined functions too", () => {
    const full = opened(goProgram(directory, "go-full"));
    const stripped = opened(goProgram(directory, "go-stripped", ["-ldflags=-s -w"]));
    const pie = opened(goProgram(directory, "go-pie", ["-ldflags=-s -w", "-buildmode=pie"]));
    expect(stripped.symbols(() => true, 0n)).toEqual([]);
    const addresses = goAddresses(full).filter((address) =>
      full.sourceLines([address])[0]!.some(({ line }) => line > 0),
    );
    expect(addresses.length).toBeGreaterThan(100);
    // What the compiler makes has no line of its own, and DWARF other names for it.
    const named = (stack: readonly SourceFrame[]): string =>
      stack
        .map(({ function: name, file, line }) => `${name.replace(".abi0", "")} ${file.replace("././", "")}:${line}`)
        .join(" < ");
    const expected = full.sourceLines(addresses).map(named);
    expect(expected.filter((text) => text.includes(" < ")).length).toBeGreaterThan(10);
    expect(stripped.sourceLines(addresses).map(named)).toEqual(expected);
    expect(pie.sourceLines(goAddresses(pie)).flat()).toEqual([]);
    const query = addresses.map((address) => `0x${address.toString(16)}\n`).join("");
    const peer = run("go", ["tool", "addr2line", join(directory.path, "go-full")], { input: query })
      .trim()
      .split("\n");
    // It takes the function around everything that is inlined, but the line of the innermost.
    stripped.sourceLines(addresses).forEach((frames, i) => {
      expect([frames.at(-1)!.function, `${frames[0]!.file}:${frames[0]!.line}`]).toEqual([
        peer[2 * i],
        peer[2 * i + 1],
      ]);
    });
  });

  const targets: readonly [target: string, start: bigint, prefix: string][] = [
    ["darwin/amd64", 0x1000000n, "_"],
    ["darwin/arm64", 0x100000000n, "_"],
    ["windows/amd64", 0x140000000n, ""],
    ["windows/386", 0x400000n, ""],
  ];
  for (const [target, start, prefix] of targets) {
    itWith(["go", "llvm-nm"], `and symbols are read of a binary for ${target}`, () => {
      const path = goProgram(directory, target.replace("/", "-"), [], target);
      const { open } = openBinaries(NO_TOOLS);
      const object = open(path, start + 0x10000n, start + 0x10000000n, 0n);
      const [work] = object.symbols((name) => name === `${prefix}main.work`, 0n);
      const listed = run("llvm-nm", [path]);
      expect(BigInt(`0x${new RegExp(`([0-9a-f]+) [tT] ${prefix}main\\.work\\n`).exec(listed)?.[1]}`)).toBe(work!.start);
      const [frames] = object.sourceLines([work!.start + 0x10000n]);
      expect(frames!.map(({ function: name, line }) => `${name}:${line}`)).toEqual([`${prefix}main.work:14`]);
      expect(frames![0]!.file).toMatch(/main\.go$/);
      const stripped = open(
        goProgram(directory, `stripped-${target.replace("/", "-")}`, ["-ldflags=-w"], target),
        start,
        start + 0x10000000n,
        0n,
      );
      const [other] = stripped.symbols((name) => name === `${prefix}main.work`, 0n);
      const places = stripped
        .sourceLines(Array.from({ length: 60 }, (_, i) => other!.start + BigInt(i) * 4n))
        .map(shown);
      expect(places[0]).toMatch(/^main\.work .*main\.go:14:0 \(14\)$/);
      // As it is inlined, from Go's own table.
      expect(
        places.some((text) =>
          /^main\.\(\*counter\)\.add .*main\.go:12:0 \(12\) < main\.work .*main\.go:17:0/.test(text),
        ),
      ).toBe(true);
    });
  }

  itWith(["go"], "of Mach-O must lie where its mapping is", () => {
    const path = goProgram(directory, "darwin-amd64", [], "darwin/amd64");
    expect(() => openBinaries(NO_TOOLS).open(path, 0x1000n, 0x2000n, 0n)).toThrow(
      `error reading Mach-O file ${path}: could not identify base for ${path}: ` +
        "__TEXT segment address (0x1000000) > mapping start address (0x1000)",
    );
  });

  itWith(["go"], "of a Mach-O file for several processors is that of this machine's", () => {
    const cpu: Readonly<Record<string, number>> = { x64: 0x01000007, arm64: 0x0100000c };
    const parts = (["amd64", "arm64"] as const).map((name) =>
      readFileSync(goProgram(directory, `darwin-${name}`, [], `darwin/${name}`)),
    );
    const head = new DataView(new ArrayBuffer(8 + 2 * 20));
    head.setUint32(0, 0xcafebabe);
    head.setUint32(4, 2);
    let from = 4096;
    parts.forEach((bytes, i) => {
      [[cpu.x64, cpu.arm64][i]!, 0, from, bytes.length, 12].forEach((value, field) => {
        head.setUint32(8 + i * 20 + field * 4, value);
      });
      from += bytes.length;
    });
    const fat = directory.write(
      "fat",
      Buffer.concat([Buffer.from(head.buffer), Buffer.alloc(4096 - head.byteLength), ...parts]),
    );
    const open = (path: string): string =>
      JSON.stringify(
        openBinaries(NO_TOOLS)
          .open(path, 0x100000000n, 0x200000000n, 0n)
          .symbols((name) => name === "_main.work", 0n)
          .map(({ start }) => `${start}`),
      );
    expect(open(fat)).toBe(open(join(directory.path, process.arch === "arm64" ? "darwin-arm64" : "darwin-amd64")));
  });
});

describe("symbols", () => {
  itWith(["go"], "may have names with spaces", () => {
    const object = openBinaries(NO_TOOLS).open(goProgram(directory, "go-full"), 0n, 0n, 0n, true);
    const spaced = object.symbols((name) => name.startsWith("internal/sync.") && name.includes("interface {}"), 0n);
    expect(spaced.length).toBeGreaterThan(3);
    for (const { start, names } of spaced) expect(at(object, start)).toBe(`${names[0]} :0:0 (0)`);
  });

  itWith(["gcc"], "of one address are told apart by name", () => {
    const source = directory.write(
      "alias.c",
      'int zeta(void) { return 1; }\nint alpha(void) __attribute__((alias("zeta")));\nint main(void) { return zeta(); }\n',
    );
    const path = join(directory.path, "alias");
    run("gcc", ["-no-pie", "-o", path, source]);
    const [found] = opened(path).symbols((name) => /^(?:alpha|zeta)$/.test(name), 0n);
    expect(found?.names).toEqual(["alpha"]);
  });
});

describe("tools", () => {
  itWith(["addr2line"], "are those that -tools names, and no others", () => {
    // What stands where only llvm-symbolizer is looked for is no such program: addr2line has no columns.
    const [frame] = opened(tiny64, `llvm-symbolizer:${directory.path},addr2line:`).sourceLines([0x400110n])[0]!;
    expect(frame).toEqual({ function: "square", file: "/src/tiny.c", line: 2, column: 0, startLine: 0 });
  });

  it("are looked for below a path with a colon, which only behind a tool's name parts it from the path", () => {
    const tools = join(directory.path, "C:tools");
    mkdirSync(tools);
    const file = join(tools, "addr2line");
    writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
    for (const config of [tools, `addr2line:${tools}`, `nm:/nowhere,${tools}`]) {
      expect(findTools("addr2line", config), config).toEqual([file]);
    }
    expect(findTools("addr2line", `nm:${tools}`)).toEqual([]);
  });

  itWith(["gcc", "addr2line"], "may know no place, which is no file of the name ??", () => {
    const source = directory.write("place.c", "int main(void) { return 0; }\n");
    const path = join(directory.path, "place");
    run("gcc", ["-no-pie", "-o", path, source]);
    const object = opened(path, `llvm-symbolizer:${directory.path},addr2line:`);
    const [main] = object.symbols((name) => name === "main", 0n);
    expect(at(object, main!.start)).toBe("main :0:0 (0)");
  });
});
