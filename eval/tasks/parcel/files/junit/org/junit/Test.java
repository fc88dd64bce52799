package org.junit;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** The part of JUnit 4 that this project uses. */
@Retention(RetentionPolicy.RUNTIME)
public @interface Test {
    Class<? extends Throwable> expected() default None.class;

    final class None extends Throwable {
        private static final long serialVersionUID = 1L;
    }
}
