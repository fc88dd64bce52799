use calc::eval::{evaluate, Problem};
use calc::lexer::{tokens, Error, Token};

#[test]
fn base() {
    assert_eq!(evaluate("2 * (7 - 3) / 4 - 1"), Ok(1));
    assert_eq!(tokens("1 % 2"), Ok(vec![Token::Number(1), Token::Sign('%'), Token::Number(2)]));
    assert_eq!(tokens("  $"), Err(Error::Character('$', 2)));
    assert_eq!(evaluate("7 % 4 * 2"), Ok(6));
    assert_eq!(evaluate("10 - 7 % 4"), Ok(7));
    assert_eq!(evaluate("(1 - 8) % 4"), Ok(-3));
    assert_eq!(evaluate("1 % 0"), Err(Problem::DividedByZero));
}
