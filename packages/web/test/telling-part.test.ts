import { expect, test } from "vitest";
import { tellingPart } from "../src/view/report/telling-part.ts";

test.each([
  ["System.Private.CoreLib!System.String.Concat(System.String, System.String)", "!System.String.Concat"],
  ["render::Scene::draw(render::Camera const&, std::vector<int> const&)", "::Scene::draw"],
  ["render::Bvh<render::Triangle, 8>::intersect(render::Ray const&, float) const", "::intersect"],
  ["Microsoft.Kestrel!HttpProtocol+<ProcessRequests>d__238`1[System.__Canon].MoveNext()", ".MoveNext()"],
  ["com.example.shop.price.Basket$Item.hashCode", ".price.Basket$Item.hashCode"],
  ["example.com/shop/server.(*Server).handleCheckout.func1", "handleCheckout.func1"],
  ["github.com/a/very/long/path/to/something.ofAnotherKind", "/something.ofAnotherKind"],
  ["hashbrown::map::HashMap<alloc::string::String,u32,ahash::RandomState>", "::HashMap"],
  [`${"x".repeat(60)}😀${"y".repeat(19)}`, `😀${"y".repeat(19)}`],
])("of %s stays %s", (name, part) => {
  const { from, last, to } = tellingPart(name);
  expect(name.slice(from, to)).toContain(part);
  expect(to - from).toBeLessThanOrEqual(28);
  expect(last).toBeGreaterThanOrEqual(from);
  expect(last).toBeLessThan(to);
});

test.each([
  ["alloc::vec::Vec<T,A>::reserve", "::reserve"],
  ["com.example.shop.price.Basket$Item.hashCode", ".hashCode"],
  ["/app/src/pricing.ts", ".ts"],
  ["main", "main"],
])("of %s the last word is %s", (name, word) => {
  const { last, to } = tellingPart(name);
  expect(name.slice(last, to)).toBe(word);
});
