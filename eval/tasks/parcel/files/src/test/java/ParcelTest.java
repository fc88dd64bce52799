import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class ParcelTest {
    @Test
    public void isSentAndDelivered() {
        Parcel parcel = new Parcel();
        parcel.send();
        assertEquals(Parcel.State.SENT, parcel.state());
        parcel.deliver();
        assertEquals(Parcel.State.DELIVERED, parcel.state());
        parcel.giveBack();
        assertEquals(Parcel.State.RETURNED, parcel.state());
    }

    @Test(expected = IllegalStateException.class)
    public void isNotDeliveredBeforeItIsSent() {
        new Parcel().deliver();
    }

    @Test
    public void aRefusedStepChangesNothing() {
        Parcel parcel = new Parcel();
        try {
            parcel.giveBack();
        } catch (IllegalStateException error) {
            assertEquals("NEW cannot become RETURNED", error.getMessage());
        }
        assertEquals(Parcel.State.NEW, parcel.state());
    }
}
