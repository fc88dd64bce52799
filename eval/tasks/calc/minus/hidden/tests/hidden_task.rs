use calc::eval::{evaluate, Problem};

#[test]
fn minus() {
    assert_eq!(evaluate("-3 * -(1 + 1)"), Ok(6));
    assert_eq!(evaluate("2 - -2"), Ok(4));
    assert_eq!(evaluate("--5"), Ok(5));
    assert_eq!(evaluate("-7 / 2"), Ok(-3));
    assert_eq!(evaluate("-"), Err(Problem::Syntax));
    assert_eq!(evaluate("3 -"), Err(Problem::Syntax));
    assert_eq!(evaluate("*3"), Err(Problem::Syntax));
    assert_eq!(evaluate("+3"), Err(Problem::Syntax));
}
