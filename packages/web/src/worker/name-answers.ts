import type { Profile } from "@pprof-ts/profile";
import { labelTotals, top } from "@pprof-ts/report";
import { exactly, labelFilter } from "../session/address/exact-name.ts";
import type { Query } from "../session/address/state.ts";
import type { Answers, Completion, Origin } from "../session/protocol.ts";
import { codeKinds } from "./code/code-kind.ts";
import { isOfScripts, namedFunctions } from "./code/named-functions.ts";
import { packageOf } from "./code/package-of.ts";
import type { Opened } from "./open/opened.ts";

/** So many completions are offered. */
const OFFERED = 40;

/** Where functions come from, and what the fields of the form Refine may be completed to. */
export function nameAnswers(opened: Opened): Pick<Answers, "origin" | "complete"> {
  const sources = new Sources(opened);
  return {
    async origin(of) {
      const known = originIn(opened.profile, of);
      return { ...known, place: known.file === "" ? "" : ((await opened.sources?.placeOf(known.file)) ?? "") };
    },

    complete({ what, text, query }) {
      // Expressions are joined with |, keys with commas: the last one is being typed.
      const [, before = "", typed = ""] = (what === "keys" ? /^(.*,)?(.*)$/s : /^(.*\|)?(.*)$/s).exec(text) ?? [];
      const wanted = typed.replace(/^\^|\$$|\\/g, "").toLowerCase();
      const found: Completion[] = [];
      for (const { value, text } of sources[what](query)) {
        if (!text.toLowerCase().includes(wanted)) continue;
        found.push({ value: before + value, text });
        if (found.length === OFFERED) break;
      }
      return found;
    },
  };
}

/** The first function of this name, in this file where one is given. */
function originIn(
  profile: Profile,
  { name, file }: { readonly name: string; readonly file: string },
): Omit<Origin, "place"> {
  const { functions, locations, strings } = profile;
  const isNamed = new Uint8Array(functions.length);
  let first = -1;
  for (let fn = 0; fn < functions.length; fn++) {
    if (strings.get(functions.name[fn]!) !== name) continue;
    if (file !== "" && strings.get(functions.filename[fn]!) !== file) continue;
    isNamed[fn] = 1;
    if (first < 0) first = fn;
  }
  const { lineStart, lines } = locations;
  for (let location = 0; first >= 0 && location < locations.length; location++) {
    for (let line = lineStart[location]!; line < lineStart[location + 1]!; line++) {
      const fn = lines.function[line]!;
      if (fn < 0 || isNamed[fn] === 0) continue;
      const { frame, packageOf, kindOf } = namedFunctions(profile);
      return {
        package: packageOf(fn, location),
        kind: kindOf(fn, location),
        file: frame(fn, location).file,
        line: Number(functions.startLine[fn]!),
      };
    }
  }
  // A frame for a label, or for what is folded.
  const frame = { name, file, binary: "" };
  return { package: packageOf(frame), kind: codeKinds(isOfScripts(profile))(frame), file, line: 0 };
}

/** What there is to complete, each the last that was asked for. */
class Sources {
  readonly #opened: Opened;
  readonly #known = new Map<
    string,
    { readonly key: string; readonly of: Profile; readonly all: readonly Completion[] }
  >();

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  names({ si, time }: Query): readonly Completion[] {
    return this.#kept("names", JSON.stringify([si, time]), () => {
      const { rows } = top(
        this.#opened.analysis("top", plain({ si, time }), undefined, { trim: false }),
        this.#opened.world,
      );
      const byCum = rows.toSorted((a, b) => Math.abs(b.cum) - Math.abs(a.cum));
      return byCum.map(({ name }) => ({ value: exactly(name), text: name }));
    });
  }

  labels({ si, time }: Query): readonly Completion[] {
    return this.#kept("labels", JSON.stringify([si, time]), () =>
      labelTotals(this.#opened.analysis("tags", plain({ si, time }))).flatMap(({ key, values }) =>
        values.map(({ name, range }) => ({
          value: labelFilter(key, name, range),
          text: `${key}=${name}`,
        })),
      ),
    );
  }

  keys(query: Query): readonly Completion[] {
    return [...new Set(this.labels(query).map(({ text }) => text.slice(0, text.indexOf("="))))].map((key) => ({
      value: key,
      text: key,
    }));
  }

  packages(): readonly Completion[] {
    return this.#kept("packages", "", () => {
      const { functions, locations } = this.#opened.profile;
      const { packageOf } = namedFunctions(this.#opened.profile);
      const isSeen = new Uint8Array(functions.length);
      const names = new Set<string>();
      for (let location = 0; location < locations.length; location++) {
        for (let line = locations.lineStart[location]!; line < locations.lineStart[location + 1]!; line++) {
          const fn = locations.lines.function[line]!;
          if (fn < 0 || isSeen[fn] === 1) continue;
          isSeen[fn] = 1;
          names.add(packageOf(fn, location));
        }
      }
      return [...names].sort().map((name) => ({ value: exactly(name), text: name }));
    });
  }

  #kept(what: string, key: string, make: () => readonly Completion[]): readonly Completion[] {
    const of = this.#opened.profile;
    const before = this.#known.get(what);
    if (before?.key === key && before.of === of) return before.all;
    const all = make();
    this.#known.set(what, { key, of, all });
    return all;
  }
}

function plain(query: { readonly [key: string]: string | undefined }): Query {
  return Object.fromEntries(Object.entries(query).flatMap(([key, value]) => (value ? [[key, value]] : [])));
}
