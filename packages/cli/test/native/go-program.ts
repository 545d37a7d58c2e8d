import { join } from "node:path";
import { run, type Scratch } from "./machine.ts";

const SOURCE = `package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

type counter struct{ n int }

func (c *counter) add(n int) int { c.n += n; return c.n }

func work(n int) (sum int) {
	c := &counter{}
	for i := 0; i < n; i++ {
		sum += c.add(i) ^ strings.Count(strings.Repeat("ab", i%10), "a")
	}
	return sum
}

func main() {
	x := []int{3, 1, 2}
	sort.Ints(x)
	fmt.Println(work(1000), x, len(os.Args))
}
`;

/** Builds a small Go program with these flags, for GOOS/GOARCH if that is given, and gives the binary's path. */
export function goProgram(directory: Scratch, name: string, flags: readonly string[] = [], target = ""): string {
  directory.write("go.mod", "module work\n\ngo 1.21\n");
  directory.write("main.go", SOURCE);
  const [system, processor] = target.split("/");
  const env = target === "" ? {} : { env: { ...process.env, GOOS: system, GOARCH: processor, CGO_ENABLED: "0" } };
  run("go", ["build", ...flags, "-o", name, "main.go"], { cwd: directory.path, ...env });
  return join(directory.path, name);
}
