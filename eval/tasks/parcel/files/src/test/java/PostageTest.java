import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class PostageTest {
    private static final int[][] CASES = {{1, 450}, {500, 450}, {501, 690}, {2000, 690}, {2001, 1050}, {10000, 1050}};

    @Test
    public void pricesBySteps() {
        for (int[] each : CASES) assertEquals(each[1], Postage.price(each[0]));
    }

    @Test(expected = IllegalArgumentException.class)
    public void refusesNoWeight() {
        Postage.price(0);
    }

    @Test(expected = IllegalArgumentException.class)
    public void refusesHeavyParcels() {
        Postage.price(10001);
    }

    @Test
    public void tenParcelsAreCheaper() {
        assertEquals(900, Postage.total(1, 1));
        assertEquals(4050, Postage.total(1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
    }
}
