import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Profile, readProfile, subtract } from "@pprof-ts/profile";
import { defaultOptions, type Options, optionRow, outputRow, withoutUninteresting } from "../src/index.ts";

/** Where the recorded runs of the reference tool are, or undefined: they stand beside the checkout. */
export const kit: URL | undefined = [
  process.env.PPROF_REFERENCE === undefined ? undefined : new URL(`file://${process.env.PPROF_REFERENCE}/`),
  new URL("../../../../shared/reference-2026-11/", import.meta.url),
].find((url) => url !== undefined && existsSync(fileURLToPath(url)));

/** One recorded run. */
export interface Case {
  readonly set: "golden" | "corpus" | "shell" | "random";
  readonly args: readonly string[];
  readonly profile: string;
  readonly exit: number;
  readonly stdout: string;
}

export function referenceCases(kit: URL): Case[] {
  const lines = readFileSync(new URL("cases.jsonl", kit), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Case);
}

/** How a recorded command line names the kit's folder of profiles. */
const PROFILES = ["$", "{PROFILES}/"].join("");

/** What a command line asks for. */
export interface Request {
  readonly output: string;
  readonly argument: string | undefined;
  readonly options: Options;
  readonly comment: string | undefined;
  readonly allFrames: boolean;
  /** The profile to subtract. */
  readonly base: { readonly file: string; readonly diff: boolean } | undefined;
}

/** Reads a recorded command line: enough of the tool's own reading for these cases. */
export function parseArgs(args: readonly string[]): Request {
  const options: Record<string, string | number | boolean> = {};
  let request: Omit<Request, "options"> = {
    output: "",
    argument: undefined,
    comment: undefined,
    allFrames: false,
    base: undefined,
  };
  for (const arg of args) {
    const [, name = "", value] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const row = optionRow(name);
    if (row !== undefined) {
      if (row.name !== name) options[row.name] = name;
      else if (row.kind === "bool") options[name] = value !== "false";
      else options[name] = row.kind === "int" || row.kind === "float" ? Number(value) : (value ?? "");
    } else if (outputRow(name) !== undefined) request = { ...request, output: name, argument: value };
    else if (/^(inuse|alloc)_/.test(name)) options.sample_index = name;
    else if (name === "add_comment") request = { ...request, comment: value };
    else if (name === "base" || name === "diff_base") {
      const file = (value ?? "").slice(PROFILES.length);
      request = { ...request, base: { file, diff: name === "diff_base" } };
    } else if (name === "all_frames") request = { ...request, allFrames: true };
    else if (name !== "symbolize") request = { ...request, output: name };
  }
  return { ...request, options: { ...defaultOptions, ...options } };
}

/** Reads a profile as the tool does: without uninteresting frames, and with a mapping where it has none. */
export async function fetchProfile(kit: URL, name: string, request: Request): Promise<Profile> {
  const { base, options } = request;
  let profile = await readKitProfile(kit, name);
  if (base !== undefined) {
    const other = await readKitProfile(kit, base.file);
    profile = subtract(profile, other, { diff: base.diff, normalize: options.normalize });
  }
  if (request.allFrames) profile = { ...profile, dropFrames: "", keepFrames: "" };
  profile = withoutUninteresting(profile);
  if (request.comment !== undefined) profile = { ...profile, comments: [...profile.comments, request.comment] };
  return profile;
}

/** A profile of the kit. */
async function readKitProfile(kit: URL, name: string): Promise<Profile> {
  const bytes = readFileSync(new URL(`profiles/${name}`, kit));
  const profile = await readProfile(bytes, { gunzip: (gz) => gunzipSync(gz) });
  return profile.mappings.length > 0 ? profile : withMapping(profile);
}

function withMapping(profile: Profile): Profile {
  const none = new Uint8Array(1);
  const zero = new BigUint64Array(1);
  return {
    ...profile,
    mappings: {
      length: 1,
      id: BigUint64Array.of(1n),
      start: zero,
      limit: zero,
      offset: zero,
      filename: new Uint32Array(1),
      buildId: new Uint32Array(1),
      hasFunctions: none,
      hasFilenames: none,
      hasLineNumbers: none,
      hasInlineFrames: none,
      unknownFields: new Map(),
    },
    locations: { ...profile.locations, mapping: new Int32Array(profile.locations.length) },
  };
}
