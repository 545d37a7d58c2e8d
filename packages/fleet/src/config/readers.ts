import { type ConfigNode, wrong } from "./config-node.ts";
import { parseDuration } from "./duration.ts";

/** Makes of a value of a file what it stands for, or throws what is wrong with it. */
export type Reader<T> = (node: ConfigNode) => T;

/** The readers of a map's keys. */
export type Fields<T> = { readonly [K in keyof T]-?: Reader<NonNullable<T[K]>> };

const KINDS: Readonly<Record<ConfigNode["kind"], string>> = {
  nothing: "nothing",
  text: "text",
  list: "a list",
  map: "a map",
};

export const text: Reader<string> = (node) => {
  if (node.kind !== "text") throw wrong(node, `must be text, and is ${KINDS[node.kind]}`);
  return node.text;
};

export const flag: Reader<boolean> = (node) => {
  const word = text(node).toLowerCase();
  if (word !== "true" && word !== "false") throw wrong(node, `invalid ${JSON.stringify(word)}: must be true or false`);
  return word === "true";
};

/** A whole number that is not negative. */
export const whole: Reader<number> = (node) => {
  const digits = text(node);
  if (!/^\d{1,15}$/.test(digits)) throw wrong(node, `invalid ${JSON.stringify(digits)}: must be a whole number`);
  return Number(digits);
};

/** A duration, in milliseconds. */
export const duration: Reader<number> = (node) => {
  const written = text(node);
  const millis = parseDuration(written);
  if (millis === undefined) {
    throw wrong(node, `invalid duration ${JSON.stringify(written)}: must be such as 10s, 1m30s, 500ms or 1d`);
  }
  return millis;
};

export function oneOf<T extends string>(words: readonly T[]): Reader<T> {
  return (node) => {
    const word = text(node);
    const found = words.find((known) => known === word.toLowerCase());
    if (found === undefined) throw wrong(node, `invalid ${JSON.stringify(word)}: must be one of ${words.join(", ")}`);
    return found;
  };
}

export function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return (node) => {
    if (node.kind !== "list") throw wrong(node, `must be a list, and is ${KINDS[node.kind]}`);
    return node.items.map(item);
  };
}

export function mapOf<T>(value: Reader<T>): Reader<ReadonlyMap<string, T>> {
  return (node) => new Map([...entriesOf(node)].map(([name, entry]) => [name, value(entry)]));
}

/** A map of these keys and no others. What stands there as nothing counts as not there. */
export function fields<T extends object>(known: Fields<T>): Reader<Partial<T>> {
  const names = Object.keys(known);
  return (node) => {
    const read: Record<string, unknown> = {};
    for (const [name, entry] of entriesOf(node)) {
      if (!names.includes(name)) {
        const place = { ...entry, path: node.path };
        throw wrong(place, `unknown key ${JSON.stringify(name)}: must be one of ${names.join(", ")}`);
      }
      if (entry.kind !== "nothing") read[name] = known[name as keyof T](entry as ConfigNode);
    }
    // Each value is what the reader of its key gave.
    return read as Partial<T>;
  };
}

function entriesOf(node: ConfigNode): ReadonlyMap<string, ConfigNode> {
  if (node.kind === "nothing") return new Map();
  if (node.kind !== "map") throw wrong(node, `must be a map, and is ${KINDS[node.kind]}`);
  return node.entries;
}
