import { CODE_KINDS, type CodeKind } from "../../session/protocol.ts";

/** A frame as its profile names it. */
export interface NamedFrame {
  readonly name: string;
  /** "" where nobody knows. */
  readonly file: string;
  /** The file that its code was loaded from; "" where nobody knows. */
  readonly binary: string;
}

/** A sign by which the kind of a frame is known: where it has several patterns, all of them must match. */
interface Sign {
  readonly kind: CodeKind;
  readonly name?: RegExp;
  readonly file?: RegExp;
  readonly binary?: RegExp;
}

/** The first directory of Go's standard library. */
const GO =
  "(archive|bufio|builtin|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors|expvar|flag|fmt|go|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|structs|sync|syscall|testing|text|time|unicode|unique|unsafe|vendor|weak)";

const is = (kind: CodeKind, of: Omit<Sign, "kind">): Sign => ({ kind, ...of });

/** What stands in the place of a file where functions of a kind are one frame. */
export function foldedFile(kind: CodeKind): string {
  return `${kind}, folded`;
}

export function isFoldedFile(file: string): boolean {
  return file.endsWith(", folded") && CODE_KINDS.some((kind) => foldedFile(kind) === file);
}

/** The first sign that matches counts: so a library in a runtime's directory is a library. */
const SIGNS: readonly Sign[] = [
  ...CODE_KINDS.map((kind) => is(kind, { file: new RegExp(`^${foldedFile(kind)}$`) })),
  is("gc", { name: /^\(?garbage collector\)?$/i }),
  is("gc", {
    name: /^runtime\.(gc[A-Z]|bgsweep|bgscavenge|markroot|scan(object|block|stack|frame)|sweepone|greyobject|wb)/,
  }),
  is("gc", { name: /^(G1|Z|Shenandoah|Parallel|PS)[A-Z]\w*::|^(SVR::|WKS::)gc_heap|^gc_collect|^GC (Thread|thread)/ }),
  // The kernel, and what has no names.
  is("native", { name: /^\[|^0x[\da-f]+$|_\[k\]$|^(entry_SYSCALL_64|do_syscall_64|__x64_sys_)/ }),
  is("native", { file: /^wasm:/ }),
  is("native", { binary: /^\[|vmlinux|\.ko$/ }),
  // Go's own assembly, whose names do not say what it is of, and its standard library where it came as a module.
  is("runtime", {
    name: /^\w+$/,
    file: new RegExp(`[\\\\/]go[^\\\\/]*[\\\\/]([^\\\\/]+[\\\\/]){0,2}src[\\\\/]${GO}[\\\\/].*\\.s$`, "i"),
  }),
  is("runtime", { name: /^\w+$/, file: new RegExp(`^${GO}/([\\w-]+/)*\\w+\\.s$`) }),
  is("runtime", { file: /[\\/]golang\.org[\\/]toolchain@[^\\/]+[\\/]src[\\/]/ }),
  // Packages, by the places where the tools of languages put them.
  is("library", { file: /(^|[\\/])(node_modules|bower_components|jspm_packages)[\\/]|^(npm|jsr):/ }),
  is("library", { file: /[\\/](site|dist)-packages[\\/]/ }),
  is("library", { file: /[\\/](pkg[\\/]mod|\.cargo[\\/](registry|git)|gems|\.julia[\\/]packages|\.nuget|\.m2)[\\/]/ }),
  is("library", { file: /(^|[\\/])(vendor|third_party|Pods)[\\/]|@v\d+\.\d+[^/]*\// }),
  is("library", { file: /^(chrome|moz|safari-web)-extension:/ }),
  // Scripts.
  is("runtime", { file: /^(node|deno|bun|ext|native|v8|chrome|resource):|^internal\/[\w/]+\.js$|^evalmachine/ }),
  is("runtime", { name: /^(node:|\((program|idle|root)\)$)/ }),
  // Go: by name, for a program may have a directory that is called as one of the standard library is.
  is("runtime", { name: new RegExp(`^${GO}(/[\\w./-]+)?\\.`), file: /\.(go|s)$/ }),
  is("runtime", {
    name: new RegExp(`^${GO}(/[\\w/-]+)?\\.(\\(\\*?[\\w.\\[\\]]+\\)\\.)?\\w+(\\.func[\\d.]+)?$`),
    file: /^$/,
  }),
  is("runtime", { name: /^type:?\.\.?(eq|hash)\.|^(gosave|gogo|memeqbody|cmpbody|aeshashbody)\b/ }),
  // Python, Ruby, Java's family, .NET, Julia.
  is("runtime", { file: /[\\/]lib(64)?[\\/]python[\d.]+[\\/]|[\\/]Python3\d+[\\/]Lib[\\/]|^<(frozen |built-in)/ }),
  is("runtime", { name: /^<(built-in|method) / }),
  is("runtime", { file: /[\\/]lib[\\/]ruby[\\/]\d|^<internal:/ }),
  is("runtime", { name: /^(javax?|jdk|sun|com[./]sun|kotlinx?|scala|groovy|clojure)[./][\w$./]+/ }),
  is("runtime", { name: /^(\w+(\.\w+)*!)?(System|Microsoft|Internal)\.[A-Z]/ }),
  is("runtime", { file: /^\.[\\/]\w+\.jl$|[\\/](share[\\/]julia|julia[\\/](base|stdlib))[\\/]/ }),
  // Rust, C and C++.
  is("runtime", { file: /^\/rustc\/|[\\/]rustlib[\\/]src[\\/]/ }),
  is("runtime", { name: /^<?(std|core|alloc|__gnu_cxx|__cxxabiv1)::|^<.* as (std|core|alloc)::/ }),
  is("runtime", {
    name: /^(__libc_|__GI_|_?_?pthread_|__memc|__memmove|__str|_int_(malloc|free))|^(malloc|calloc|realloc|cfree|free|_start)$/,
  }),
  is("runtime", { file: /^\/usr\/(lib|include)\/|[\\/]glibc[-\d./]|^\.{1,2}\/(sysdeps|nptl|csu|malloc|elf)\// }),
  is("runtime", {
    binary: /(^|\/)(lib(c|m|pthread|dl|rt|stdc\+\+|gcc_s|c\+\+)|ld-linux[-\w]*|ld-musl[-\w]*)[-.\d]*\.so/,
  }),
  is("library", { file: /^$/, binary: /\.(so(\.[\d.]+)?|dylib|dll)$/i }),
];

/** So much of a name is looked at. */
const LONGEST = 512;

/**
 * Says whose code frames are. In a profile of scripts what has no file is native, whatever else there is to see. Of the
 * signs most are of files, of which there are far fewer than of names: those that a file has are kept.
 */
export function codeKinds(isScript: boolean): (frame: NamedFrame) => CodeKind {
  const known = new Map<string, Map<string, readonly Sign[]>>();
  const signsOf = (file: string, binary: string): readonly Sign[] => {
    const ofFile = known.get(file) ?? new Map<string, readonly Sign[]>();
    if (ofFile.size === 0) known.set(file, ofFile);
    let signs = ofFile.get(binary);
    if (signs === undefined) {
      signs = SIGNS.filter((sign) => (sign.file?.test(file) ?? true) && (sign.binary?.test(binary) ?? true));
      ofFile.set(binary, signs);
    }
    return signs;
  };
  return ({ name, file, binary }) => {
    const start = name.slice(0, LONGEST);
    const sign = signsOf(file, binary).find((sign) => sign.name?.test(start) ?? true);
    if (sign !== undefined) return sign.kind;
    return isScript && file === "" ? "native" : "own";
  };
}

/** A profile of scripts: some of its functions stand in one. */
export const SCRIPT_FILE: RegExp = /\.([cm]?[jt]sx?|vue|svelte)(\?.*)?$|^node:/;
