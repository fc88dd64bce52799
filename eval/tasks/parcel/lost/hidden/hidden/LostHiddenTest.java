import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

public class LostHiddenTest {
    @Test
    public void lostAndFound() {
        Parcel parcel = new Parcel();
        parcel.send();
        parcel.lose();
        assertEquals(Parcel.State.LOST, parcel.state());
        parcel.deliver();
        assertEquals(Parcel.State.DELIVERED, parcel.state());
        try {
            parcel.lose();
            assertTrue(false);
        } catch (IllegalStateException error) {
            assertEquals(Parcel.State.DELIVERED, parcel.state());
        }
    }

    @Test(expected = IllegalStateException.class)
    public void aNewOneIsNotDelivered() {
        new Parcel().deliver();
    }

    @Test(expected = IllegalStateException.class)
    public void aNewOneCannot() {
        new Parcel().lose();
    }

    @Test(expected = IllegalStateException.class)
    public void aLostOneIsNotGivenBack() {
        Parcel parcel = new Parcel();
        parcel.send();
        parcel.lose();
        parcel.giveBack();
    }
}
