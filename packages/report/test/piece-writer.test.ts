import { expect, test } from "vitest";
import { PieceWriter } from "../src/output/piece-writer.ts";

test("pieces are, one after the other, all that was written", () => {
  const copied = new TextEncoder().encode(`é${"x".repeat(50_000)}`);
  const writer = new PieceWriter(copied);
  const written: string[] = [];
  const text = (text: string): void => {
    writer.text(text);
    written.push(text);
  };
  text("\ufeffa\n");
  for (let i = 0; i < 20; i++) {
    writer.copy(2, 2 + i);
    written.push("x".repeat(i));
    writer.copy(0, copied.length);
    written.push(`é${"x".repeat(50_000)}`);
    text("€".repeat(i * 4000));
  }
  writer.finish();
  expect(writer.full.length).toBeGreaterThan(5);
  const bytes = Buffer.concat(writer.full);
  expect(bytes.equals(Buffer.from(written.join("")))).toBe(true);
});
