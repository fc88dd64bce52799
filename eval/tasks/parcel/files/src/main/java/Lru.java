import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Keeps the `size` values that were used last. */
public final class Lru<K, V> {
    private final Map<K, V> values = new LinkedHashMap<>(16, 0.75f, true);
    private final int size;

    public Lru(int size) {
        this.size = size;
    }

    public V get(K key, Function<K, V> load) {
        V value = values.get(key);
        if (value == null) {
            value = load.apply(key);
            values.put(key, value);
            if (values.size() > size) values.remove(values.keySet().iterator().next());
        }
        return value;
    }

    public int count() {
        return values.size();
    }
}
