use calc::eval::{evaluate, Problem};

#[test]
fn precedence() {
    assert_eq!(evaluate("1 + 2 * 3"), Ok(7));
    assert_eq!(evaluate("(1 + 2) * 3"), Ok(9));
    assert_eq!(evaluate("8 / 2 / 2"), Ok(2));
    assert_eq!(evaluate("1 - 2 - 3"), Ok(-4));
}

#[test]
fn problems() {
    assert_eq!(evaluate("1 / 0"), Err(Problem::DividedByZero));
    assert_eq!(evaluate("1 +"), Err(Problem::Syntax));
    assert_eq!(evaluate("(1"), Err(Problem::Syntax));
    assert_eq!(evaluate("9223372036854775807 + 1"), Err(Problem::Overflow));
}
