import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type NativeBinaries, withDisassemblies } from "../../src/native/frame/binaries.ts";
import { parseDisassembly } from "../../src/native/frame/objdump.ts";
import { openBinaries } from "../../src/native/frame/objects.ts";
import { itWith, scratch } from "./machine.ts";

const directory = scratch();
const tiny = directory.write("tiny64", gunzipSync(readFileSync(new URL("testdata/tiny64.gz", import.meta.url))));

const GNU = `
b5:     file format elf64-x86-64


Disassembly of section .text:

0000000000400100 <work>:
work():
/src/tiny.c:6
  400100:	test   %edi,%edi
  400102:	jle    400128 <work+0x28>
square():
/src/tiny.c:2 (discriminator 3)
  400110:	mov    %eax,%ecx
	...
  400118:	ret
`;

const LLVM = `
tiny64:	file format elf64-x86-64

Disassembly of section .text:

0000000000400100 <ns::work(int)>:
; ns::work(int)():
; /src/tiny.c:6
  400100:      	testl	%edi, %edi
; /src/tiny.c:2
  400110:      	movl	%eax, %ecx
`;

describe("a disassembly", () => {
  it("of GNU's objdump has functions and lines", () => {
    const at = (function_: string, line: number) => ({ function: function_, file: "/src/tiny.c", line });
    expect(parseDisassembly(GNU)).toEqual([
      { address: 0x400100n, text: "test   %edi,%edi", ...at("work", 6) },
      { address: 0x400102n, text: "jle    400128 <work+0x28>", ...at("work", 6) },
      { address: 0x400110n, text: "mov    %eax,%ecx", ...at("square", 2) },
      // Something was left out, so that it is not known any more whose this is.
      { address: 0x400118n, text: "ret", function: "", file: "", line: 0 },
    ]);
  });

  it("of LLVM's objdump too", () => {
    expect(parseDisassembly(LLVM)).toEqual([
      { address: 0x400100n, text: "testl\t%edi, %edi", function: "ns::work(int)", file: "/src/tiny.c", line: 6 },
      { address: 0x400110n, text: "movl\t%eax, %ecx", function: "ns::work(int)", file: "/src/tiny.c", line: 2 },
    ]);
  });

  it("may have addresses that fill their column", () => {
    expect(
      parseDisassembly("00000001000a1b50 <_main.main>:\n; main.main():\n1000a1b50:     \tldr\tx16, [x28]\n"),
    ).toEqual([{ address: 0x1000a1b50n, text: "ldr\tx16, [x28]", function: "main.main", file: "", line: 0 }]);
  });

  itWith(["objdump"], "is made of a range of addresses", () => {
    const { disassemble } = openBinaries("");
    const instructions = disassemble(tiny, 0x400100n, 0x40012fn, false);
    expect(instructions[0]).toMatchObject({ address: 0x400100n, function: "work", line: 6 });
    expect(instructions[0]!.text).toMatch(/^test.*%edi/);
    expect(instructions.at(-1)!.address).toBeLessThan(0x40012fn);
    expect(disassemble(tiny, 0x400100n, 0x400102n, true)[0]!.text).toMatch(/^test\s+edi/);
    expect(() => disassemble("/nowhere", 0n, 1n, false)).toThrow("/nowhere");
  });

  itWith(["objdump"], "may be made while others work", async () => {
    const binaries = openBinaries("");
    const make = ({ disassemble }: NativeBinaries) => [
      disassemble(tiny, 0x400100n, 0x40012fn, false),
      disassemble(tiny, 0x400100n, 0x400102n, true),
    ];
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    const made = await withDisassemblies(binaries, make);
    expect(turned).toBe(true);
    expect(made).toEqual(make(binaries));
    expect(made[1]).toHaveLength(1);
    const broken = withDisassemblies(binaries, ({ disassemble }) => disassemble("/nowhere", 0n, 1n, false));
    await expect(broken).rejects.toThrow("/nowhere");
  });

  it("needs objdump", () => {
    expect(() => openBinaries(`${directory.path}/none`).disassemble(tiny, 0n, 1n, false)).toThrow(
      "cannot disassemble: no objdump tool available",
    );
  });
});
