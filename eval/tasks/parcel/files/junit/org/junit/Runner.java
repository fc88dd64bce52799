package org.junit;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

public final class Runner {
    public static void main(String[] names) throws Exception {
        int run = 0, failed = 0;
        for (String name : names) {
            Class<?> type = Class.forName(name);
            for (Method method : type.getDeclaredMethods()) {
                Test test = method.getAnnotation(Test.class);
                if (test == null || method.isAnnotationPresent(Ignore.class) || type.isAnnotationPresent(Ignore.class)) continue;
                run++;
                Throwable thrown = null;
                try {
                    method.invoke(type.getDeclaredConstructor().newInstance());
                } catch (InvocationTargetException error) {
                    thrown = error.getCause();
                }
                boolean wanted = test.expected() != Test.None.class;
                if (wanted ? !test.expected().isInstance(thrown) : thrown != null) {
                    failed++;
                    System.out.println("FAILED " + name + "." + method.getName() + ": " + thrown);
                }
            }
        }
        System.out.println("Tests run: " + run + ", Failures: " + failed);
        System.exit(failed == 0 && run > 0 ? 0 : 1);
    }
}
