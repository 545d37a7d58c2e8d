static inline int square(int x) {
  return x * x;
}
__attribute__((noinline)) int work(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += square(i) ^ sum;
  return sum;
}
void _start(void) {
  volatile int kept = work(1000);
  (void)kept;
  for (;;);
}
