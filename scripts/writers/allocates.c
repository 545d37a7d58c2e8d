// A program of which it is known what it allocates: 6,144,000 bytes in hot and 2,048,000 in cold.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char *kept[4000];
__attribute__((noinline)) char *hot(int i) { return kept[i] = memset(malloc(3072), 1, 3072); }
__attribute__((noinline)) char *cold(int i) { return kept[2000 + i] = memset(malloc(1024), 1, 1024); }
int main(void) { long s = 0; for (int i = 0; i < 2000; i++) s += hot(i)[0] + cold(i)[0]; printf("%ld\n", s); return 0; }
