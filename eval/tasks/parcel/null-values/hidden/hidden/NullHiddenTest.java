import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class NullHiddenTest {
    @Test
    public void cachesNull() {
        Lru<String, String> cache = new Lru<>(2);
        int[] loads = {0};
        for (String key : new String[] {"a", "a", "b", "b", "a"}) {
            assertEquals(null, cache.get(key, each -> { loads[0]++; return null; }));
        }
        assertEquals(2, loads[0]);
        cache.get("c", each -> "c");
        cache.get("b", each -> { loads[0]++; return null; });
        assertEquals(3, loads[0]);
    }
}
