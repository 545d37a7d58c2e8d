import { expect, test } from "vitest";
import { topOnTerminal, treeOnTerminal } from "../src/terminal-table.ts";

const top = `File: app.js
      flat  flat%   sum%        cum   cum%
     700ms 70.00% 70.00%      700ms 70.00%  example.com/shop/pricing.(*Discounts).hashOfEverything
     175ms 17.50% 87.50%      900ms 90.00%  render (inline)
         0     0% 87.50%     1000ms   100%  main
`;

test("bars beside the shares, names cut in the middle", () => {
  expect(topOnTerminal(top, { columns: 80, color: false, full: false })).toBe(`File: app.js
      flat  flat%              sum%        cum   cum%
     700ms 70.00% ██████████ 70.00%      700ms 70.00%  example.…hashOfEverything
     175ms 17.50% ██▌        87.50%      900ms 90.00%  render (inline)
         0     0%            87.50%     1000ms   100%  main
`);
});

test("-full keeps names, a wide terminal has room for them, a narrow one none for bars", () => {
  const name = "  example.com/shop/pricing.(*Discounts).hashOfEverything\n";
  expect(topOnTerminal(top, { columns: 80, color: false, full: true })).toContain(name);
  expect(topOnTerminal(top, { columns: 200, color: false, full: false })).toContain(name);
  expect(topOnTerminal(top, { columns: 60, color: false, full: false })).toContain(
    "     175ms 17.50% 87.50%      900ms 90.00%  render",
  );
});

test("colours end where they begin", () => {
  const colored = topOnTerminal(top, { columns: 80, color: true, full: false });
  expect(colored).toContain("\x1b[31m     700ms 70.00%\x1b[0m \x1b[31m██████████\x1b[0m 70.00%");
  expect(colored).toContain("render\x1b[2m (inline)\x1b[0m");
  expect(colored.split("\x1b[0m")).toHaveLength(colored.split("\x1b[").length / 2 + 0.5);
});

test("the names of a tree are cut, its lines are not", () => {
  const line = `${" ".repeat(45)}700ms   100% | `;
  const tree = `${"-".repeat(58)}+-------------\n${line}  example.com/shop/pricing.(*Discounts).hashOfEverything\n`;
  expect(treeOnTerminal(tree, { columns: 80, color: false, full: false })).toBe(
    `${"-".repeat(58)}+-------------\n${line}  examp…OfEverything\n`,
  );
});
