import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createGunzip, gunzipSync, gzipSync } from "node:zlib";
import { decode, EncodedMerger, encode, merge, type Profile, readProfile } from "@pprof-ts/profile";
import { profileFile } from "./generate.ts";
import { SHAPES, type Shape } from "./shapes.ts";

/** What a case works on: a profile of a size, or several. */
export interface Input {
  readonly name: string;
  readonly files: () => string[];
}

const program = (megabytes: number): { bytes: number; functions: number } => ({
  bytes: megabytes * 1e6,
  functions: Math.round(4000 * megabytes ** 0.6),
});
const several = (count: number, megabytes: number) => (): string[] => profileFiles(count, megabytes);

/** The files of so many profiles of one program, each of this size. */
export function profileFiles(count: number, megabytes: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    profileFile(`${megabytes}mb-${i}`, { ...program(megabytes), seed: i }),
  );
}

/** A week of a large program: a million nodes of its call tree, one recursion 5,000 deep. */
const FIVE_MILLION: Shape = {
  bytes: 2e9,
  functions: 20_000,
  seed: 0,
  nodes: 1_000_000,
  depth: 40,
  recursion: 5000,
  samples: 5_000_000,
};

/** The file of a profile of this shape. */
export function shapeFile(name: string): string {
  return profileFile(name.replace(/[ ,]+/g, "-"), SHAPES[name]!);
}

export const INPUTS: readonly Input[] = [
  { name: "0.4 MB", files: several(1, 0.4) },
  { name: "9 MB", files: several(1, 9) },
  { name: "100 MB", files: several(1, 100) },
  { name: "500 MB", files: several(1, 500) },
  { name: "5 million samples", files: () => [profileFile("5m-samples", FIVE_MILLION)] },
  ...Object.keys(SHAPES).map((name) => ({ name, files: () => [shapeFile(name)] })),
  { name: "8 × 9 MB", files: several(8, 9) },
  { name: "1000 × 40 kB", files: several(1000, 0.04) },
];

/** What a peer may take of time, its preparation included. */
export const PEER_SECONDS = 100;

export interface Case {
  readonly name: string;
  /** The case that this one's times are shown as multiples of. */
  readonly floor?: string;
  readonly inputs: RegExp;
  /** Whether it is someone else's, who is stopped after `PEER_SECONDS`. */
  readonly isPeer?: boolean;
  /** Reads what is needed and gives back what is timed. A case may be a process of its own, timed from outside. */
  readonly prepare: (files: string[]) => (() => unknown) | Promise<() => unknown>;
}

const MANY = /×/;
const PLAIN = /^[\d.]+ MB$/;
/** Also those of an odd shape. */
const ONE = new RegExp(`${PLAIN.source}|^(${Object.keys(SHAPES).join("|")})$`);
const SIZES = /MB$|kB$/;
const read = (file: string): Uint8Array => gunzipSync(readFileSync(file));
const output = path.join(tmpdir(), `pprof-bench-${process.pid}.pb.gz`);

export const CASES: readonly Case[] = [
  {
    name: "gunzip",
    inputs: ONE,
    prepare: ([file]) => {
      const bytes = readFileSync(file!);
      return () => gunzipSync(bytes);
    },
  },
  {
    name: "decode",
    floor: "gunzip",
    inputs: ONE,
    prepare: ([file]) => {
      const bytes = read(file!);
      return () => decode(bytes);
    },
  },
  {
    name: "gunzip + decode",
    floor: "gunzip",
    inputs: ONE,
    // As the tool reads what is large: decompressed by another thread while what has arrived is decoded.
    prepare: ([file]) => {
      const bytes = readFileSync(file!);
      return () => readProfile(bytes, { gunzip: (packed) => createGunzip({ chunkSize: 1 << 18 }).end(packed) });
    },
  },
  {
    name: "pprof-format decode",
    isPeer: true,
    floor: "gunzip",
    inputs: PLAIN,
    prepare: async ([file]) => {
      const { Profile } = await import("pprof-format");
      const bytes = read(file!);
      return () => Profile.decode(bytes);
    },
  },
  {
    name: "speedscope decode",
    isPeer: true,
    floor: "gunzip",
    inputs: PLAIN,
    prepare: async ([file]) => {
      const { speedscopeDecoder } = await import("./speedscope.ts");
      const decodeWith = speedscopeDecoder();
      const bytes = read(file!);
      return () => decodeWith(bytes);
    },
  },
  {
    name: "gzip",
    inputs: ONE,
    prepare: ([file]) => {
      const bytes = read(file!);
      return () => gzipSync(bytes);
    },
  },
  {
    name: "encode",
    floor: "gzip",
    inputs: ONE,
    prepare: ([file]) => {
      const profile = decode(read(file!));
      return () => encode(profile);
    },
  },
  {
    name: "pprof-format encode",
    isPeer: true,
    floor: "gzip",
    inputs: PLAIN,
    prepare: async ([file]) => {
      const { Profile } = await import("pprof-format");
      const profile = Profile.decode(read(file!));
      return () => profile.encode();
    },
  },
  {
    name: "merge",
    inputs: MANY,
    prepare: (files) => {
      const profiles: Profile[] = files.map((file) => decode(read(file)));
      return () => merge(profiles);
    },
  },
  {
    name: "gunzip + merge",
    inputs: MANY,
    // As the tool merges many files.
    prepare: (files) => {
      const packed = files.map((file) => readFileSync(file));
      return () => {
        const merger = new EncodedMerger();
        for (const bytes of packed) {
          if (!merger.add(gunzipSync(bytes))) throw new Error("a profile that EncodedMerger does not take");
        }
        return merger.finish();
      };
    },
  },
  {
    name: "process: go tool pprof -proto",
    isPeer: true,
    inputs: SIZES,
    prepare: (files) => () => run("go", ["tool", "pprof", "-symbolize=none", "-proto", `-output=${output}`, ...files]),
  },
  {
    name: "process: pprof -proto",
    floor: "process: go tool pprof -proto",
    inputs: SIZES,
    prepare: (files) => {
      const tool = fileURLToPath(new URL("../../packages/cli/bin/pprof.js", import.meta.url));
      return () => run(process.execPath, [tool, "-symbolize=none", "-proto", `-output=${output}`, ...files]);
    },
  },
];

function run(command: string, args: string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: PEER_SECONDS * 1000 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  rmSync(output);
}
