import type { Input } from "./build/input.ts";

/** What is no profile, or none that is read: where its mark stands, the mark as Latin-1, what it is and what helps. */
const OTHERS: readonly (readonly [at: number, mark: string, what: string])[] = [
  [0, "PK\x03\x04", "it is a zip archive: unpack it first"],
  [0, "PK\x05\x06", "it is an empty zip archive"],
  [0, "\xfd7zXZ\0", "it is compressed by xz: unpack it first, as with xz -d"],
  [0, "\x28\xb5\x2f\xfd", "it is compressed by zstd: unpack it first, as with zstd -d"],
  [0, "BZh", "it is compressed by bzip2: unpack it first, as with bunzip2"],
  [0, "\x04\x22\x4d\x18", "it is compressed by lz4: unpack it first, as with lz4 -d"],
  [0, "7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it first"],
  [257, "ustar", "it is a tar archive: unpack it first, as with tar -x"],
  [0, "JAVA PROFILE ", "it is a heap dump of Java, which holds objects and no stacks of allocations"],
  [0, "Nettrace", "it is .NET's trace: dotnet-trace convert --format Speedscope makes of it what is read"],
  [0, "MOJO", "it is austin's binary output: mojo2austin makes collapsed stacks of it"],
  [0, "\x7fELF", "it is a program, not a profile of one"],
  [0, "\xcf\xfa\xed\xfe", "it is a program, not a profile of one"],
];

/** What an input is that is none of the formats'; undefined where that is not known. */
export function describeOther({ bytes }: Input): string | undefined {
  const holds = (at: number, mark: string): boolean =>
    Array.from(mark, (_, i) => mark.charCodeAt(i)).every((byte, i) => bytes[at + i] === byte);
  return OTHERS.find(([at, mark]) => holds(at, mark))?.[2];
}
