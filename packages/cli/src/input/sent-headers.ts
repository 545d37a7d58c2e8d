import { statSync } from "node:fs";
import path from "node:path";
import { messageOf, ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { readTextFile } from "../host/file/regular-file.ts";
import { homeDirectory } from "../host/file/temp-file.ts";
import type { SentWords } from "../words/request.ts";

/** What is sent to a server; its own user's name and password in the address come before these. */
export type SentHeaders = (url: URL) => Readonly<Record<string, string>>;

const NAME = /^[!#$%&'*+.^_`|~\da-zA-Z-]+$/;
/** Headers of which a value is no secret, and that Node itself sets. */
const RESERVED: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding", "connection", "upgrade"]);

/**
 * The headers that the command line, the environment and `.netrc` say. They go to the servers of the sources alone, and
 * to none that these redirect to; no message holds a value, which may be a secret.
 */
export function sentHeaders({ headers, bearer }: SentWords, env: Environment): SentHeaders {
  const given: Record<string, string> = {};
  for (const word of headers) {
    const lines = word.startsWith("@") ? ownText(word.slice(1)).split(/\r?\n/) : [word];
    for (const line of lines) if (line.trim() !== "") addHeader(given, line);
  }
  const token = bearer || env.PPROF_BEARER || "";
  if (token !== "") given.authorization ??= `Bearer ${checked(tokenOf(token, env), "the token of -bearer")}`;
  let logins: readonly Login[] | undefined;
  return (url) => {
    if (given.authorization !== undefined || url.username !== "") return given;
    logins ??= readNetrc(env);
    const login =
      logins.find(({ machine }) => machine === url.hostname) ?? logins.find(({ machine }) => machine === "");
    if (login === undefined) return given;
    const basic = Buffer.from(`${login.login}:${login.password}`).toString("base64");
    return { ...given, authorization: `Basic ${basic}` };
  };
}

function addHeader(headers: Record<string, string>, line: string): void {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0)).trim();
  if (!NAME.test(name)) {
    throw new ToolError("a header of -header is none: it is written as Name: value (what was given may be a secret)");
  }
  if (RESERVED.has(name.toLowerCase())) throw new ToolError(`the header ${name} is not one that -header sets`);
  headers[name.toLowerCase()] = checked(line.slice(colon + 1).trim(), `the header ${name}`);
}

/** A value that fits into one line. */
function checked(value: string, what: string): string {
  if (value === "" || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new ToolError(`${what} is empty or holds what no header may`);
  return value;
}

function tokenOf(word: string, env: Environment): string {
  if (word.startsWith("@")) return ownText(word.slice(1)).trim();
  if (!/^\$\w+$/.test(word)) return word;
  const value = env[word.slice(1)] ?? "";
  if (value === "") throw new ToolError(`the variable ${word.slice(1)} that -bearer names is not set`);
  return value;
}

/** A file with secrets, which nobody but its owner may read. */
function ownText(file: string): string {
  let mode: number;
  let text: string;
  try {
    mode = statSync(file).mode;
    text = readTextFile(file);
  } catch (error) {
    throw new ToolError(`cannot read ${file}: ${messageOf(error)}`);
  }
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new ToolError(`${file} holds secrets and others may read it: chmod 600 ${file}`);
  }
  return text;
}

interface Login {
  /** "" for all that are not named. */
  readonly machine: string;
  readonly login: string;
  readonly password: string;
}

/** The logins of `.netrc`, where there is one. */
function readNetrc(env: Environment): Login[] {
  const file = env.NETRC || path.join(homeDirectory(env) ?? "", ".netrc");
  if (!isFile(file)) return [];
  const logins: { machine: string; login: string; password: string }[] = [];
  const words = ownText(file)
    .replace(/^\s*#.*$/gm, "")
    .split(/\s+/)
    .filter(Boolean);
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    const last = logins.at(-1);
    if (word === "machine") logins.push({ machine: words[++at] ?? "", login: "", password: "" });
    else if (word === "default") logins.push({ machine: "", login: "", password: "" });
    // A macro goes on to an empty line, which is gone here; what follows it in such files is not looked for.
    else if (word === "macdef") break;
    else if ((word === "login" || word === "password") && last !== undefined) last[word] = words[++at] ?? "";
  }
  return logins;
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    // Neither is where the home directory is none.
    return false;
  }
}
