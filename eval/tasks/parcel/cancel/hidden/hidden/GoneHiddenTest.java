import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class GoneHiddenTest {
    @Test
    public void gone() {
        assertEquals(3, Parcel.State.values().length);
        for (java.lang.reflect.Method each : Parcel.class.getDeclaredMethods()) assertEquals(false, each.getName().equals("giveBack"));
    }
}
