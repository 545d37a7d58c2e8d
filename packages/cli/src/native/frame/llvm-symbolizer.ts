import type { SourceFrame } from "../image/source-frame.ts";
import type { Question } from "./tools.ts";

/** The frames at each of these addresses of a file, of llvm-symbolizer; one that is too old to speak JSON gives no answer. */
export function llvmQuestion(
  path: string,
  file: string,
  addresses: readonly bigint[],
  isData: boolean,
): Question<readonly (readonly SourceFrame[])[]> {
  const name = /\s/.test(file) ? `"${file}"` : file;
  return {
    path,
    args: ["--inlining", "-demangle=false", "--output-style=JSON"],
    input: addresses.map((address) => `${isData ? "DATA" : "CODE"} ${name} 0x${address.toString(16)}\n`).join(""),
    read(output) {
      const answers = output.split("\n").filter((line) => line.startsWith("{"));
      if (answers.length !== addresses.length) {
        throw new Error(`${path} gave ${answers.length} answers to ${addresses.length} addresses`);
      }
      return answers.map(parseAnswer);
    },
  };
}

interface Answer {
  readonly Symbol?: readonly {
    readonly FunctionName: string;
    readonly FileName: string;
    readonly Line: number;
    readonly Column: number;
    readonly StartLine: number;
  }[];
  readonly Data?: { readonly Start: string; readonly Size: string; readonly Name: string };
}

function parseAnswer(line: string): SourceFrame[] {
  const { Symbol: frames, Data: data } = JSON.parse(line) as Answer;
  if (data !== undefined) {
    if (data.Name === "") return [];
    // Data has no line; as llvm-symbolizer's plain output does, the place is told instead.
    return [{ function: data.Name, file: `${data.Start} ${Number(data.Size)}`, line: 0, column: 0, startLine: 0 }];
  }
  return (frames ?? [])
    .map((frame) => ({
      function: frame.FunctionName,
      file: frame.FileName,
      line: frame.Line,
      column: frame.Column,
      startLine: frame.StartLine,
    }))
    .filter((frame) => frame.function !== "" || frame.file !== "");
}
