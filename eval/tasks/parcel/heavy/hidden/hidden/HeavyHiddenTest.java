import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class HeavyHiddenTest {
    @Test
    public void heavy() {
        assertEquals(1050, Postage.price(10000));
        assertEquals(1950, Postage.price(10001));
        assertEquals(1950, Postage.price(31500));
    }

    @Test(expected = IllegalArgumentException.class)
    public void tooHeavy() {
        Postage.price(31501);
    }
}
