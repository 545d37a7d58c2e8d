// What runs inside a profiled thread, in a realm of its own (`realm.ts`). Sent there as text, so it may use nothing of this file.

/** Looks at the program's objects without running any code of the program's: no getter, no proxy, no function that it has replaced. */
export interface ObjectReader {
  isObject(value: unknown): value is object;
  /** The value of an own property; undefined where it has none, or a getter. */
  propertyOf(object: object, key: PropertyKey): unknown;
  /** Whether a function is V8's or Node's, and not written in JavaScript. */
  isNative(value: object): boolean;
  /** The elements of a list of the program's realm, whose own iterator may be the program's. */
  elementsOf(list: unknown, from?: number, to?: number): unknown[];
  /** The name of the class that an object is of. */
  nameOf(object: object): string;
}

export function makeObjectReader(isProxy: (value: unknown) => boolean): ObjectReader {
  const nativeText = /\{\s*\[native code\]\s*\}$/;
  const textOf = Function.prototype.toString;
  const isObject = (value: unknown): value is object =>
    ((typeof value === "object" && value !== null) || typeof value === "function") && !isProxy(value);
  const propertyOf = (object: object, key: PropertyKey): unknown =>
    Reflect.getOwnPropertyDescriptor(object, key)?.value as unknown;
  return {
    isObject,
    propertyOf,
    isNative: (value) => nativeText.test(Reflect.apply(textOf, value, [])),
    elementsOf(list, from = 0, to = Number.POSITIVE_INFINITY) {
      const elements: unknown[] = [];
      if (!Array.isArray(list) || isProxy(list)) return elements;
      for (let i = from; i < list.length && i < to; i++) elements.push(propertyOf(list, i));
      return elements;
    },
    nameOf(object) {
      const prototype = Reflect.getPrototypeOf(object);
      const maker = prototype === null ? undefined : propertyOf(prototype, "constructor");
      const name = isObject(maker) ? propertyOf(maker, "name") : undefined;
      return typeof name === "string" ? name : "";
    },
  };
}
