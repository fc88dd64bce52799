use calc::lexer::Error;

#[test]
fn texts() {
    assert_eq!(Error::Character('$', 0).to_string(), "unexpected '$' at 0");
    assert_eq!(Error::TooLarge(17).to_string(), "number too large at 17");
}
