/** Prices in cents by weight in grams. */
public final class Postage {
    private static final int[][] STEPS = {{500, 450}, {2000, 690}, {10000, 1050}};

    private Postage() {}

    public static int price(int grams) {
        if (grams <= 0) throw new IllegalArgumentException("weight must be positive: " + grams);
        for (int[] step : STEPS) {
            if (grams <= step[0]) return step[1];
        }
        throw new IllegalArgumentException("too heavy: " + grams);
    }

    public static int total(int... grams) {
        int sum = 0;
        for (int each : grams) sum += price(each);
        return grams.length >= 10 ? sum * 90 / 100 : sum;
    }
}
