import { expect, test } from "vitest";
import { fit, topOnTerminal, treeOnTerminal } from "../src/host/terminal/terminal-table.ts";

const top = `File: app.js
      flat  flat%   sum%        cum   cum%
     700ms 70.00% 70.00%      700ms 70.00%  example.com/shop/pricing.(*Discounts).hashOfEverything
     175ms 17.50% 87.50%      900ms 90.00%  render (inline)
         0     0% 87.50%     1000ms   100%  main
`;

test("bars beside the shares, names as pictures show them or cut in the middle", () => {
  const wide = topOnTerminal(top, { columns: 100, color: false, full: false });
  expect(wide).toBe(`File: app.js
      flat  flat%              sum%        cum   cum%
     700ms 70.00% ██████████ 70.00%      700ms 70.00%  pricing.(*Discounts).hashOfEverything
     175ms 17.50% ██▌        87.50%      900ms 90.00%  render (inline)
         0     0%            87.50%     1000ms   100%  main
`);
  expect(topOnTerminal(top, { columns: 80, color: false, full: false })).toBe(`File: app.js
      flat  flat%         sum%        cum   cum%
     700ms 70.00% █████ 70.00%      700ms 70.00%  pricing.(…ts).hashOfEverything
     175ms 17.50% █▎    87.50%      900ms 90.00%  render (inline)
         0     0%       87.50%     1000ms   100%  main
`);
});

test("what a call is beside being inlined comes first", () => {
  const name = "github.com/acme/shop.(*CacheService).PutCache";
  expect(fit(`${name} (inline)`, 60, { full: false })).toBe(`${name} (inline)`);
  expect(fit(`${name} (inline)`, 40, { full: false })).toBe("shop.(*CacheService).PutCache (inline)");
  expect(fit(`${name} (inline)`, 30, { full: false })).toBe("shop.(…vice).PutCache (inline)");
  expect(fit(`${name} (partial-inline)`, 30, { full: false })).toBe("shop.(*CacheService).PutCache");
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
  const colored = topOnTerminal(top, { columns: 100, color: true, full: false });
  expect(colored).toContain("\x1b[31m     700ms 70.00%\x1b[0m \x1b[31m██████████\x1b[0m 70.00%");
  expect(colored).toContain("render\x1b[2m (inline)\x1b[0m");
  expect(colored.split("\x1b[0m")).toHaveLength(colored.split("\x1b[").length / 2 + 0.5);
});

test("the names of a tree are cut, its lines are not", () => {
  const line = `${" ".repeat(45)}700ms   100% | `;
  const tree = `${"-".repeat(58)}+-------------\n${line}  example.com/shop/pricing.(*Discounts).hashOfEverything\n`;
  expect(treeOnTerminal(tree, { columns: 80, color: false, full: false })).toBe(
    `${"-".repeat(58)}+-------------\n${line}  prici…OfEverything\n`,
  );
});
