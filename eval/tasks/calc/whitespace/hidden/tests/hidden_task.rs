use calc::eval::evaluate;
use calc::lexer::{tokens, Error};

#[test]
fn blanks() {
    assert_eq!(evaluate("1\t+\n2\r\n* 3"), Ok(7));
    assert_eq!(tokens("1\n$"), Err(Error::Character('$', 2)));
    assert_eq!(tokens("1 \u{b}"), Err(Error::Character('\u{b}', 2)));
}
