// A program of which it is known what is hot: three times as much work as what is cold.
#include <stdio.h>
static volatile double sink;
__attribute__((noinline)) double hot(long n) { double s = 0; for (long i = 1; i < n; i++) sink = s += 1.0 / i; return s; }
__attribute__((noinline)) double cold(long n) { double s = 0; for (long i = 1; i < n; i++) sink = s += 1.0 / (i + 1); return s; }
int main(void) { double s = 0; for (int i = 0; i < 200; i++) s += hot(3000000) + cold(1000000); printf("%f\n", s); return 0; }
