import { createHash } from "node:crypto";
import type { Item } from "./catalogue.ts";

/** A printed receipt and its seal. */
export function receipt(cart: readonly Item[]): { text: string; seal: string } {
  const lines = cart.map((item) => `${item.name.padEnd(32)}${(item.price / 100).toFixed(2).padStart(10)}`);
  const text = [...lines, "-".repeat(42)].join("\n");
  return { text, seal: seal(text) };
}

function seal(text: string): string {
  let digest = text;
  for (let round = 0; round < 40; round++) digest = createHash("sha256").update(digest).digest("hex");
  return digest;
}
