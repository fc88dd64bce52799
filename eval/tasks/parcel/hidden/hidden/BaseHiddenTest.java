import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

public class BaseHiddenTest {
    @Test
    public void base() {
        Parcel parcel = new Parcel();
        parcel.send();
        try {
            parcel.send();
            assertTrue(false);
        } catch (IllegalStateException error) {
            assertEquals(Parcel.State.SENT, parcel.state());
        }
        assertEquals(690, Postage.price(777));
        assertEquals(4050, Postage.total(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
        Lru<Integer, Integer> cache = new Lru<>(1);
        int[] loads = {0};
        for (int key : new int[] {1, 1, 2, 1}) cache.get(key, each -> loads[0]++ + each);
        assertEquals(3, loads[0]);
    }

    @Test(expected = IllegalArgumentException.class)
    public void none() {
        Postage.price(-1);
    }
}
