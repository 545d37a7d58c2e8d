import { dotText } from "../../go/dot-text.ts";
import { scale, scaledLabel } from "../../go/units.ts";
import { type NodeTags, sortTags, type Tag } from "../../graph/tags.ts";
import { MAX_TAGS } from "../../graph/trim.ts";
import type { Format } from "../measure.ts";

function divided(value: number, by: number): number {
  return by === 0 ? value : Math.trunc(value / by);
}

function flatOf(tag: Tag): number {
  return divided(tag.flat, tag.flatDivisor);
}

function cumOf(tag: Tag): number {
  return divided(tag.cum, tag.cumDivisor);
}

/**
 * The boxes that hang from a node for its tags. A node with callees shows what the tags have in it alone, a leaf all
 * that they have, as it stands for what has been trimmed below it.
 */
export function tagBoxes(tags: NodeTags, id: number, flat: boolean, format: Format): string {
  let boxes = "";
  sortTags(tags.text, flat)
    .slice(0, MAX_TAGS)
    .forEach((tag, i) => {
      const value = flat ? flatOf(tag) : cumOf(tag);
      if (value === 0) return;
      boxes += box(`N${id}`, `N${id}_${i}`, tag.name, format(value), "");
      boxes += numberBoxes(tags.numbers.get(tag.name) ?? [], flat, `N${id}_${i}`, format);
    });
  return boxes + numberBoxes(tags.numbers.get("") ?? [], flat, `N${id}`, format);
}

function box(from: string, id: string, name: string, value: string, style: string): string {
  const node = `${id} [label = "${name}" id="${id}" fontsize=8 shape=box3d tooltip="${value}"]`;
  return `${node}\n${from} -> ${id} [label=" ${value}" weight=100 tooltip="${value}" labeltooltip="${value}"${style}]\n`;
}

function numberBoxes(tags: readonly Tag[], flat: boolean, from: string, format: Format): string {
  let boxes = "";
  collapse(tags, flat).forEach((tag, i) => {
    const own = flatOf(tag);
    const all = cumOf(tag);
    const isOwn = flat || own === all;
    const value = isOwn ? own : all;
    if (value !== 0) boxes += box(from, `N${from}_${i}`, tag.name, format(value), isOwn ? "" : ' style="dotted"');
  });
  return boxes;
}

/** A few tags in place of many: each of the largest with those whose numbers are nearest to its own. */
function collapse(tags: readonly Tag[], flat: boolean): Tag[] {
  const sorted = sortTags(tags, flat);
  if (sorted.length <= MAX_TAGS) return sorted;
  const groups = sorted.slice(0, MAX_TAGS).map((tag) => [tag]);
  for (const tag of sorted.slice(MAX_TAGS)) {
    const distances = groups.map(([first]) => Math.abs(scale(first!.value, first!.unit, tag.unit).value - tag.value));
    groups[distances.indexOf(Math.min(...distances))]!.push(tag);
  }
  return sortTags(groups.map(groupTag), flat);
}

/** The tag of a group: it is called after its smallest and its largest number. */
function groupTag(group: readonly Tag[]): Tag {
  const [first, ...others] = group as [Tag, ...Tag[]];
  const label = (tag: Tag): string => dotText(scaledLabel(tag.value, tag.unit, "auto"));
  if (others.length === 0) {
    return { ...first, name: label(first), flat: flatOf(first), cum: cumOf(first), flatDivisor: 0, cumDivisor: 0 };
  }
  let smallest = first;
  let largest = first;
  for (const tag of others) {
    if (Math.trunc(scale(tag.value, tag.unit, smallest.unit).value) < smallest.value) smallest = tag;
    if (Math.trunc(scale(tag.value, tag.unit, largest.unit).value) > largest.value) largest = tag;
  }
  const sum = (of: (tag: Tag) => number): number => group.reduce((all, tag) => all + of(tag), 0);
  return {
    name: `${label(smallest)}..${label(largest)}`,
    unit: "",
    value: 0,
    flat: divided(
      sum((tag) => tag.flat),
      sum((tag) => tag.flatDivisor),
    ),
    cum: divided(
      sum((tag) => tag.cum),
      sum((tag) => tag.cumDivisor),
    ),
    flatDivisor: 0,
    cumDivisor: 0,
  };
}
