/** Something for sale; the price is in cents. */
export interface Item {
  readonly name: string;
  readonly price: number;
  readonly weight: number;
}

const words = ["red", "blue", "tiny", "grand", "oak", "steel", "quiet", "rapid", "lamp", "chair", "kettle", "desk"];
const catalogue: readonly Item[] = Array.from({ length: 400 }, (_, i) => ({
  name: `${words[i % 8]} ${words[8 + ((i >> 3) % 4)]} ${i}`,
  price: 199 + ((i * 7919) % 20_000),
  weight: 1 + ((i * 31) % 40),
}));

/** The items of a customer's cart. */
export function cartOf(customer: number): readonly Item[] {
  return Array.from({ length: 17 }, (_, i) => catalogue[(customer * 37 + i * 101) % catalogue.length] as Item);
}

/** The ten items whose names are nearest to the words asked for. */
export function search(text: string): readonly Item[] {
  const ranked = catalogue.map((item) => ({ item, distance: editDistance(text, item.name) }));
  ranked.sort((a, b) => a.distance - b.distance);
  return ranked.slice(0, 10).map(({ item }) => item);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
