import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

public class LruTest {
    private int loads;

    private String load(String key) {
        loads++;
        return key + "!";
    }

    @Test
    public void loadsOnce() {
        Lru<String, String> cache = new Lru<>(2);
        assertEquals("a!", cache.get("a", this::load));
        assertEquals("a!", cache.get("a", this::load));
        assertEquals(1, loads);
    }

    @Test
    public void forgetsWhatWasUsedLongAgo() {
        Lru<String, String> cache = new Lru<>(2);
        cache.get("a", this::load);
        cache.get("b", this::load);
        cache.get("a", this::load);
        cache.get("c", this::load);
        cache.get("a", this::load);
        assertEquals(3, loads);
        assertTrue(cache.count() == 2);
    }
}
