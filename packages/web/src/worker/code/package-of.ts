import { isFoldedFile, type NamedFrame } from "./code-kind.ts";

/** Where the tools of languages put packages: what a file's path has there is the name of one. */
const PLACES: readonly RegExp[] = [
  /[\\/](?:site|dist)-packages[\\/]([^\\/]+?)(?:\.pyx?)?(?:[\\/]|$)/,
  /[\\/]lib(?:64)?[\\/]python[\d.]+[\\/]([^\\/]+?)(?:\.py)?(?:[\\/]|$)/,
  /[\\/]\.cargo[\\/](?:registry[\\/]src|git[\\/]checkouts)[\\/][^\\/]+[\\/](.+?)(?:-\d+\.\d+[^\\/]*)?[\\/]/,
  /^\/rustc\/[^/]+\/library\/(\w+)\//,
  /[\\/]gems[\\/]([^\\/]+?)-\d[^\\/]*[\\/]/,
  /[\\/]vendor[\\/]([^\\/]+[\\/][^\\/]+)[\\/].*\.php$/,
  /[\\/]\.julia[\\/]packages[\\/]([^\\/]+)/,
  /[\\/]share[\\/]julia[\\/]stdlib[\\/][^\\/]+[\\/]([^\\/]+)/,
];
/** Most paths lead to none of those. */
const PLACED = /packages|python|\.cargo|^\/rustc|gems|vendor|julia/;

/** Names that say themselves what they belong to, whatever file they stand in. */
const NAMES: readonly RegExp[] = [
  // .NET: System.Linq!Enumerable.Count
  /^([\w.]+)!./,
  // A library that has no names for its files: [libc.so.6] read
  /^\[([^\]]+)\] /,
  /^\[([^\]]+\.(?:so|dylib|dll)\b[^\]]*)\]$/,
  // Python's own: <built-in method sqlite3.connect>
  /^<built-in method (\w+)\./,
  // Rust: <program::walk::Walker as core::iter::Iterator>::next, and of any type the trait's
  /^<(?:&|mut |dyn )*([a-z_]\w*)::/,
  /^<(?:\w+|[&*[(].*) as ([a-z_]\w*)::/,
];

/** Go's assembly, whose names do not say it: of the standard library, of a module. */
const GO_ASSEMBLY: readonly RegExp[] = [
  /[\\/]go[^\\/]*[\\/](?:[^\\/]+[\\/]){0,2}?src[\\/](.+)[\\/][^\\/]+\.s$/i,
  /[\\/]pkg[\\/]mod[\\/](.+)[\\/][^\\/]+\.s$/,
];

/** C's symbols, with the version of one of a library or what a compiler made of one: their dots part nothing. */
const SYMBOL = /^\w+(?:@@?[A-Za-z][\w.]*|\.(?:part|isra|constprop|cold|lto_priv|llvm)\b[\w.]*)$/;

/** Languages whose names do not say where they stand: their files do. */
const BY_FILE = /\.(?:[cm]?[jt]sx?|py|pyx|rb|php|jl|pl|pm|lua|exs?)$/;

/**
 * What a frame belongs to: a package where the tools of its language put it, Node itself, a Go or Java package, a crate, an
 * assembly, a C++ namespace, else the directory of its file, else the file that its
 * code was loaded from; "" where nobody knows.
 */
export function packageOf({ name, file, binary }: NamedFrame): string {
  if (isFoldedFile(file)) return name;
  const installed = file.lastIndexOf("node_modules/");
  if (installed >= 0) {
    const [scope, inner] = file.slice(installed + "node_modules/".length).split("/", 2);
    return scope?.startsWith("@") ? `${scope}/${inner}` : (scope ?? "");
  }
  if (file.startsWith("node:") || name.startsWith("node:")) return "node";
  const placed = PLACED.test(file) ? firstOf(PLACES, file) : undefined;
  if (placed !== undefined) return placed;
  if (BY_FILE.test(file)) return directoryOf(file) || file;
  // What V8 names so is no function: (garbage collector).
  if (file === "" && /^\(.*\)$/.test(name)) return name;
  const plain = name.length > 512 ? name.slice(0, 512) : name;
  const named = /^[<[]/.test(plain) || plain.includes("!") ? firstOf(NAMES, plain) : undefined;
  if (named !== undefined) return named;
  const colons = plain.indexOf("::");
  // Behind what the function returns: bool render::hit<float>
  if (colons >= 0 && !/[<(]/.test(plain.slice(0, colons)))
    return plain
      .slice(0, colons)
      .split(/[\s*&]/)
      .at(-1)!;
  // Of an interpreter, whose functions stand in no file: (cfunc), <internal:array>
  if (/^[<(].*[>)]$/.test(file)) return file;
  // github.com/who/repo/package.(*Type).Method, or java.util.concurrent.Pool.run
  const slash = plain.lastIndexOf("/", plain.search(/[<([]|$/));
  const dot = SYMBOL.test(plain) ? -1 : plain.indexOf(".", slash + 1);
  if (dot > 0)
    return (slash < 0 ? packageOfWords(plain.slice(0, plain.search(/[<(]|$/))) : undefined) ?? plain.slice(0, dot);
  if (file.endsWith(".s")) {
    const assembled = firstOf(GO_ASSEMBLY, file);
    // Versions are of the module: github.com/who/repo@v1.2.3/package
    if (assembled !== undefined) return assembled.replace(/@[^\\/]*/, "").replaceAll("\\", "/");
  }
  if (file !== "") return directoryOf(file);
  // An address of nobody knows what is no package of its own.
  if (binary === "") return /^(?:0x[\da-f]+|<unknown>)$/i.test(plain) ? "" : plain;
  return binary.slice(binary.lastIndexOf("/") + 1);
}

/** java.util.concurrent of java.util.concurrent.Pool.run. */
function packageOfWords(name: string): string | undefined {
  const words = name.split(".");
  const isPackage = words.length > 2 && words.slice(0, -2).every((word) => /^[a-z]/.test(word));
  return isPackage ? words.slice(0, -2).join(".") : undefined;
}

function firstOf(patterns: readonly RegExp[], text: string): string | undefined {
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function directoryOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf("/")));
}
