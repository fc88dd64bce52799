package org.junit;

import java.util.Objects;

public final class Assert {
    private Assert() {}

    public static void assertEquals(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) throw new AssertionError("expected " + expected + " but was " + actual);
    }

    public static void assertTrue(boolean condition) {
        if (!condition) throw new AssertionError();
    }

    public static void assertFalse(boolean condition) {
        assertTrue(!condition);
    }
}
