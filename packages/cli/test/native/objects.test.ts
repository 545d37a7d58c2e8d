import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { NativeObject, SourceFrame } from "../../src/native/binaries.ts";
import { openBinaries } from "../../src/native/objects.ts";
import { itWith, run, scratch } from "./machine.ts";

const directory = scratch();

/** No tool at all: what is read is read by this package itself. */
const NO_TOOLS = `none:${directory.path}`;

function fixture(name: string): Uint8Array {
  return gunzipSync(readFileSync(new URL(`testdata/${name}.gz`, import.meta.url)));
}

/** Both are testdata/tiny.c: x86-64 with DWARF 5 at a fixed place, i386 with compressed DWARF 4 at any. */
const tiny64 = directory.write("tiny64", fixture("tiny64"));
const tiny32 = directory.write("tiny32", fixture("tiny32"));

function shown(frames: readonly SourceFrame[]): string {
  return frames
    .map(({ function: name, file, line, column, startLine }) => `${name} ${file}:${line}:${column} (${startLine})`)
    .join(" < ");
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
    for (const [at, frames] of expected) expect(shown(object.sourceLine(0x400100n + at))).toBe(frames);
    expect(shown(opened(tiny32).sourceLine(0x150n))).toBe(expected[1]![1]);
    expect(shown(opened(tiny32).sourceLine(0x168n))).toBe("work /src/tiny.c:5:7 (4)");
    expect(() => object.sourceLine(0x1234n)).toThrow("nothing is known of address 0x1234");
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
    expect(shown(moved.sourceLine(0x56555150n))).toBe(expected[1]![1]);
    expect(() => moved.objectAddress(0x56556000n)).toThrow(
      "address 0x56556000 is outside of the mapping 0x56555000-0x56556000",
    );
    const fixed = open(tiny64, 0x400000n, 0x401000n, 0n);
    expect(fixed.objectAddress(0x400110n)).toBe(0x400110n);
    expect(shown(fixed.sourceLine(0x400110n))).toBe(expected[1]![1]);
    expect(() => open(tiny64, 0xffffffff81000000n, 0xffffffff82000000n, 0x5000n)).toThrow("no base fits");
  });

  it("is refused with a reason where it is something else", () => {
    const refused = (name: string, bytes: Uint8Array | string): (() => NativeObject) => {
      const path = directory.write(name, bytes);
      return () => opened(path);
    };
    expect(refused("text", "#!/bin/sh\n")).toThrow(`unrecognized binary format: ${directory.path}/text`);
    expect(refused("empty", "")).toThrow("unrecognized binary format");
    expect(refused("macho", Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 0))).toThrow("macho is a Mach-O file: only ELF");
    expect(refused("fat", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0))).toThrow("fat is a universal Mach-O file");
    expect(refused("exe", "MZ\x90\0")).toThrow("exe is a PE file: only ELF files are read");
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

  itWith(["go"], "of a stripped Go binary is its table for tracebacks", () => {
    directory.write("go.mod", "module work\n\ngo 1.21\n");
    directory.write("main.go", GO_SOURCE);
    const build = (name: string, ...flags: string[]): string => {
      run("go", ["build", ...flags, "-o", name, "main.go"], { cwd: directory.path });
      return join(directory.path, name);
    };
    const full = opened(build("go-full"));
    const stripped = opened(build("go-stripped", "-ldflags=-s -w"));
    const addresses = full
      .symbols((name) => /^(?:main|strings|sort|runtime\.(?:malloc|gc|sch))/.test(name), 0n)
      .flatMap(({ start, end }) => [start, (start + end) / 2n, end - 16n])
      .filter((address) => full.sourceLines([address])[0]!.some(({ line }) => line > 0));
    expect(addresses.length).toBeGreaterThan(100);
    const query = addresses.map((address) => `0x${address.toString(16)}\n`).join("");
    const peer = run("go", ["tool", "addr2line", join(directory.path, "go-full")], { input: query })
      .trim()
      .split("\n");
    stripped.sourceLines(addresses).forEach(([frame], i) => {
      expect([frame?.function, `${frame?.file}:${frame?.line}`]).toEqual([peer[2 * i], peer[2 * i + 1]]);
    });
  });
});

const GO_SOURCE = `package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

type counter struct{ n int }

func (c *counter) add(n int) int { c.n += n; return c.n }

func work(n int) (sum int) {
	c := &counter{}
	for i := 0; i < n; i++ {
		sum += c.add(i) ^ strings.Count(strings.Repeat("ab", i%10), "a")
	}
	return sum
}

func main() {
	x := []int{3, 1, 2}
	sort.Ints(x)
	fmt.Println(work(1000), x, len(os.Args))
}
`;

describe("tools", () => {
  itWith(["addr2line"], "are those that -tools names, and no others", () => {
    // What stands where only llvm-symbolizer is looked for is no such program: addr2line has no columns.
    const [frame] = opened(tiny64, `llvm-symbolizer:${directory.path},addr2line:`).sourceLines([0x400110n])[0]!;
    expect(frame).toEqual({ function: "square", file: "/src/tiny.c", line: 2, column: 0, startLine: 0 });
  });
});
