import { writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { encode, type Profile } from "@pprof-ts/profile";
import { messageOf, ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { fileName, makeDirectory } from "../host/file/file-name.ts";
import { saveDirectory, writeNumbered } from "../host/file/temp-file.ts";
import type { Ui } from "../host/terminal/ui.ts";
import type { AskedRun } from "./asked.ts";

/** Writes profiles and traces of a run where its command line says, and else where fetched ones are saved. */
export class Saver {
  readonly #asked: AskedRun;
  readonly #ui: Ui;
  readonly #env: Environment;

  constructor(asked: AskedRun, ui: Ui, env: Environment) {
    this.#asked = asked;
    this.#ui = ui;
    this.#env = env;
  }

  /** The file. `program`: what ran. */
  profile(kind: string, profile: Profile, program: string): string {
    return this.#save(kind, program, ".pb.gz", gzipSync(encode(profile)));
  }

  trace(trace: Uint8Array, program: string): string {
    return this.#save("trace", program, ".out", trace);
  }

  /** The profile of an interval, which are numbered from 1. */
  interval(kind: string, number: number, profile: Profile): void {
    const file = path.join(this.#asked.directory, `${kind}.${String(number + 1).padStart(4, "0")}.pb.gz`);
    writeProfile(file, profile);
  }

  /** What is to be known before the program runs. */
  prepare(): void {
    makeOutput(this.#asked.directory);
  }

  #save(kind: string, program: string, ending: string, bytes: Uint8Array): string {
    const { files, directory } = this.#asked;
    const named = [...files].find(([one]) => one === kind)?.[1];
    if (named === undefined && directory === "") {
      return writeNumbered(saveDirectory(this.#env, this.#ui), `pprof.${program}.${kind}.`, ending, bytes);
    }
    const file = named ?? path.join(directory, `${kind}${ending}`);
    write(file, bytes);
    return file;
  }
}

/** Makes the directory that `-o` names; "" names none. */
export function makeOutput(directory: string): void {
  if (directory === "") return;
  try {
    makeDirectory(directory);
  } catch (error) {
    throw new ToolError(`-o: ${messageOf(error)}`);
  }
}

export function writeProfile(file: string, profile: Profile): void {
  write(file, gzipSync(encode(profile)));
}

/** For the user alone: a profile may tell what others must not read. */
function write(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(fileName(file), bytes, { mode: 0o600 });
  } catch (error) {
    throw new ToolError(`cannot write the profile: ${messageOf(error)}`);
  }
}
