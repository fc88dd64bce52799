use calc::eval::{evaluate, Problem};
use calc::lexer::{tokens, Error, Token};
use calc::roman::roman;

#[test]
fn base() {
    assert_eq!(evaluate("2 * (7 - 3) / 4 - 1"), Ok(1));
    assert_eq!(evaluate("7 / (2 - 2)"), Err(Problem::DividedByZero));
    assert_eq!(evaluate("1 2"), Err(Problem::Syntax));
    assert_eq!(evaluate("9223372036854775807 * 2"), Err(Problem::Overflow));
    assert_eq!(tokens("7*"), Ok(vec![Token::Number(7), Token::Sign('*')]));
    assert_eq!(tokens("  $"), Err(Error::Character('$', 2)));
    assert_eq!(roman(248).as_deref(), Some("CCXLVIII"));
    assert_eq!(roman(0), None);
}
