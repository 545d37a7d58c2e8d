import { describe, expect, test } from "vitest";
import { parseFleetConfig } from "../src/index.ts";
import { relabel } from "../src/relabel/relabel.ts";

/** The rules of a configuration, in the words of Prometheus. */
function rulesOf(yaml: string) {
  const lines = yaml
    .trim()
    .split("\n")
    .map((line) => `      ${line}`)
    .join("\n");
  return parseFleetConfig(`scrape_configs:\n  - job_name: a\n    relabel_configs:\n${lines}\n`, "fleet.yml").jobs[0]!
    .relabel;
}

/** What the rules make of labels; undefined where they drop the target. */
function relabelled(labels: Readonly<Record<string, string>>, yaml: string): Record<string, string> | undefined {
  const changed = relabel(new Map(Object.entries(labels)), rulesOf(yaml));
  return changed && Object.fromEntries(changed);
}

describe("relabelling, as Prometheus documents it", () => {
  test("replace is the default, with ; between source labels, all of them matched, and $1 put in", () => {
    expect(relabelled({ a: "x" }, "- {source_labels: [a], target_label: b}")).toEqual({ a: "x", b: "x" });
    const both =
      "- {source_labels: [host, port], regex: '([^;]+);(\\d+)', target_label: address, replacement: '$1:$2'}";
    expect(relabelled({ host: "h", port: "80" }, both)).toMatchObject({ address: "h:80" });
    // The expression has to match all of it: nothing is replaced.
    expect(relabelled({ host: "h", port: "80x" }, both)).not.toHaveProperty("address");
    const glued = "- {source_labels: [a, b], separator: '', target_label: c}";
    expect(relabelled({ a: "1", b: "2" }, glued)).toMatchObject({ c: "12" });
  });

  test("groups are put in by number and by name, and what there is no group for is nothing", () => {
    const rule = `- {source_labels: [a], regex: '(?P<first>\\w+)-(\\w+)', target_label: b, replacement: '\${first}_$2.\${3}$$'}`;
    expect(relabelled({ a: "x-y" }, rule)).toEqual({ a: "x-y", b: "x_y.$" });
    // Without braces, letters behind it belong to the name.
    const long = "- {source_labels: [a], regex: '(.*)', target_label: b, replacement: '$1x'}";
    expect(relabelled({ a: "v", b: "old" }, long)).toEqual({ a: "v" });
  });

  test("a label that becomes empty is gone, and a target label may come of a match", () => {
    expect(relabelled({ a: "1", b: "2" }, "- {target_label: b, replacement: ''}")).toEqual({ a: "1" });
    const named = "- {source_labels: [a], regex: '(\\w+)=(\\w+)', target_label: 'label_$1', replacement: '$2'}";
    expect(relabelled({ a: "zone=eu" }, named)).toMatchObject({ label_zone: "eu" });
    const odd = `- {source_labels: [a], regex: '(.*)=(.*)', target_label: '\${1}', replacement: '$2'}`;
    expect(relabelled({ a: "no-name=eu" }, odd)).toEqual({ a: "no-name=eu" });
  });

  test("keep and drop are of targets", () => {
    const keep = "- {source_labels: [env], regex: prod, action: keep}";
    expect(relabelled({ env: "prod" }, keep)).toEqual({ env: "prod" });
    expect(relabelled({ env: "production" }, keep)).toBeUndefined();
    expect(relabelled({}, keep)).toBeUndefined();
    const drop = "- {source_labels: [env], regex: 'dev|test', action: drop}";
    expect(relabelled({ env: "test" }, drop)).toBeUndefined();
    expect(relabelled({ env: "testing" }, drop)).toEqual({ env: "testing" });
    // What is dropped is dropped, whatever comes after.
    expect(relabelled({ env: "dev" }, `${drop}\n- {target_label: env, replacement: prod}`)).toBeUndefined();
  });

  test("keepequal and dropequal compare with the target label", () => {
    const keep = "- {source_labels: [port], target_label: wanted, action: keepequal}";
    expect(relabelled({ port: "80", wanted: "80" }, keep)).toBeDefined();
    expect(relabelled({ port: "80", wanted: "81" }, keep)).toBeUndefined();
    expect(relabelled({ port: "80" }, keep.replace("keepequal", "dropequal"))).toBeDefined();
    expect(relabelled({ port: "80", wanted: "80" }, keep.replace("keepequal", "DropEqual"))).toBeUndefined();
  });

  test("hashmod spreads targets as Prometheus does", () => {
    const rule = "- {source_labels: [c], target_label: d, action: hashmod, modulus: 1000}";
    expect(relabelled({ c: "baz" }, rule)).toEqual({ c: "baz", d: "976" });
    expect(relabelled({ c: "foo\nbar" }, rule)).toMatchObject({ d: "734" });
  });

  test("labelmap copies, labeldrop and labelkeep take away, by names", () => {
    const map = "- {regex: '__meta_pod_(.+)', action: labelmap}";
    expect(relabelled({ __meta_pod_zone: "a", zone: "b", x: "c" }, map)).toEqual({
      __meta_pod_zone: "a",
      zone: "a",
      x: "c",
    });
    expect(relabelled({ aa: "1", ab: "2", b: "3" }, "- {regex: 'a.', action: labeldrop}")).toEqual({ b: "3" });
    expect(relabelled({ aa: "1", ab: "2", b: "3" }, "- {regex: 'a.', action: labelkeep}")).toEqual({
      aa: "1",
      ab: "2",
    });
  });

  test("lowercase and uppercase", () => {
    const rules =
      "- {source_labels: [a], target_label: l, action: lowercase}\n- {source_labels: [a], target_label: u, action: uppercase}";
    expect(relabelled({ a: "Shop-1" }, rules)).toEqual({ a: "Shop-1", l: "shop-1", u: "SHOP-1" });
  });

  test("expressions are RE2's: they end in linear time", () => {
    const rule = "- {source_labels: [a], regex: '(x+x+)+y', action: drop}";
    expect(relabelled({ a: "x".repeat(5000) }, rule)).toBeDefined();
  });
});

test.each([
  ["- {action: repalce}", 'invalid "repalce": must be one of replace, keep'],
  ["- {source_labels: [a]}", "the action replace needs a target_label"],
  ["- {action: hashmod, target_label: a}", "the action hashmod needs a modulus"],
  ["- {target_label: 'a-b'}", 'invalid target_label "a-b"'],
  ["- {target_label: '0$1'}", 'invalid target_label "0$1"'],
  ["- {action: uppercase, target_label: '$1'}", 'invalid target_label "$1"'],
  ["- {action: labelmap, regex: 'a', replacement: '-$1'}", 'invalid replacement "-$1"'],
  ["- {action: labeldrop, regex: a, target_label: b}", "the action labeldrop has no target_label"],
  ["- {action: keepequal, target_label: b, regex: a}", "the action keepequal has no regex"],
  ["- {regex: '(', target_label: b}", 'invalid regex "("'],
])("a rule that means nothing is refused, with its line: %s", (rule, why) => {
  expect(() => rulesOf(rule)).toThrow(`fleet.yml:4: scrape_configs[0].relabel_configs[0]`);
  expect(() => rulesOf(rule)).toThrow(why);
});
