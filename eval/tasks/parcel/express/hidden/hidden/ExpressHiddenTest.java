import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class ExpressHiddenTest {
    @Test
    public void prices() {
        assertEquals(680, Postage.express(500));
        assertEquals(1040, Postage.express(600));
        assertEquals(1580, Postage.express(9000));
    }

    @Test(expected = IllegalArgumentException.class)
    public void none() {
        Postage.express(0);
    }
}
