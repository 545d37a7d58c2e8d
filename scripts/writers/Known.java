/** A program of which it is known what is hot: three times as much work as what is cold. */
final class Known {
    static volatile double sink;

    static double hot(int n) {
        double sum = 0;
        for (int i = 1; i < n; i++) sink = sum += 1.0 / i;
        return sum;
    }

    static double cold(int n) {
        double sum = 0;
        for (int i = 1; i < n; i++) sink = sum += 1.0 / (i + 1);
        return sum;
    }

    public static void main(String[] args) {
        double sum = 0;
        for (int i = 0; i < 150; i++) sum += hot(3_000_000) + cold(1_000_000);
        System.out.println(sum);
    }
}
