import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultOptions, JSON_SCHEMA, OUTPUTS, report, wholeBody } from "../src/index.ts";
import { shop } from "./stacks.ts";

const doc = readFileSync(new URL("../JSON.md", import.meta.url), "utf8");
const COMMON = ["schema", "report", "profile", "options", "sampleType", "total", "messages"];

/** The names of all fields, at any depth; keys of labels are not fields. */
function fieldsOf(value: unknown, names: Set<string> = new Set()): Set<string> {
  if (Array.isArray(value)) for (const item of value) fieldsOf(item, names);
  else if (typeof value === "object" && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      names.add(name);
      if (name !== "labels" && name !== "numbers" && name !== "options") fieldsOf(part, names);
    }
  }
  return names;
}

const world = { readSource: (path: string) => (path === "/src/shop/tree.ts" ? "line\n".repeat(20) : undefined) };
const WITHOUT = new Set(["disasm", "proto", "text"]);

test.each(OUTPUTS.filter(({ name, data }) => data !== undefined && !WITHOUT.has(name)).map(({ name }) => name))(
  "JSON.md names every field of %s",
  (name) => {
    const { body } = report(shop(), name, { ...defaultOptions, nodecount: 20 }, world, "walk", "json");
    const json = JSON.parse(String(wholeBody(body)));
    expect(json.schema).toBe(JSON_SCHEMA);
    expect(Object.keys(json).slice(0, COMMON.length)).toEqual(COMMON);
    if (name === "raw") for (const list of ["samples", "locations", "functions", "mappings"]) json[list] = [];
    for (const field of fieldsOf(json)) expect(doc, field).toContain(`\`${field}\``);
  },
);
