import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class MessageHiddenTest {
    @Test
    public void message() {
        Parcel parcel = new Parcel();
        parcel.send();
        try {
            parcel.giveBack();
        } catch (IllegalStateException error) {
            assertEquals("a parcel that is SENT cannot be made RETURNED", error.getMessage());
            return;
        }
        throw new AssertionError();
    }
}
