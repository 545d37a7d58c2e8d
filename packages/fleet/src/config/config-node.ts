import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, Scalar } from "yaml";
import { FleetError, messageOf } from "../error.ts";

/** A value of a configuration file, and where it stands. */
export type ConfigNode = ConfigPlace & (ConfigNothing | ConfigText | ConfigList | ConfigMap);

interface ConfigPlace {
  /** The file, and the keys that lead to it: `scrape_configs[0].job_name`; "" for all of the file. */
  readonly file: string;
  readonly path: string;
  readonly line: number;
}

interface ConfigNothing {
  readonly kind: "nothing";
}

interface ConfigText {
  readonly kind: "text";
  readonly text: string;
}

interface ConfigList {
  readonly kind: "list";
  readonly items: readonly ConfigNode[];
}

interface ConfigMap {
  readonly kind: "map";
  /** What stands behind each key; a line is that of the key. */
  readonly entries: ReadonlyMap<string, ConfigNode>;
}

/** More than any file of ours has; aliases of aliases would make as many of a few lines as one likes. */
const MOST_NODES = 250_000;
const DEEPEST = 50;

/** Reads YAML, or JSON, which is YAML as well. All that is no list and no map is text. */
export function parseConfig(text: string, file: string): ConfigNode {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new FleetError(`${file}:${lines.linePos(error.pos[0]).line}: no YAML: ${error.message}`);
  }
  let nodes = 0;
  // By the document itself, each alias would be looked for in all of it.
  const anchors = new Map<string, Node>();
  const convert = (node: Node | null, path: string, line: number, depth: number): ConfigNode => {
    const place = { file, path, line };
    if (++nodes > MOST_NODES || depth > DEEPEST) {
      throw new FleetError(
        `${file}:${line}: more than ${MOST_NODES} values, or more than ${DEEPEST} within each other`,
      );
    }
    if (isAlias(node)) return convert(anchors.get(node.source) ?? null, path, line, depth + 1);
    if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isSeq<Node>(node)) {
      const items = node.items.map((item, i) => convert(item, `${path}[${i}]`, lineOf(item, line), depth + 1));
      return { ...place, kind: "list", items };
    }
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, ConfigNode>();
      for (const { key, value } of node.items) {
        const keyLine = lineOf(key, line);
        const name = isScalar(key) ? String(key.value) : undefined;
        if (name === undefined) throw new FleetError(`${file}:${keyLine}: a key is no text`);
        const at = path === "" ? name : `${path}.${name}`;
        if (name !== "<<") entries.set(name, convert(value, at, keyLine, depth + 1));
        else
          for (const [merged, entry] of mergedEntries(convert(value, path, keyLine, depth + 1))) {
            if (!entries.has(merged)) entries.set(merged, entry);
          }
      }
      return { ...place, kind: "map", entries };
    }
    if (!isScalar(node) || isNothing(node)) return { ...place, kind: "nothing" };
    return { ...place, kind: "text", text: String(node.value) };
  };
  const lineOf = (node: Node | null, otherwise: number): number =>
    node?.range == null ? otherwise : lines.linePos(node.range[0]).line;
  try {
    return convert(document.contents as Node | null, "", 1, 0);
  } catch (error) {
    throw error instanceof FleetError ? error : new FleetError(`${file}: no YAML: ${messageOf(error)}`);
  }
}

/** A scalar without quotes that stands for no value. */
function isNothing({ type, value }: Scalar): boolean {
  return type === Scalar.PLAIN && /^(?:~|null|Null|NULL|)$/.test(String(value));
}

/** What `<<` brings into a map: the keys of one, or of a list of them. */
function mergedEntries(node: ConfigNode): (readonly [string, ConfigNode])[] {
  if (node.kind === "map") return [...node.entries];
  if (node.kind === "list") return node.items.flatMap(mergedEntries);
  throw wrong(node, "<< is followed by a map, or a list of them");
}

/** What is wrong with a value, with the place where it stands. */
export function wrong({ file, line, path }: ConfigNode, sentence: string): FleetError {
  return new FleetError(`${file}:${line}: ${path === "" ? "" : `${path}: `}${sentence}`);
}
