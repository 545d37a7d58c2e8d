import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ProfileBuilder } from "@pprof-ts/profile";
import { describe, expect, it } from "vitest";
import { demangle, demangledForms } from "../../src/native/demangle/demangle.ts";
import type { DemangleMode } from "../../src/native/demangle/simplify.ts";
import { demangleFunctions } from "../../src/native/symbolize/demangle-functions.ts";
import { has, itWith, run, scratch } from "./machine.ts";

const directory = scratch();

/** Four lines a name: mangled, and as the modes default, templates and full show it. */
const GOLDEN = readFileSync(new URL("testdata/names.txt", import.meta.url), "utf8")
  .trim()
  .split("\n\n");

describe("demangle", () => {
  it("reads names of GCC, Clang and rustc", () => {
    expect(GOLDEN.length).toBeGreaterThan(200);
    for (const entry of GOLDEN) {
      const [name, ...forms] = entry.split("\n");
      expect([name, ...(["default", "templates", "full"] as const).map((mode) => demangle(name!, mode))]).toEqual([
        name,
        ...forms,
      ]);
    }
  });

  it("leaves alone what is no name of C++ or Rust", () => {
    for (const name of ["main", "_start", "_Z", "_ZN", "_Zfoo", "_ZN3fooE4", "_R", "_RNv", "_RNvC3", "", "_GLOBAL_x"]) {
      expect([name, demangle(name, "full")]).toEqual([name, undefined]);
    }
    expect(demangle("_Z1fv", "none")).toBeUndefined();
  });

  it("takes macOS's underscore off", () => {
    expect(demangle("__ZN1A1fEi", "full")).toBe("A::f(int)");
    expect(demangle("__RNvC3foo3bar", "default")).toBe("foo::bar");
  });

  it("reads Rust's characters, constants and identifiers", () => {
    expect(demangle("_RNvC7mycrateu8gdel_5qa", "full")).toBe("mycrate::gödel");
    expect(demangle("_RINvC1a1fKj2a_Kan5_Kb1_Kc41_Kp_E", "full")).toBeUndefined();
    expect(demangle("_RINvC1a1fKj2a_Kan5_Kb1_Kc41_KpE", "full")).toBe("a::f::<42, -5, true, 'A', _>");
    // Closures have empty names, and one 0 follows another.
    expect(demangle("_RNvNCNCNvC1a1b0s_01c", "full")).toBe("a::b::{closure#0}::{closure#1}::c");
    expect(demangle("_ZN3foo17_$u7b$closure$u7d17h0123456789abcdefE", "full")).toBe("foo::{closure$u7d");
    expect(demangle("_ZN3foo10_$BP$mut$C17h0123456789abcdefE", "full")).toBe("foo::*mut$C");
  });

  it("reads Rust's closures from the outside in", () => {
    const name = "_RNCNCNCNvNtCsjrHSEGnQ3l9_3std2rt19lang_start_internal00s_0B9_";
    expect(demangle(name, "full")).toBe("std::rt::lang_start_internal::{closure#0}::{closure#0}::{closure#1}");
  });

  it("gives all forms that somebody may look for", () => {
    expect([...demangledForms("_Z1fIiEvT_")]).toEqual(["void f<int>(int)", "f<int>", "f"]);
    expect([...demangledForms("_Z1fv")]).toEqual(["f()", "f"]);
    expect([...demangledForms("main")]).toEqual([]);
  });

  it("ends soon, whatever it is given", () => {
    const nested = `_Z1f${"P".repeat(100_000)}i`;
    expect(demangle(nested, "full")).toBeUndefined();
    expect(demangle(`_Z1fI${"X".repeat(5000)}`, "full")).toBeUndefined();
    // A pointer to a pointer to … by repetition, which needs no nesting in the name.
    for (const [innermost, first] of [
      ["i", 0],
      ["T_", 1],
    ] as const) {
      const chain = (length: number): string =>
        `_Z1fIiEvP${innermost}${Array.from({ length }, (_, i) => `PS${(i + first).toString(36).toUpperCase()}_`).join("")}`;
      expect(demangle(chain(2), "full")).toBe("void f<int>(int*, int**, int***)");
      expect(demangle(chain(20_000), "full")).toBeUndefined();
      expect(demangle(chain(20_000), "default")).toBe("f");
    }
    // Each pair repeats the one before it twice: 2^40 of them.
    const pairs = Array.from({ length: 40 }, (_, i) => {
      const before = `S${(i * 2).toString(36).toUpperCase()}_`;
      return `4pairI${before}${before}E`;
    });
    expect(demangle(`_Z1fI1A${pairs.slice(0, 2).join("")}Evv`, "full")).toContain("pair<pair<A, A>, pair<A, A> >");
    for (const mode of ["full", "templates", "default"] as const) {
      expect((demangle(`_Z1fI1A${pairs.join("")}Evv`, mode) ?? "").length).toBeLessThan(1 << 18);
    }
    // One character changed at each place.
    for (const entry of GOLDEN.slice(0, 60)) {
      const [name] = entry.split("\n");
      for (let at = 2; at < name!.length; at++) {
        for (const char of ["E", "S", "T", "9"]) {
          const changed = name!.slice(0, at) + char + name!.slice(at + 1);
          const form = demangle(changed, "full");
          expect(form === undefined || form.length < 1 << 18).toBe(true);
        }
      }
    }
  });
});

describe("every name of this machine's libstdc++", () => {
  const library = has("gcc") ? run("gcc", ["-print-file-name=libstdc++.so.6"]).trim() : "";
  const names = (): string[] =>
    [...new Set(run("nm", ["-D", "--defined-only", "--format=just-symbols", library]).split("\n"))]
      .map((name) => name.replace(/@.*/, ""))
      .filter((name) => name.startsWith("_Z"));

  itWith(existsSync(library) ? ["nm", "c++filt"] : ["gcc with libstdc++"], "reads as c++filt reads it", () => {
    // It writes out the abbreviations of streams and strings, which pprof does not.
    const all = names().filter((name) => !/S[siod]/.test(name));
    expect(all.length).toBeGreaterThan(1000);
    const forms = run("c++filt", [], { input: `${all.join("\n")}\n` }).split("\n");
    expect(all.map((name) => demangle(name, "full"))).toEqual(forms.slice(0, all.length));
  });

  itWith(existsSync(library) ? ["nm", "go"] : ["gcc with libstdc++"], "reads as Go's pprof reads it", async () => {
    const goroot = run("go", ["env", "GOROOT"]).trim();
    const module = join(directory.path, "oracle");
    await mkdir(module);
    await cp(join(goroot, "src/cmd/vendor/github.com/ianlancetaylor/demangle"), join(module, "demangle"), {
      recursive: true,
    });
    directory.write("oracle/go.mod", "module oracle\n\ngo 1.21\n");
    directory.write("oracle/main.go", GO_PEER);
    run("go", ["build", "-o", "oracle", "."], { cwd: module });
    const all = names();
    for (const mode of ["default", "templates", "full"] as const) {
      const forms = run(join(module, "oracle"), [mode], { input: `${all.join("\n")}\n` }).split("\n");
      expect(all.map((name) => demangle(name, mode) ?? name)).toEqual(forms.slice(0, all.length));
    }
  });
});

const GO_PEER = `package main

import (
	"bufio"
	"fmt"
	"oracle/demangle"
	"os"
)

func main() {
	options := map[string][]demangle.Option{
		"default":   {demangle.NoParams, demangle.NoEnclosingParams, demangle.NoTemplateParams},
		"templates": {demangle.NoParams, demangle.NoEnclosingParams},
		"full":      {demangle.NoClones},
	}[os.Args[1]]
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Fprintln(out, demangle.Filter(in.Text(), options...))
	}
}
`;

describe("a profile's functions", () => {
  async function names(functions: [name: string, systemName: string][], force: boolean, mode: DemangleMode) {
    const builder = new ProfileBuilder({ sampleTypes: [] });
    for (const [name, systemName] of functions) builder.function({ name, systemName });
    const { functions: table, strings } = await demangleFunctions(builder.build(), force, mode);
    return functions.map((_, row) => strings.get(table.name[row]!));
  }

  it("are demangled where they are not yet", async () => {
    const functions: [string, string][] = [
      ["_ZN1AIiE1fEv", "_ZN1AIiE1fEv"],
      ["", "_ZN1A1gEv"],
      ["mine", "_ZN1A1gEv"],
      ["main", ""],
    ];
    expect(await names(functions, false, "default")).toEqual(["A::f", "A::g", "mine", "main"]);
    expect(await names(functions, true, "default")).toEqual(["A::f", "A::g", "A::g", "main"]);
    expect(await names(functions, true, "templates")).toEqual(["A<int>::f", "A::g", "A::g", "main"]);
    expect(await names(functions, true, "full")).toEqual(["A<int>::f()", "A::g()", "A::g()", "main"]);
    expect(await names(functions, true, "none")).toEqual(["_ZN1AIiE1fEv", "", "_ZN1A1gEv", "main"]);
  });

  it("that look demangled are only made shorter", async () => {
    const rows: [string, string][] = [
      ["std::map<int, std::pair<A, B> >::find(int) const", "std::map::find const"],
      ["foo::bar(void (*)(int))", "foo::bar"],
      ["operator<<", "operator<<"],
      ["ns::operator>>(A)", "ns::operator>>"],
      ["com.example.Widget.<init>", "com.example.Widget.<init>"],
      ["main.(*List[...]).Push", "main.(*List[...]).Push"],
      ["main.f[int]", "main.f[int]"],
      ["plain(int)", "plain(int)"],
    ];
    expect(
      await names(
        rows.map(([name]) => [name, name]),
        false,
        "default",
      ),
    ).toEqual(rows.map(([, form]) => form));
  });
});
