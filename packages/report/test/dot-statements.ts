/** A statement of the dot language: what it is of, and what it says of it. */
export interface DotStatement {
  readonly of: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Reads a graph as Graphviz's own scanner does, as far as our graphs go; what it cannot read is an error. */
export function dotStatements(dot: string): { readonly name: string; readonly statements: readonly DotStatement[] } {
  const tokens = tokensOf(dot);
  let at = 0;
  const next = (): string => tokens[at++] ?? fail("ends too soon");
  const expect = (word: string): void => {
    const found = next();
    if (found !== word) fail(`${found} in place of ${word}`);
  };
  expect("digraph");
  const name = next();
  expect("{");
  const statements: DotStatement[] = [];
  let depth = 1;
  while (depth > 0) {
    let of = next();
    if (of === "}") {
      depth--;
      continue;
    }
    if (of === "subgraph") {
      next();
      expect("{");
      depth++;
      continue;
    }
    if (tokens[at] === "->") {
      next();
      of += ` -> ${next()}`;
    }
    const attributes = new Map<string, string>();
    expect("[");
    for (let key = next(); key !== "]"; key = next()) {
      expect("=");
      if (attributes.has(key)) fail(`${key} twice`);
      attributes.set(key, next());
    }
    statements.push({ of, attributes });
  }
  if (at !== tokens.length) fail("goes on behind its end");
  return { name, statements };
}

function tokensOf(dot: string): string[] {
  const token = /\s*(?:("(?:[^"\\]|\\.)*")|(\w+)|(->|[{}[\]=]))/sy;
  const tokens: string[] = [];
  const end = dot.trimEnd().length;
  while (token.lastIndex < end) {
    const from = token.lastIndex;
    const found = token.exec(dot);
    if (found === null) fail(`no token at ${JSON.stringify(dot.slice(from, from + 40))}`);
    tokens.push(found[0].trimStart());
  }
  return tokens;
}

function fail(why: string): never {
  throw new Error(`no graph: ${why}`);
}
