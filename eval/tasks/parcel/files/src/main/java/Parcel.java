/** A parcel on its way. */
public final class Parcel {
    public enum State { NEW, SENT, DELIVERED, RETURNED }

    private State state = State.NEW;

    public State state() {
        return state;
    }

    public void send() {
        go(State.NEW, State.SENT);
    }

    public void deliver() {
        go(State.SENT, State.DELIVERED);
    }

    public void giveBack() {
        go(State.DELIVERED, State.RETURNED);
    }

    private void go(State from, State to) {
        if (state != from) throw new IllegalStateException(state + " cannot become " + to);
        state = to;
    }
}
