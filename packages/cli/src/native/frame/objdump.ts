import type { Instruction } from "@pprof-ts/report";
import { findTools, runTool, runToolBeside } from "./tools.ts";

export interface Objdump {
  readonly path: string;
  readonly isLlvm: boolean;
}

/** The instructions of a file from `start` up to `end`; throws. */
export function disassemble(
  objdump: Objdump,
  file: string,
  start: bigint,
  end: bigint,
  intelSyntax: boolean,
): readonly Instruction[] {
  return parseDisassembly(runTool(objdump.path, disassembly(objdump, file, start, end, intelSyntax)));
}

/** As `disassemble`, while others work. */
export async function disassembleBeside(
  objdump: Objdump,
  file: string,
  start: bigint,
  end: bigint,
  intelSyntax: boolean,
): Promise<readonly Instruction[]> {
  return parseDisassembly(await runToolBeside(objdump.path, disassembly(objdump, file, start, end, intelSyntax)));
}

function disassembly({ isLlvm }: Objdump, file: string, start: bigint, end: bigint, intelSyntax: boolean): string[] {
  const args = ["--disassemble", "--demangle", "--no-show-raw-insn", "--line-numbers"];
  args.push(`--start-address=0x${start.toString(16)}`, `--stop-address=0x${end.toString(16)}`);
  if (intelSyntax) args.push(...(isLlvm ? ["--x86-asm-syntax=intel"] : ["-M", "intel"]));
  return [...args, file];
}

/** LLVM's objdump where it is new enough, or GNU's; throws where there is none. */
export function findObjdump(tools: string): Objdump {
  for (const path of findTools("objdump", tools)) {
    const version = runTool(path, ["--version"]);
    if (version.includes("GNU objdump")) return { path, isLlvm: false };
    // Older ones do not know the options.
    const [, major] = /LLVM version (\d+)/.exec(version) ?? [];
    if (Number(major) >= 10) return { path, isLlvm: true };
  }
  throw new Error(
    "cannot disassemble: no objdump tool available; binutils or LLVM brings one, -tools names its directory",
  );
}

/** Reads objdump's listing: places and functions stand on lines of their own before the instructions they are of. */
export function parseDisassembly(listing: string): Instruction[] {
  const instructions: Instruction[] = [];
  let at = { function: "", file: "", line: 0 };
  for (const raw of listing.split("\n")) {
    const text = raw.trim();
    // The listing begins with the name of the file, which may be a number.
    const instruction = /^([\da-f]+):\s+(?!\s*file format )(.*)/i.exec(text);
    if (instruction !== null) {
      instructions.push({ address: BigInt(`0x${instruction[1]}`), text: instruction[2]!, ...at });
      continue;
    }
    const place = /^;?\s?(.*):(\d+)/.exec(text);
    const name = /^;?\s?(\S.*)\(\):/.exec(text) ?? /^(?:[\da-f]+)?\s?(.*):/i.exec(text);
    if (place !== null) at = { ...at, file: place[1]!, line: Number(place[2]) };
    else if (name !== null) at = { ...at, function: name[1]! };
    else at = { function: "", file: "", line: 0 };
  }
  return instructions;
}
